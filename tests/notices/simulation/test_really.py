"""What a play says is what happens."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import Role
from notices.enums import PUT_RIGHT, Clock, Edge, Event, Medium, MessageState, NoticeKind, NoticeState, Trigger, Unit
from notices.models import DeliveryRules, Message, Notice
from notices.pipeline import approve, outbox, schedule
from notices.pipeline.byhand import recall
from notices.simulation.play import AS_IT_STANDS, play
from stakeholders.enums import AddressState, Channel, Topic
from stakeholders.models import Absence
from tests import factories
from tests.notices.simulation.running import rolled_back, run, what_came_of_it
from upgrades.enums import Impact, Phase, Status

pytestmark = pytest.mark.django_db
NOW = datetime(2031, 3, 8, 8, 0, tzinfo=UTC)  # later than any clock on which this runs; clocks change on 9 and 30 March
DAYS = 24
UNTIL = NOW + timedelta(days=DAYS)
CLICK = NOW - timedelta(seconds=30)
PEOPLE, GROUPS, WINDOWS = 6, 3, 2
ZONES = ["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Nowhere/Land"]
KINDS = [
    *(NoticeKind.ANNOUNCEMENT, NoticeKind.REMINDER, NoticeKind.PROGRESS, NoticeKind.COMPLETED, NoticeKind.NEWS),
    *(NoticeKind.CANCELLED, NoticeKind.SURVEY, NoticeKind.SURVEY_REMINDER, NoticeKind.FINAL, NoticeKind.OUTAGE),
]
WORDS = [{"language": "en", "level": "plain", "subject": "Mail", "body": "Hello {{ first_name }}."}]
hours = st.sampled_from([time(9), time(2, 30), time(17, 45)])
some = st.lists(st.integers(0, PEOPLE - 1), min_size=1, max_size=4, unique=True)
minutes = st.integers(0, DAYS * 24 * 60)


@st.composite
def persons(draw):
    return {
        "zone": draw(st.sampled_from(ZONES)),
        "email_state": draw(st.sampled_from([AddressState.WORKING, AddressState.WORKING, *AddressState.values])),
        "has_address": draw(st.integers(0, 5)) < 5,
        "refuses": draw(st.integers(0, 5)) == 5,
        "declines": draw(st.lists(st.sampled_from(Topic.values), max_size=1)),
        "is_list": draw(st.integers(0, 6)) == 6,
        "groups": draw(st.lists(st.integers(0, GROUPS - 1), max_size=2, unique=True)),
        "works_on": draw(st.sampled_from([[], [], [1, 2, 3], [2, 6]])),
        "country": draw(st.sampled_from(["", "", "IE", "DE"])),  # 17 March is a holiday in Ireland
    }


@st.composite
def absences(draw):
    person, deputy = draw(st.lists(st.integers(0, PEOPLE - 1), min_size=2, max_size=2, unique=True))
    start = draw(st.integers(-2, DAYS))
    return person, deputy, start, start + draw(st.integers(0, 12))


@st.composite
def windows(draw):
    return {
        "days": draw(st.integers(5, DAYS - 4)),
        "hours": draw(st.sampled_from([None, 1, 30, 200])),
        "status": draw(st.sampled_from([Status.CONFIRMED] * 6 + [Status.TENTATIVE] * 3 + list(Status.values))),
        "impact": draw(st.sampled_from([Impact.NO_IMPACT, Impact.OUTAGE])),
    }


@st.composite
def notices(draw):
    trigger = draw(st.sampled_from([*[Trigger.OFFSET] * 4, Trigger.CADENCE, Trigger.EVENT, None]))
    unit = draw(st.sampled_from(Unit.values)) if trigger != Trigger.CADENCE else Unit.BUSINESS_DAYS
    return {
        "trigger": trigger,
        "window": draw(st.integers(0, WINDOWS)),  # the last one is of another upgrade
        "edge": draw(st.sampled_from(Edge.values)),
        "unit": unit,
        "offset": draw(st.integers(-900, 900) if unit == Unit.MINUTES else st.integers(-6, 8)),
        "at": None if unit == Unit.MINUTES else draw(hours),
        "clock": Clock.READER if unit != Unit.MINUTES and draw(st.integers(0, 2)) == 2 else Clock.PLACE,
        "weekdays": draw(st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True)),
        "every_weeks": draw(st.integers(1, 2)),
        "event": draw(st.sampled_from([Event.STARTED, Event.FINISHED, Event.CANCELLED, Event.SLIPPED])),
        "minute": draw(minutes),
        "kind": draw(st.sampled_from(KINDS)),
        "people": draw(some),
        "groups": draw(st.lists(st.integers(0, GROUPS - 1), max_size=2, unique=True)),
        "filter": draw(st.sampled_from([*[""] * 5, "affected", "not_answered", "not_acknowledged", "representatives"])),
        "state": draw(st.sampled_from(["approved"] * 6 + ["unasked"] * 3 + ["draft", "in_review", "missed"])),
        "expires": draw(st.sampled_from([None, None, None]) | minutes),
        "paused": draw(st.integers(0, 9)) == 9,
        "acknowledge": draw(st.booleans()),
        "channels": draw(st.sampled_from([[Channel.EMAIL], [Channel.EMAIL, Channel.PORTAL], [Channel.PORTAL]])),
        "after": draw(st.sampled_from(["", "", "", "", "done", "open"])),
        "ticked": draw(st.integers(0, 9)) == 9,
        "words": draw(st.sampled_from([WORDS, factories.WORDS])),
        "click": draw(st.sampled_from(["", "", "", "late", "now"])),
    }


rules = st.fixed_dictionaries(
    {
        "quiet": st.sampled_from([None, (time(20), time(7)), (time(22), time(7)), (time(1), time(3, 30))]),
        "quiet_weekends": st.booleans(),
        "most_per_week": st.sampled_from([None, 1, 1, 2, 3]),
        "digest_at": st.sampled_from([time(9), time(2, 30), time(21)]),
    }
)
earlier = st.fixed_dictionaries(
    {
        "hours": st.integers(1, 24 * 9),
        "people": some,
        "kind": st.sampled_from([NoticeKind.NEWS, NoticeKind.PROGRESS, NoticeKind.STARTED]),
        "is_waiting": st.booleans(),
    }
)
plans = st.fixed_dictionaries(
    {
        "people": st.lists(persons(), min_size=PEOPLE, max_size=PEOPLE),
        "absences": st.lists(absences(), max_size=4),
        "windows": st.lists(windows(), min_size=WINDOWS + 1, max_size=WINDOWS + 1),
        "notices": st.lists(notices(), min_size=1, max_size=8),
        "rules": st.none() | rules | rules | rules,
        "earlier": st.lists(earlier, max_size=3),
        "phase": st.sampled_from([Phase.UNDER_WAY] * 6 + [Phase.CANCELLED]),
        "closes": st.none() | minutes,
        "moved": st.sampled_from([None, None, 1, 3, -2]),
        "turns": st.lists(minutes, max_size=4),
    }
)


busy_rules = st.fixed_dictionaries(
    {
        "quiet": st.sampled_from([(time(20), time(7)), (time(1), time(3, 30))]),
        "quiet_weekends": st.booleans(),
        "most_per_week": st.sampled_from([1, 2]),
        "digest_at": st.sampled_from([time(9), time(2, 30), time(21)]),
    }
)


def busy(drawn, rules):
    """Everybody is told everything within days, so that the cap of the week and digests are at work."""
    reached = {"email_state": AddressState.WORKING, "has_address": True, "refuses": False, "declines": []}
    sent = {"state": "approved", "trigger": None, "filter": "", "channels": [Channel.EMAIL], "people": [*range(PEOPLE)]}
    free = {"paused": False, "expires": None, "after": "", "ticked": False, "words": WORDS}
    calm = {"days": DAYS - 4, "status": Status.CONFIRMED, "hours": 30}
    kinds = [NoticeKind.NEWS, NoticeKind.PROGRESS, NoticeKind.ANNOUNCEMENT, NoticeKind.OUTAGE]
    notices = [
        {**one, **sent, **free, "minute": one["minute"] // 3, "kind": kinds[number % len(kinds)]}
        for number, one in enumerate(drawn["notices"])
    ]
    people = [{**one, **reached} for one in drawn["people"]]
    windows = [{**one, **calm} for one in drawn["windows"]]
    return {
        **drawn,
        **{"people": people, "windows": windows, "notices": notices, "rules": rules},
        **{"phase": Phase.UNDER_WAY, "moved": None},
    }


many = st.lists(notices(), min_size=5, max_size=8)
busy_plans = st.builds(lambda plan, more, rules: busy({**plan, "notices": more}, rules), plans, many, busy_rules)


class Plan:
    """A plan in the database, as hypothesis drew it."""

    def __init__(self, drawn):
        self.drawn = drawn
        self.ana = factories.account("Ana Abel")
        self.ben = factories.account("Ben Brand", role=Role.APPROVER)
        self.people = [self._person(one) for one in drawn["people"]]
        self.groups = [
            factories.group(
                people=[who for who, one in self._members(number)][1:],
                representatives=[who for who, one in self._members(number)][:1],
            )
            for number in range(GROUPS)
        ]
        for person, deputy, start, end in drawn["absences"]:
            days = {"start_on": NOW.date() + timedelta(days=start), "end_on": NOW.date() + timedelta(days=end)}
            Absence.objects.create(person=self.people[person], deputy=self.people[deputy], **days)
        self.upgrade = factories.upgrade(
            owner=self.ana, phase=drawn["phase"], services=[factories.service(users=self.groups[:1])]
        )
        self.beside = factories.upgrade(owner=self.ana, phase=Phase.UNDER_WAY, time_zone="America/New_York")
        of = [self.upgrade] * WINDOWS + [self.beside]
        self.windows = [self._window(one, whose) for one, whose in zip(drawn["windows"], of, strict=True)]
        closes = None if drawn["closes"] is None else NOW + timedelta(minutes=drawn["closes"])
        self.surveys = {one: factories.survey(one, closes_at=closes) for one in (self.upgrade, self.beside)}
        self.decisions = {name: self._decision(name) for name in ("open", "done")}
        for one in drawn["earlier"]:
            self._sent_before(one)
        self._rules(drawn["rules"])
        for one in drawn["notices"]:
            self._notice(one)
        if drawn["moved"] is not None:
            self.windows[0].start += timedelta(days=drawn["moved"])
            self.windows[0].end = self.windows[0].end and self.windows[0].end + timedelta(days=drawn["moved"])
            self.windows[0].save()

    def _person(self, drawn):
        person = factories.person(
            time_zone=drawn["zone"],
            email_state=drawn["email_state"],
            is_list=drawn["is_list"],
            works_on=drawn["works_on"],
            site=factories.site(country=drawn["country"]) if drawn["country"] else None,
            refused_channels=[Channel.EMAIL] if drawn["refuses"] else [],
            **({} if drawn["has_address"] else {"email": ""}),
        )
        for topic in drawn["declines"]:
            person.opt_out(topic)
        return person

    def _members(self, number):
        both = zip(self.people, self.drawn["people"], strict=True)
        return [(who, one) for who, one in both if number in one["groups"]]

    def _rules(self, drawn):
        if drawn:
            begins, ends = drawn["quiet"] or (None, None)
            given = {name: drawn[name] for name in ("quiet_weekends", "most_per_week", "digest_at")}
            DeliveryRules.objects.create(pk=1, quiet_from=begins, quiet_until=ends, **given)

    def _sent_before(self, drawn):
        """What counts in the week in which the play begins; some of it is still on its way."""
        at = NOW - timedelta(hours=drawn["hours"])
        window = self.windows[-1]
        people = [self.people[number] for number in drawn["people"]]
        notice = factories.released_notice(window, people=people, kind=drawn["kind"], words=WORDS, now=at)
        if drawn["is_waiting"]:
            later = NOW + timedelta(hours=drawn["hours"])
            Message.objects.filter(notice=notice, state=MessageState.QUEUED).update(not_before=later)
        else:
            Message.objects.filter(notice=notice, state=MessageState.QUEUED).update(
                state="sent", sent_at=at, sha256=bytes(32)
            )

    def _window(self, drawn, upgrade):
        start = NOW + timedelta(days=drawn["days"], hours=3)
        end = drawn["hours"] and start + timedelta(hours=drawn["hours"])
        return factories.milestone(upgrade, start=start, end=end, status=drawn["status"], impact=drawn["impact"])

    def _decision(self, name):
        done = {"done_at": NOW, "done_by": self.ana} if name == "done" else {}
        return factories.step(self.windows[0], name=f"Go or no-go ({name})", medium=Medium.DECISION, **done)

    def _notice(self, drawn):
        window = self.windows[drawn["window"]]
        rule = {
            "people": [self.people[number].pk for number in drawn["people"]],
            "groups": [self.groups[number].pk for number in drawn["groups"]],
        }
        if drawn["filter"]:
            rule["representatives_only" if drawn["filter"] == "representatives" else drawn["filter"]] = True
        asks = "survey" in drawn["kind"] or drawn["filter"] == "not_answered"
        common = {
            "kind": drawn["kind"],
            "channels": drawn["channels"],
            "audience": rule,
            "survey": self.surveys[window.upgrade] if asks else None,
            "asks_acknowledgement": drawn["acknowledge"],
            "needs_approval": drawn["state"] != "unasked",
            "author": self.ana,
            "words": drawn["words"],
            "milestone": window,
        }
        step = self._step(drawn, window, rule) if drawn["trigger"] else None
        times = schedule.first_time(step) if step else {"send_at": NOW + timedelta(minutes=drawn["minute"])}
        notice = factories.notice(window, step=step, **common, **times)
        if step:
            schedule.move(Notice.objects.filter(pk=notice.pk), now=NOW - timedelta(days=60))
            notice.refresh_from_db()
        self._send_on(notice, drawn)

    def _step(self, drawn, window, rule):
        trigger = drawn["trigger"]
        given = {name: drawn[name] for name in ("edge", "offset", "unit", "at", "clock", "trigger")}
        if trigger == Trigger.CADENCE:
            given |= {"weekdays": sorted(drawn["weekdays"]), "every_weeks": drawn["every_weeks"]}
        if trigger == Trigger.EVENT:
            given |= {"event": drawn["event"], "clock": Clock.PLACE, "offset": abs(drawn["offset"])}
        done = {"done_at": NOW, "done_by": self.ana} if drawn["ticked"] else {}
        after = self.decisions.get(drawn["after"])
        return factories.step(window, audience=rule, after=after, **given, **done)

    def _send_on(self, notice, drawn):
        then = NOW - timedelta(days=60)
        is_late = drawn["click"] == "late" and drawn["trigger"] is None
        if is_late:  # approved a moment before NOW, due from three minutes before to two after that click
            Notice.objects.filter(pk=notice.pk).update(send_at=CLICK + timedelta(minutes=drawn["minute"] % 6 - 3))
            notice.refresh_from_db()
        click = {"now": CLICK, "hold": recall.HOLD} if is_late else {"now": then}
        try:
            if drawn["state"] in ("in_review", "approved"):
                revision = approve.submit(notice, by=self.ana, now=then)
                if drawn["state"] == "approved":
                    approve.approve(notice, revision=revision, by=self.ben, **click)
            elif drawn["state"] == "unasked":
                approve.schedule(notice, by=self.ana, **click)
            if drawn["click"] == "now":
                outbox.send_now(notice, by=self.ben, now=CLICK, hold=recall.HOLD)
        except approve.NotAllowed:
            pass
        late = drawn["expires"] is not None and NOW + timedelta(minutes=drawn["expires"])
        changes = {"expires_at": late} if late else {}
        if drawn["paused"]:
            changes |= {"paused_at": NOW}
        if drawn["state"] == "missed":
            changes |= {"state": NoticeState.MISSED}
        Notice.objects.filter(pk=notice.pk).update(**changes) if changes else None


def of_play(found) -> tuple[dict, set]:
    states = {one.key: (one.state, one.at, one.reason if not one.is_released else "") for one in found.outcomes}
    messages = {
        (one.key, each.person, each.channel, each.state, each.reason, each.at)
        for one in found.released
        for each in found.messages(one)
    }
    return states, messages


def digests_of_play(found) -> set[frozenset]:
    """What leaves in one mail, where that holds several."""
    mails = defaultdict(set)
    for one in found.released:
        for each in found.messages(one):
            if each.is_sent and each.end.is_gathered:
                mails[each.person, each.channel, each.at].add(one.key)
    return {(person, frozenset(keys)) for (person, *_), keys in mails.items() if len(keys) > 1}


def digests_of_database(upgrade, keys) -> set[frozenset]:
    mails = defaultdict(set)
    for one in Message.objects.filter(notice__upgrade=upgrade, state=MessageState.SENT).select_related("notice"):
        mails[one.person_id, one.channel, bytes(one.sha256)].add(keys.get(one.notice_id) or name_of(one.notice))
    return {(person, frozenset(keys)) for (person, *_), keys in mails.items() if len(keys) > 1}


def of_database(upgrade, keys) -> tuple[dict, set]:
    """By the keys that the play gives: future turns of a cadence have no key of their own before they are there. What
    the clock proposes to put right is nobody's plan, and so in no play."""
    rows = list(Notice.objects.filter(upgrade=upgrade).exclude(kind__in=PUT_RIGHT).order_by("pk"))
    names = {one.pk: keys.get(one.pk) or name_of(one) for one in rows}
    states = {
        names[one.pk]: (one.state, one.released_at, "" if one.state == NoticeState.RELEASED else one.reason)
        for one in rows
    }
    messages = {(names[pk], *rest) for pk, *rest in what_came_of_it([one.pk for one in rows])}
    return states, messages


def name_of(notice):
    step = notice.step_id or notice.occurrence_of_id
    return f"step-{step}-{notice.local_on or notice.send_at:%Y-%m-%d}"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=plans)
def test_playing_to_a_day_and_running_to_that_day_give_the_same_messages(drawn, mailserver):
    the_play_is_what_happens(drawn)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=busy_plans)
def test_where_everybody_is_told_a_lot_the_same_wait_for_the_same_digests(drawn, mailserver):
    the_play_is_what_happens(drawn)


def the_play_is_what_happens(drawn):
    with rolled_back():
        plan = Plan(drawn)
        keys = {pk: f"notice-{pk}" for pk in Notice.objects.values_list("pk", flat=True)}

        found = play([plan.upgrade], now=NOW, until=UNTIL, approvals=AS_IT_STANDS, events=AS_IT_STANDS)
        states, messages = of_play(found)
        run(now=NOW, until=UNTIL, also=[NOW + timedelta(minutes=one) for one in drawn["turns"]])

        counted = Counter((row[0], row[2], row[3], row[4], row[5]) for row in messages)
        tallies = Counter()
        for one in found.tallies:
            tallies[one.outcome.key, one.channel, one.state, one.reason, one.at] += one.number
        assert tallies == counted

        really, sent = of_database(plan.upgrade, keys)
        settled = {key: value for key, value in really.items() if key in states}
        assert {key: state for key, (state, *_) in states.items()} == {key: one[0] for key, one in settled.items()}
        at = {key: value[1] for key, value in states.items() if value[0] == NoticeState.RELEASED}
        assert at == {key: value[1] for key, value in settled.items() if value[0] == NoticeState.RELEASED}
        over = (NoticeState.MISSED, NoticeState.CANCELLED)
        assert {key: one for key, one in states.items() if one[0] in over}.keys() <= really.keys()
        why = {key: value[2] for key, value in states.items() if value[0] in over}
        assert why == {key: value[2] for key, value in settled.items() if value[0] in over}
        assert messages == sent
        assert digests_of_play(found) == digests_of_database(plan.upgrade, keys)
        unplayed = {key: one for key, one in really.items() if key not in states}
        assert all(one[0] in over for one in unplayed.values()), unplayed
