"""A play as its page shows it: the bars of the days, the words of what does not go out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from notices.enums import NoticeState
from notices.pipeline.audience import Audience
from notices.simulation import explaining
from notices.simulation.days import Day, Sent
from notices.simulation.delivering import source
from notices.simulation.play import Play
from notices.simulation.playing import Outcome
from stakeholders.enums import Channel
from stakeholders.models import Group

HEIGHT, BASE, MOST_BARS = 120, 96, 200


@dataclass(frozen=True)
class Bar:
    """One day of the drawing. `dot`: something comes onto the status page; `flag`: a milestone begins or ends."""

    on: date
    x: int
    width: int
    height: int
    number: int
    is_chosen: bool
    dot: bool
    flag: bool
    trouble: bool
    label: str = ""

    @property
    def top(self) -> int:
        return BASE - self.height

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


@dataclass(frozen=True)
class Chart:
    bars: Sequence[Bar]
    width: int
    most: int
    channels: Sequence[tuple[str, int]]
    height: int = HEIGHT
    base: int = BASE


def chart(every: Sequence[Day], chosen: date) -> Chart:
    """A bar for each day, as high as the number of messages; small numbers are seen, too."""
    most = max((day.number for day in every), default=0)
    wide = max(4, min(20, 960 // max(len(every), 1)))
    bars = [_bar(day, number, wide, most=most, chosen=chosen) for number, day in enumerate(every)]
    counted: Counter[str] = Counter()
    for day in every:
        for sent in day.sent:
            for tally in sent.tallies:
                counted[tally.channel] += tally.number if tally.is_sent else 0
            counted[Channel.PORTAL] += sent.is_on_the_page
    channels = [(Channel(name).label, number) for name, number in sorted(counted.items()) if number]
    return Chart(bars, wide * len(every), most, channels)


def _bar(day: Day, number: int, wide: int, *, most: int, chosen: date) -> Bar:
    height = max(3, round(day.number / most * (BASE - 14))) if day.number and most else 0
    return Bar(
        on=day.on,
        x=number * wide,
        width=wide,
        height=height,
        number=day.number,
        is_chosen=day.on == chosen,
        dot=any(sent.is_on_the_page for sent in day.sent),
        flag=bool(day.begins or day.ends),
        trouble=any(one.state == NoticeState.MISSED for one in day.troubles),
        label=f"{day.on.day} {day.on:%b}" if number == 0 or day.on.day == 1 else "",
    )


def around(every: Sequence[Day], chosen: Day) -> dict[str, Day | None]:
    """The days before and after it on which something happens."""
    before = [day for day in every if day.on < chosen.on and day.has_something]
    after = [day for day in every if day.on > chosen.on and day.has_something]
    return {"before": before[-1] if before else None, "after": after[0] if after else None}


def summary(played: Play) -> dict[str, int]:
    sent = [tally for tally in played.tallies if tally.is_sent]
    return {
        "notices": len(played.released),
        "messages": sum(tally.number for tally in sent),
        "skipped": sum(tally.number for tally in played.tallies if not tally.is_sent),
        "missed": sum(one.state == NoticeState.MISSED for one in played.outcomes),
        "assumed": sum(one.is_assumed and one.is_released for one in played.outcomes),
    }


def waiting(played: Play) -> list[tuple[Outcome, str]]:
    """What does not go out in this time, and why not."""
    return [(one, explaining.what_happens(one)) for one in played.outcomes if not one.is_released]


def explained(played: Play, day: Day) -> list[tuple[Sent, str, str]]:
    """Each notice of a day with whom it is for, and why then."""
    names = dict(Group.objects.values_list("pk", "name"))
    return [
        (one, Audience.from_json(source(one.outcome).audience).describe(names), explaining.why_now(one.outcome))
        for one in day.sent
    ]
