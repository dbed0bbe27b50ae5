"""Lists of groups and sites, and what is done to them. The page of one group shows upgrades too, so it is theirs."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from commsplan.lib.paging import Paginator
from commsplan.lib.toasts import offer_undo
from stakeholders import bulk
from stakeholders.forms.filters import GroupFilter
from stakeholders.forms.places import GroupForm, SiteForm
from stakeholders.models import Group, Membership, Person, Site
from stakeholders.views.people import said, writer_of
from stakeholders.views.ties import held

PER_PAGE = 50


@require_GET
def groups(request):
    filters = GroupFilter(request.GET)
    found = filters.filter(Group.objects.all()).order_by("name", "pk")
    shown = Paginator(found, PER_PAGE, dress=lambda rows: rows.with_size()).get_page(request.GET.get("page"))
    return page(request, "stakeholders/groups.html", {"filters": filters, "groups": shown}, partial="rows")


@require_GET
def groups_export(request):
    found = GroupFilter(request.GET).filter(Group.objects.with_size()).order_by("name", "pk")
    rows = ([row.name, row.get_category_display(), row.description, row.size] for row in found)
    return writer_of(request).download("groups", ["name", "category", "description", "people"], rows)


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
def group_new(request):
    form = GroupForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return redirect(form.save())
    return render(request, "stakeholders/group_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
@transaction.atomic
def group_edit(request, pk):
    lock = Group.objects.select_for_update(of=("self",), no_key=True)
    group = get_object_or_404(lock if request.method == "POST" else Group, pk=pk)
    name = group.name
    form = GroupForm(request.POST if request.method == "POST" else None, instance=group)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect(group)
    return render(request, "stakeholders/group_form.html", {"form": form, "group": group, "name": name})


@require_POST
@permission_required("people.edit")
@transaction.atomic
def member_add(request, pk, person_pk):
    """Also the undo of removing, which says whether the person represented the group."""
    group, person = get_object_or_404(Group, pk=pk), held(person_pk)
    represents = request.GET.get("represents") == "1"
    Membership.objects.get_or_create(group=group, person=person, defaults={"is_representative": represents})
    messages.success(request, f"{person} is in {group}.")
    return redirect(back_to(request, group))


@require_POST
@permission_required("people.edit")
@transaction.atomic
def member_remove(request, pk):
    membership = held_membership(pk)
    membership.delete()
    again = reverse("member_add", args=[membership.group_id, membership.person_id])
    again += "?represents=1" if membership.is_representative else ""
    offer_undo(request, f"{membership.person} is no longer in {membership.group}.", url=again)
    return redirect(back_to(request, membership.group))


@require_POST
@permission_required("people.edit")
@transaction.atomic
def member_represent(request, pk):
    membership = held_membership(pk)
    membership.is_representative = request.POST.get("represents") == "1"
    membership.save(update_fields=["is_representative"])
    word = "represents" if membership.is_representative else "no longer represents"
    messages.success(request, f"{membership.person} {word} {membership.group}.")
    return redirect(back_to(request, membership.group))


def held_membership(pk: int) -> Membership:
    """That of who stays, where the person was merged meanwhile."""
    seen = get_object_or_404(Membership, pk=pk)
    rows = Membership.objects.select_related("group", "person")
    return get_object_or_404(rows, group=seen.group_id, person=held(seen.person_id))


@require_POST
@permission_required("people.edit")
def members_remove(request, pk):
    """Several at once; who represented the group does so again after the undo."""
    group = get_object_or_404(Group, pk=pk)
    keys = [key for key in request.POST.getlist("person") if key.isascii() and key.isdigit() and len(key) < 19]
    if not keys:
        messages.error(request, "Select somebody first.")
        return redirect(back_to(request, group))
    done = bulk.remove_from_group(Person.objects.filter(pk__in=keys), group=group)
    undo = f"{reverse('members_undo', args=[done.act])}?group={group.pk}"
    offer_undo(request, f"Took {said(done.people)} out of {group}.", url=undo)
    return redirect(back_to(request, group))


@require_POST
@permission_required("people.edit")
def members_undo(request, act):
    count = bulk.undo(act)
    messages.success(request, f"Taken back for {said(count)}." if count else "There is nothing to take back any more.")
    key = request.GET.get("group", "")
    group = Group.objects.filter(pk=key).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    return redirect(group or "groups")


def back_to(request, group: Group) -> str:
    """The page of the group, at the search or page of members that the act was started from."""
    query = request.POST.get("query", "")
    return f"{group.get_absolute_url()}?{query}" if query else group.get_absolute_url()


@require_GET
def sites(request):
    found = Site.objects.with_size().order_by("name", "pk")
    return page(request, "stakeholders/sites.html", {"sites": found}, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
def site_new(request):
    form = SiteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        site = form.save()
        messages.success(request, f"{site} is there.")
        return redirect("sites")
    return render(request, "stakeholders/site_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
@transaction.atomic
def site_edit(request, pk):
    lock = Site.objects.select_for_update(of=("self",), no_key=True)
    site = get_object_or_404(lock if request.method == "POST" else Site, pk=pk)
    name = site.name
    form = SiteForm(request.POST if request.method == "POST" else None, instance=site)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("sites")
    return render(request, "stakeholders/site_form.html", {"form": form, "site": site, "name": name})
