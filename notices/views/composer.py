"""Writing a notice: versions by language, a preview through a reader's eyes, autosave that overwrites nobody."""

from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permission_required
from commsplan.lib import keys
from notices import translations
from notices.enums import BY_HAND, NoticeKind, NoticeState
from notices.forms.notice import LANGUAGES, Composer, NewNoticeForm
from notices.insight import outlook, proofreading, reach, revisions, versions
from notices.models import Notice
from notices.pipeline import approve, byhand
from notices.pipeline import render as renderer
from notices.views.notice import fetch
from notices.views.previewing import Preview, active_version
from stakeholders.enums import ReaderLevel
from upgrades.models import Upgrade

CONFLICT = 409


@require_GET
@permission_required("notices.write")
def notice_begin(request: HttpRequest):
    """A notice belongs to an upgrade: which one, of those that run?"""
    upgrades = outlook.with_outlook(Upgrade.objects.running(), now=timezone.now()).order_by(*outlook.SOONEST)
    return render(request, "notices/notice_begin.html", {"upgrades": upgrades})


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
def notice_new(request: HttpRequest, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    data = request.POST if request.method == "POST" else None
    form = NewNoticeForm(data, initial=begun(request, upgrade), upgrade=upgrade)
    if request.method == "POST" and form.is_valid():
        return redirect("notice_edit", byhand.draft(upgrade, by=request.user, **form.cleaned_data).pk)
    return render(request, "notices/notice_new.html", {"form": form, "upgrade": upgrade})


def begun(request: HttpRequest, upgrade: Upgrade) -> dict[str, object]:
    """What an address knows already: ?kind= and ?milestone=."""
    kind = request.GET.get("kind", "")
    milestone = upgrade.milestones.filter(pk=keys.number(request.GET.get("milestone"))).first()
    found: dict[str, object] = {"kind": kind} if kind in dict(BY_HAND) else {}
    if milestone:
        found["milestone"] = milestone.pk
    if milestone and kind == NoticeKind.PROGRESS:
        found["title"] = f"How it goes: {milestone}"[:120]
    return found


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
def notice_edit(request: HttpRequest, pk: int):
    notice = fetch(pk, with_facts=True)
    if notice.state not in approve.EDITABLE:
        messages.error(request, f"It {NoticeState(notice.state).said}: its words do not change any more.")
        return redirect(notice)
    if request.method == "GET":
        return show(request, Composer(notice))
    composer = Composer(notice, request.POST)
    if not composer.is_valid():
        return show(request, composer, status=422)
    if request.POST.get("act") == "preview":
        return show(request, composer)
    return save(request, composer)


def save(request: HttpRequest, composer: Composer):
    act = request.POST.get("act", "save")
    words = mended(composer, act) if act.startswith("mend:") else changed_versions(composer.words(), act)
    seen = keys.number(act.removeprefix("keep:")) if act.startswith("keep:") else composer.version
    try:
        saved = store(composer, by=request.user, words=words, version=seen)
    except approve.Conflict:
        return clash(request, composer)
    except approve.NotAllowed as error:
        messages.error(request, str(error))
        return redirect(composer.notice)
    if "X-Autosave" in request.headers:
        return JsonResponse({"version": saved.version})
    if act == "close":
        messages.success(request, "Saved.")
        return redirect(saved)
    chosen = act.removeprefix("add:") if act.startswith("add:") else request.POST.get("showing", "")
    return redirect(f"{reverse('notice_edit', args=[saved.pk])}?version={chosen}")


def store(composer: Composer, *, by, words, version: int) -> Notice:
    """`version` is the last one that its writer has seen."""
    values = composer.settings.values()
    return approve.save_draft(composer.notice, by=by, version=version, words=words, **values)


def mended(composer: Composer, act: str) -> list[dict]:
    """A remark of the check was accepted with one click."""
    proof = proofreading.read(composer.draft(), now=timezone.now())
    return proofreading.mend(composer.words(), proof.remarks, act.removeprefix("mend:"))


def changed_versions(words: list[dict], act: str) -> list[dict]:
    """Adding copies the first version, so that a translation has something to begin with."""
    name, _, key = act.partition(":")
    language, _, level = key.partition("-")
    if name == "follow":
        return translations.up_to_date(words, key)
    if name == "remove":
        return [each for each in words if f"{each['language']}-{each['level']}" != key]
    if name == "add" and language in LANGUAGES and level in ReaderLevel.values:
        first = words[0] if words else {"subject": "", "body": ""}
        return [*words, {**first, "language": language, "level": level}]
    return words


def clash(request: HttpRequest, composer: Composer):
    """Somebody else saved in between: both texts are shown, and saving again is a choice."""
    stored = fetch(composer.notice.pk)
    changes = revisions.of_drafts(stored, composer.draft())
    if "X-Autosave" in request.headers:
        context = {"notice": stored, "clash": changes, "version": stored.version}
        return render(request, "notices/notice_edit.html#clash", context, status=CONFLICT)
    return show(request, composer, clash=changes, version=stored.version, status=CONFLICT)


def show(request: HttpRequest, composer: Composer, *, clash=None, version: int | None = None, status: int = 200):
    notice = composer.notice
    preview = Preview.of(request, composer, now=timezone.now())
    found = reach.of(preview.notice, on=preview.on)
    needs = versions.of(preview.notice, found)
    for form in composer.versions:
        form.standing = needs.by_key.get(form.key)
    context = {
        "notice": notice,
        "composer": composer,
        "errors": composer.errors if composer.data else [],
        "version": version or notice.version,
        "active": (active := active_version(request, composer)),
        "active_language": active.partition("-")[0],
        "versions": needs,
        "placeholders": placeholders(preview.notice),
        "loses_approval": notice.state in (NoticeState.IN_REVIEW, NoticeState.APPROVED),
        "clash": clash,
        **preview.context(request, found),
    }
    return render(request, "notices/notice_edit.html", context, status=status)


def placeholders(notice: Notice) -> list[dict]:
    """What one may write, and what it says today in each language; what says nothing comes last."""
    spoken = list(dict.fromkeys([*(each["language"] for each in notice.words), "en"]))
    values = {language: renderer.sample_values(notice, language=language) for language in spoken}
    found = [
        {
            "name": name,
            "written": f"{{{{ {name} }}}}",
            "help": help_text,
            "today": {language: values[language].get(name, "") for language in spoken},
        }
        for name, help_text in renderer.PLACEHOLDERS.items()
        if renderer.makes_sense(name, notice)
    ]
    return sorted(found, key=lambda each: not each["today"][spoken[0]])
