"""The glossary: which words readers know, and what to say instead."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import history
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from notices import glossary as words
from notices.enums import Audible
from notices.forms.glossary import GlossaryFilter, TermForm
from notices.models import Term

LONGEST = Term._meta.get_field("word").max_length


@require_GET
def glossary(request):
    filters = GlossaryFilter(request.GET)
    entries = words.entries()
    context = {"filters": filters, "entries": filters.filter(entries), "total": len(entries)}
    return page(request, "notices/glossary.html", context, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
def term_new(request):
    """Also where a word that is shipped is changed: the row that is made takes its place."""
    form = TermForm(request.POST) if request.method == "POST" else TermForm(initial=begun(request.GET))
    if request.method == "POST" and form.is_valid():
        term = form.save()
        messages.success(request, f"“{term}” is in the glossary.")
        return redirect("glossary")
    return render(request, "notices/term_form.html", {"form": form, "entry": shipped(request.GET)})


def shipped(asked) -> words.Entry | None:
    return words.shipped().get((asked.get("word", "").lower(), asked.get("language", "")))


def begun(asked) -> dict:
    """What the address says, and what is shipped about it."""
    entry = shipped(asked)
    if entry is None:
        word = asked.get("word", "").replace("\x00", "")[:LONGEST]
        return {"word": word, "language": asked.get("language", ""), "audible": Audible.TECHNICAL}
    return {name: getattr(entry, name) for name in TermForm.Meta.fields}


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
@transaction.atomic
def term_edit(request, pk):
    lock = Term.objects.select_for_update(of=("self",), no_key=True)
    term = get_object_or_404(lock if request.method == "POST" else Term, pk=pk)
    form = TermForm(request.POST if request.method == "POST" else None, instance=term)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("glossary")
    return render(request, "notices/term_form.html", {"form": form, "entry": term})


@require_POST
@permission_required("notices.write")
def term_delete(request, pk):
    term = get_object_or_404(Term, pk=pk)
    back = shipped({"word": term.word, "language": term.language})
    term.delete()
    sentence = f"“{term}” is as it came with CommsPlan again." if back else f"“{term}” is deleted."
    offer_undo(request, sentence, url=reverse("term_bring_back", args=[history.act()]))
    return redirect("glossary")


@require_POST
@permission_required("notices.write")
def term_known(request):
    """Everybody knows this word: nothing is said about it any more."""
    entry = shipped(request.POST)
    if entry is None:
        messages.error(request, "The glossary has no such word any more.")
        return redirect("glossary")
    given = {"audible": Audible.EVERYBODY, "meaning": entry.meaning, "instead": entry.instead}
    Term.objects.get_or_create(word=entry.word, language=entry.language, defaults=given)
    offer_undo(request, f"Everybody knows “{entry.word}”.", url=reverse("term_take_back", args=[history.act()]))
    return redirect("glossary")


@require_POST
@permission_required("notices.write")
def term_take_back(request, act):
    done = history.take_back(act, Term)
    (messages.success if done else messages.error)(
        request, "It is as it was." if done else "Somebody has changed it since."
    )
    return redirect("glossary")


@require_POST
@permission_required("notices.write")
def term_bring_back(request, act):
    done = history.bring_back(act, Term)
    (messages.success if done else messages.error)(request, "It is back." if done else "It cannot be brought back.")
    return redirect("glossary")
