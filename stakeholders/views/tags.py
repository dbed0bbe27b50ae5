"""The tags in use, how many people have each, and their renaming and deleting for everybody."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from stakeholders import bulk, tagging
from stakeholders.forms.places import TagForm
from stakeholders.models import Person
from stakeholders.views.people import said


@require_GET
def tags(request):
    words = request.GET.get("q", "").replace("\x00", "")[:120]
    context = {"tags": tagging.in_use(words), "q": words}
    return page(request, "stakeholders/tags.html", context, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
def tag_rename(request):
    old = request.GET.get("tag", "").replace("\x00", "")
    if not Person.objects.tagged(old).exists():
        messages.error(request, "Nobody has this tag any more.")
        return redirect("tags")
    form = TagForm(request.POST if request.method == "POST" else None, initial={"name": old})
    if request.method == "POST" and form.is_valid():
        done = bulk.rename_tag(old, new=form.cleaned_data["name"])
        offer(request, f"{old} is {form.cleaned_data['name']} now, for {said(done.people)}.", done)
        return redirect("tags")
    return render(request, "stakeholders/tag_form.html", {"form": form, "tag": old})


@require_POST
@permission_required("people.edit")
def tag_delete(request):
    word = request.POST.get("tag", "").replace("\x00", "")
    done = bulk.drop_tag(word)
    offer(request, f"Took the tag {word} from {said(done.people)}.", done)
    return redirect("tags")


def offer(request, sentence: str, done: bulk.Done):
    offer_undo(request, sentence, url=f"{reverse('people_undo', args=[done.act])}?back=tags")
