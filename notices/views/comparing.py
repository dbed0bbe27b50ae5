"""Two states of a notice side by side."""

from django.http import HttpRequest
from django.shortcuts import render
from django.views.decorators.http import require_GET

from notices.insight import revisions
from notices.views.notice import fetch


@require_GET
def notice_compare(request: HttpRequest, pk: int):
    """Any two: revisions, what was saved in between, and how it is now. An address names both."""
    notice = fetch(pk, with_facts=True)
    choices = revisions.choices(notice)
    known = {choice.key for choice in choices}
    first, last = revisions.default(choices, notice)
    old, new = (request.GET.get(name, "") for name in ("from", "to"))
    old, new = old if old in known else first, new if new in known else last
    states = [revisions.state(notice, key) for key in (old, new)]
    before, after = states
    sections = revisions.compare(before, after, zone=notice.upgrade.time_zone) if before and after else []
    context = {
        "notice": notice,
        "choices": choices,
        "old": old,
        "new": new,
        "sections": sections,
        "has_facts": all(state and state.facts for state in states),
        "has_settings": all(state and state.settings for state in states),
    }
    return render(request, "notices/notice_compare.html", context)
