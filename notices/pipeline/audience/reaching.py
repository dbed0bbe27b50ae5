"""Over which channel each of them counts, at which address, and whether it reaches them."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from notices.channels import KINDS, SENDERS
from notices.enums import PERSONAL
from notices.models import Notice, Revision
from notices.pipeline.audience.days import day_of
from notices.pipeline.audience.foreseen import AS_IT_IS, Foreseen
from notices.pipeline.audience.reasons import WITHOUT, no_address, reasons
from notices.pipeline.audience.resolving import resolve
from stakeholders.enums import Channel
from stakeholders.models import Address, Person


def recipients(
    source: Notice | Revision, *, channel: str, on: date | None = None, foreseen: Foreseen = AS_IT_IS
) -> QuerySet[Person]:
    """Who is counted with this channel; `skip_reason` says why somebody gets nothing over it ("" = goes out).

    That is everybody in the audience, but for those without an address for it who are counted with another channel of
    the notice. `on`: the day whose absences count; without it, that of the notice.
    """
    people = _audience(source, on=on, foreseen=foreseen)
    if elsewhere := counted_elsewhere(source, channel):
        people = people.exclude(elsewhere)
    return people.annotate(skip_reason=_why(notice_of(source), channel))


def everybody(source: Notice | Revision, *, on: date | None = None, foreseen: Foreseen = AS_IT_IS) -> QuerySet[Person]:
    """Everybody in the audience, over whatever channel; `skip_reason` says why none of them reaches somebody."""
    notice, people = notice_of(source), _audience(source, on=on, foreseen=foreseen)
    over = sent_over(source) or [Channel.EMAIL]
    if len(over) == 1:
        return people.annotate(skip_reason=_why(notice, over[0]))
    why = {f"why_{channel}": _why(notice, channel) for channel in over}
    reached = reduce(or_, (Q(**{name: ""}) for name in why))
    said = [When(~Q(**{f"why_{one}": no_address(one)}), then=F(f"why_{one}")) for one in over]
    return people.alias(**why).annotate(
        skip_reason=Case(
            When(reached, then=Value("")), *said, default=Value(no_address(_first(over))), output_field=CharField()
        )
    )


def sent_over(source: Notice | Revision) -> list[Channel]:
    """The channels of a notice that come to people, in the order in which they count."""
    return [channel for channel in Channel if channel in SENDERS and channel in source.channels]


def counted_elsewhere(source: Notice | Revision, channel: str) -> Q | None:
    """Without an address for this channel: they are counted where they have one, or with the first by which one can
    have one, so that nobody's number that nobody knows makes a row of its own."""
    over = sent_over(source)
    if channel not in over or len(over) == 1:
        return None
    lacks, others = WITHOUT[channel], [WITHOUT[one] for one in over if one != channel]
    return lacks if channel != _first(over) else lacks & reduce(or_, (~one for one in others))


def _first(over: Sequence[Channel]) -> Channel:
    """Nobody has an address for what reaches rooms only."""
    return next((one for one in over if KINDS[one].address.of_people), over[0])


def notice_of(source: Notice | Revision) -> Notice:
    return source.notice if isinstance(source, Revision) else source


def _audience(source: Notice | Revision, *, on: date | None, foreseen: Foreseen) -> QuerySet[Person]:
    notice = notice_of(source)
    return resolve(
        source.audience,
        upgrade=notice.upgrade,
        milestone=notice.milestone,
        survey=notice.survey,
        on=None if notice.kind in PERSONAL else on or day_of(notice),
        foreseen=foreseen,
    )


def _why(notice: Notice, channel: str) -> Case:
    rows = [When(condition, then=Value(reason)) for condition, reason in reasons(notice, channel)]
    return Case(*rows, default=Value(""), output_field=CharField())


def address_over(channel: str) -> F | Coalesce:
    """As it is shown: what lets in whoever knows it stays with the address (stakeholders.addresses)."""
    own = Address.objects.filter(person=OuterRef("pk"), channel=channel).values("address")
    return F("email") if channel == Channel.EMAIL else Coalesce(Subquery(own), Value(""))
