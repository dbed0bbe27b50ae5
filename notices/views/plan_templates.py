"""Plan templates: all of them, one as a ladder, made from a plan, edited, downloaded and uploaded."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import history, keys
from commsplan.lib.toasts import offer_undo
from notices.forms.plan_template import SaveAsTemplateForm, TemplateForm, TemplateStepForm, UploadForm
from notices.insight import ladder
from notices.models import SavedTemplate
from notices.pipeline import templates
from notices.pipeline.templates.shape import PlanTemplate
from upgrades.models import Upgrade


@require_GET
def template_list(request):
    found = templates.known.everything()
    readable = {one.key for one in found}
    rows = SavedTemplate.objects.select_related("by", "made_from").order_by("name", "pk")
    about = {row.slug: row for row in rows}
    own, shipped = [one for one in found if one.is_own], [one for one in found if not one.is_own]
    context = {
        "shelves": [
            {"title": title, "cards": [card(one, about.get(one.key)) for one in shelf]}
            for title, shelf in (("Yours", own), ("Those that come with CommsPlan", shipped))
            if shelf
        ],
        "broken": [row for key, row in about.items() if key not in readable],
    }
    return render(request, "notices/templates.html", context)


def card(template: PlanTemplate, row: SavedTemplate | None) -> dict:
    return {"template": template, "drawing": ladder.draw(template), "row": row}


@require_GET
def template_page(request, key: str):
    template = template_or_404(key)
    row = SavedTemplate.objects.select_related("by", "made_from").filter(slug=key).first()
    context = {
        "template": template,
        "stretches": ladder.stretches(template),
        "drawing": ladder.draw(template),
        "row": row,
    }
    return render(request, "notices/template.html", context)


def template_or_404(key: str) -> PlanTemplate:
    try:
        return templates.known.find(key)
    except LookupError as error:
        raise Http404("There is no such template.") from error


def own_or_404(key: str) -> PlanTemplate:
    template = template_or_404(key)
    if not template.is_own:
        raise Http404("This one comes with CommsPlan and stays as it is.")
    return template


# New ones


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def template_new(request):
    form = TemplateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        row = templates.own.create(PlanTemplate(key="", **form.values()), by=request.user)
        return redirect("template_edit", row.slug)
    upgrades = Upgrade.objects.filter(steps__isnull=False).distinct().order_by("-created_at", "-pk")[:12]
    context = {"form": form, "upload": UploadForm(), "upgrades": upgrades, "shipped": templates.known.shipped()}
    return render(request, "notices/template_new.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def template_upload(request):
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        row = templates.own.copy(form.cleaned_data["file"], by=request.user)
        messages.success(request, f"“{row.name}” is among the templates.")
        return redirect(row)
    return render(request, "notices/template_upload.html", {"form": form})


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def template_from_upgrade(request, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    drawn = templates.saving.of(upgrade)
    initial = {"name": templates.own.free_name(f"Like {upgrade.name}"[:120])}
    form = SaveAsTemplateForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        row = templates.own.create(replace(drawn.template, **form.values()), by=request.user, made_from=upgrade)
        messages.success(request, f"“{row.name}” is among the templates.")
        return redirect(row)
    context = {
        "upgrade": upgrade,
        "form": form,
        "template": drawn.template,
        "left_out": drawn.left_out,
        "stretches": ladder.stretches(drawn.template),
        "drawing": ladder.draw(drawn.template),
    }
    return render(request, "notices/template_from_upgrade.html", context)


@require_POST
@permission_required("upgrades.edit")
def template_copy(request, key: str):
    row = templates.own.copy(template_or_404(key), by=request.user)
    messages.success(request, f"“{row.name}” is yours: change what you like.")
    return redirect("template_edit", row.slug)


@require_GET
def template_download(request, key: str):
    template = template_or_404(key)
    answer = HttpResponse(templates.files.to_toml(template), content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{template.key}.toml"'
    return answer


# Changing one


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def template_edit(request, key: str):
    template = own_or_404(key)
    form = TemplateForm(request.POST if request.method == "POST" else None, template=template)
    if request.method == "POST" and form.is_valid() and changed(request, template, form=form, **form.values()):
        messages.success(request, f"“{form.cleaned_data['name']}” is saved.")
        return redirect("template", key)
    rungs = ladder.of(template)
    context = {"template": template, "form": form, "rungs": sorted(rungs, key=lambda rung: rung.number)}
    return render(request, "notices/template_edit.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def template_step(request, key: str, number: int | None = None):
    """A new step, or the step at this place, counted from 1."""
    template = own_or_404(key)
    at = None if number is None else number - 1
    if at is not None and at not in range(len(template.steps)):
        messages.error(request, "Somebody took steps out meanwhile. Look at the template again.")
        return redirect("template_edit", key)
    form = TemplateStepForm(request.POST if request.method == "POST" else None, template=template, at=at)
    if request.method == "POST" and form.is_valid():
        after = templates.own.with_step(template, form.row(), at)
        if row := changed(request, template, form=form, steps=after.steps):
            offer_undo(request, f"“{form.cleaned_data['name']}” is saved.", url=undo_url(row))
            return redirect("template_edit", key)
    return render(request, "notices/template_step.html", {"template": template, "form": form, "step": form.step})


@require_POST
@permission_required("upgrades.edit")
def template_step_delete(request, key: str, number: int):
    template = seen(request, own_or_404(key))
    if 0 < number <= len(template.steps):
        name = template.steps[number - 1].name
        after = templates.own.without_step(template, number - 1)
        if row := changed(request, template, steps=after.steps):
            offer_undo(request, f"“{name}” is out of the template.", url=undo_url(row))
    return redirect("template_edit", key)


@require_POST
@permission_required("upgrades.edit")
def template_step_move(request, key: str, number: int):
    template = seen(request, own_or_404(key))
    by = -1 if request.POST.get("to") == "up" else 1
    if 0 < number <= len(template.steps):
        changed(request, template, steps=templates.own.moved(template, number - 1, by=by).steps)
    return redirect(f"{reverse('template_edit', args=[key])}#steps")


@require_POST
@permission_required("upgrades.edit")
def template_sort(request, key: str):
    template = seen(request, own_or_404(key))
    rungs = ladder.of(template)
    if row := changed(request, template, steps=tuple(rung.step for rung in rungs)):
        offer_undo(request, "The steps are in the order of time.", url=undo_url(row))
    return redirect(f"{reverse('template_edit', args=[key])}#steps")


@require_POST
@permission_required("upgrades.edit")
def template_undo(request, key: str, version: int):
    try:
        templates.own.take_back(key, version=version)
    except templates.own.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Taken back.")
    return redirect("template_edit", key) if SavedTemplate.objects.filter(slug=key).exists() else redirect("templates")


@require_POST
@permission_required("upgrades.edit")
def template_delete(request, key: str):
    row = get_object_or_404(SavedTemplate, slug=key)
    name = row.name
    row.delete()
    offer_undo(request, f"“{name}” is deleted.", url=reverse("template_restore", args=[history.act()]))
    return redirect("templates")


@require_POST
@permission_required("upgrades.edit")
def template_restore(request, act):
    if history.bring_back(act, SavedTemplate):
        messages.success(request, "The template is back.")
    else:
        messages.error(request, "There is nothing to take back.")
    return redirect("templates")


def seen(request, template: PlanTemplate) -> PlanTemplate:
    """As of the version that the page showed: an act on an older one is refused when it is saved."""
    return replace(template, version=keys.number(request.POST.get("version")) or template.version)


def changed(request, template: PlanTemplate, *, form=None, **values) -> SavedTemplate | None:
    """What stands in the way is said on the form, or in a message."""
    try:
        return templates.own.change(template.key, version=template.version, **values)
    except templates.own.NotPossible as error:
        refusal = str(error)
    if form is None:
        messages.error(request, refusal)
    else:
        form.add_error(None, refusal)
    return None


def undo_url(row: SavedTemplate) -> str:
    return reverse("template_undo", args=[row.slug, row.version])
