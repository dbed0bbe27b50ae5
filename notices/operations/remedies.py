"""Which button puts it right. Where none does, where it is written what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.urls import reverse

from notices.models import DomainTrouble, Outlet
from notices.operations import alerts
from notices.operations.figures import Figures
from stakeholders.enums import Channel


@dataclass(frozen=True)
class Remedy:
    """`needs`: a permission. What `is_act` is done at once, anything else is a page to go to."""

    label: str
    url: str
    icon: str = "arrow-right"
    is_act: bool = False
    needs: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def of(key: str, seen: Figures) -> list[Remedy]:
    kind, _, what = key.partition(":")
    return list(_of(kind, what, key, seen))


def _of(kind: str, what: str, key: str, seen: Figures) -> Iterator[Remedy]:
    if kind == alerts.OUTLET:
        yield from _of_outlet(what, seen)
    elif kind == alerts.DOMAIN:
        yield from _of_domain(key, seen)
    elif kind == alerts.QUEUE:
        yield _page(f"Look at {Channel(what).label}", "outlet", what, icon="plug-connected")
        yield Remedy("What is under way", f"{reverse('outbox')}?tab=sending", "inbox")
    elif kind == alerts.LATE:
        yield Remedy("Notices that are due", f"{reverse('outbox')}?tab=scheduled", "inbox")
    elif kind in (alerts.FAILURES, alerts.SET_ASIDE):
        yield Remedy("Notices with failures", f"{reverse('outbox')}?tab=trouble", "mail-off")
    elif kind == alerts.NOT_SET_UP:
        yield _page(f"Set up {Channel(what).label}", "outlet_set_up", what, icon="settings", needs="delivery.manage")
    elif kind == alerts.SECRETS:
        yield _page("All channels", "outlets", icon="plug-connected")
    elif kind == alerts.DRIFT:
        yield _page("Upgrades", "upgrades")
    else:
        label, part = HELP[kind]
        yield Remedy(label, f"{reverse('help_topic', args=['operations'])}#{part}", "help-circle")


HELP = {
    alerts.CLOCK: ("How to start them again", "starting-a-process-again"),
    alerts.WORKERS: ("How to start it again", "starting-a-process-again"),
    alerts.DATABASE: ("How it goes on", "when-the-database-takes-nothing"),
    alerts.TIME: ("When that is an alert", "mails-when-something-is-wrong"),
}


def _page(label: str, name: str, *args: str, icon: str = "arrow-right", needs: str = "") -> Remedy:
    return Remedy(label, reverse(name, args=args), icon, needs=needs)


def slug_of(outlet: Outlet) -> str:
    return f"{outlet.channel}-fallback" if outlet.is_fallback else outlet.channel


def _of_outlet(what: str, seen: Figures) -> Iterator[Remedy]:
    """`what`: "email:first"."""
    channel, _, role = what.partition(":")
    slug = f"{channel}-fallback" if role == "fallback" else channel
    yield Remedy("Try it out", f"{reverse('outlet', args=[slug])}#test", "flask", needs="delivery.manage")
    for one in seen.outlets:
        if slug_of(one.outlet) == slug and one.outlet.is_stopped:
            yield start(one.outlet)


def start(outlet: Outlet) -> Remedy:
    url = reverse("outlet_start", args=[slug_of(outlet)])
    return Remedy(f"Start {outlet}", url, "player-play", is_act=True, needs="delivery.manage")


def start_everything() -> Remedy:
    return Remedy("Start again", reverse("outlets_start"), "player-play", is_act=True, needs="delivery.manage")


def resume(notice: int) -> Remedy:
    url = reverse("notice_resume", args=[notice])
    return Remedy("Resume", url, "player-play", is_act=True, needs="notices.send")


def _of_domain(key: str, seen: Figures) -> Iterator[Remedy]:
    for one in seen.stopped_domains:
        if alerts.key_of(one.domain) == key:
            slug = slug_of(one.outlet)
            yield _page("Read what it answered", "outlet", slug, icon="plug-connected")
            yield Remedy(
                "Send to it again",
                reverse("domain_start", args=[slug]),
                "player-play",
                is_act=True,
                needs="delivery.manage",
                values={"domain": one.domain},
            )
            return


def of_many_domains(stopped: Sequence[DomainTrouble]) -> list[Remedy]:
    slugs = sorted({slug_of(one.outlet): str(one.outlet) for one in stopped}.items())
    return [_page(f"All on the page of {name}", "outlet", slug, icon="plug-connected") for slug, name in slugs]
