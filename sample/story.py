"""Four upgrades at different points of their lives, lived through by the real pipeline with a clock that we set.

Everything here happened to the college "in the past": the same functions approve, fill and record that do it today.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pghistory

from commsplan.lib.time import at_wall_clock
from feedback import answering, urn
from feedback.enums import Progress, QuestionKind
from feedback.models import Invitation, Question, Survey
from notices.enums import Event, MessageState, NoticeKind, NoticeState, ReceiptKind, Trigger
from notices.models import Notice, Receipt
from notices.pipeline import approve, byhand, outbox, planning, schedule, templates
from notices.pipeline.planning import cadence
from sample import delivery, vendors
from sample.conversations import Conversations
from sample.organisation import Organisation, read
from stakeholders.enums import Channel
from stakeholders.models import Group, Site
from upgrades import rescheduling
from upgrades.enums import Impact, MilestoneKind, Phase, Status
from upgrades.models import Assessment, CriticalDays, Milestone, Service, Stakeholder, Upgrade

WORRIES = [
    "That my shared mailboxes are gone on Monday.",
    "I do not know whom to call on Sunday.",
    "My phone is old. Will it still work?",
    "None, I have done what was asked.",
    "We have a deadline that week.",
]
COMMENTS = [
    "The reminder on the day before was the most useful one.",
    "I would have liked to know earlier that phones ask for the password again.",
    "Clear and short, thank you.",
    "Too many mails for one weekend.",
    "The training came a week too early, I had forgotten half of it.",
    "Nobody told me that parked bookings would be carried over.",
    "Good that somebody answered the phone on Monday morning.",
]


@dataclass
class Story:
    """Told from `now`; `zone` is where the college's wall clock hangs."""

    college: Organisation
    now: datetime
    zone: str = "Europe/London"
    questions: dict[int, list[Question]] = field(default_factory=dict)

    def __post_init__(self):
        self.texts = read("upgrades")
        self.random = random.Random(self.college.data["seed"])
        self.conversations = Conversations(self.college, self.now, zone=self.zone)
        self.dated = 0  # the last change that the history has at its own time
        self.ana, self.ben = self.college.account["Ana"], self.college.account["Ben"]

    def tell(self):
        self._critical_days()
        self._erp()
        self._switches()
        self._rollout()
        self._mail()
        self._vendors()
        self.conversations.others()
        self.conversations.working_lives()
        urn.mix(now=self.now)

    # The four upgrades

    def _mail(self):
        """About to go live. The date moved after most of it had been announced, so many believe the old one."""
        saturday = self._next(weekday=5, at_least=5)
        window = planning.Window("Go-live", self._at(saturday - timedelta(7), 22), self._at(saturday - timedelta(6), 6))
        upgrade = self._create("mail", [window])
        go_live = upgrade.milestones.get(kind=MilestoneKind.GO_LIVE)
        rescheduling.change(go_live, action_deadline=self._at(saturday - timedelta(9), 17))
        self._changed_at(self.now - timedelta(days=60), upgrade)
        self._assess(upgrade, MAIL_GRID)
        moved_at = self.now - timedelta(days=8)
        self._live_through(upgrade, until=moved_at)
        self.conversations.town_hall(upgrade, go_live, at=moved_at - timedelta(days=2))
        rescheduling.change(
            go_live,
            start=self._at(saturday, 22),
            end=self._at(saturday + timedelta(1), 6),
            status=Status.CONFIRMED,
            action_deadline=self._at(saturday - timedelta(1), 17),
            reason="The provider can copy the mailboxes only a week later.",
        )
        decision = upgrade.milestones.get(kind=MilestoneKind.DECISION)
        rescheduling.change(decision, start=self._at(saturday - timedelta(3), 14))
        self._changed_at(moved_at, upgrade)
        schedule.refresh(now=moved_at)
        self._tell_the_leaders(upgrade, go_live, at=moved_at + timedelta(hours=3))
        self._live_through(upgrade, until=self.now)
        self._prepare(upgrade, since=self.now)
        self._one_that_waits(upgrade, go_live)
        self._one_that_goes_out_now(upgrade, go_live)
        self._answer(upgrade, share=0.35)

    def _switches(self):
        """In waves, two done, one under way today, three to come."""
        today = self.now.date()
        names = [
            "Harbour Laboratories",
            "Freiburg Institute",
            "Riverside Campus",
            "Saarbrücken School",
            "Boston Centre",
        ]
        names.append("Main Campus")
        windows = []
        for number, name in enumerate(names, start=1):
            start = self._at(today + timedelta(weeks=number - 3), 18)
            if number == 3:
                start = self.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
            site = self.college.site[name]
            windows.append(planning.Window(f"Wave {number}: {name}", start, start + timedelta(hours=4), (site,)))
        upgrade = self._create("switches", windows, phase=Phase.UNDER_WAY, impact=Impact.OUTAGE)
        waves = list(upgrade.milestones.filter(kind=MilestoneKind.GO_LIVE).order_by("start"))
        for wave in waves:
            rescheduling.change(wave, status=Status.CONFIRMED if wave.start > self.now else Status.IN_PROCESS)
        self._report_every_friday(upgrade, waves)
        self._assess(upgrade, SWITCH_GRID)
        self._live_through(upgrade, until=self.now)
        for wave in waves[:2]:
            rescheduling.change(wave, status=Status.COMPLETED)
        self._prepare(upgrade, since=self.now)
        self._answer(upgrade, share=0.4)

    def _report_every_friday(self, upgrade: Upgrade, waves: Sequence[Milestone]):
        """To those who lead the buildings, as long as the waves last; two times already."""
        whole = Milestone.objects.create(
            upgrade=upgrade, name="All waves", kind=MilestoneKind.STEP, status=Status.IN_PROCESS, is_public=False,
            start=waves[0].start, end=waves[-1].last_moment, impact=Impact.NO_IMPACT,
        )  # fmt: skip
        line = planning.Line(
            name="How far the waves have got", milestone=whole, trigger=Trigger.CADENCE, weekdays=[4], at=time(16),
            offset=0, audience={"groups": [self.college.group["Heads of department"].pk]}, kind=NoticeKind.PROGRESS,
            channels=[Channel.EMAIL], needs_approval=False,
            objective="Those who are asked in the buildings can answer.",
        )  # fmt: skip
        planning.add_step(upgrade, line, by=self.ana)

    def _erp(self):
        """Finished five weeks ago, with answers to its survey."""
        friday = self._next(weekday=4, at_least=0) - timedelta(days=42)
        window = planning.Window("Go-live", self._at(friday, 18), self._at(friday + timedelta(2), 20))
        upgrade = self._create("erp", [window], phase=Phase.UNDER_WAY)
        for milestone in upgrade.milestones.all():
            rescheduling.change(milestone, status=Status.CONFIRMED)
        self._assess(upgrade, ERP_GRID)
        self._live_through(upgrade, until=self.now)
        self._prepare(upgrade, since=self.now)
        for milestone in upgrade.milestones.all():
            rescheduling.change(milestone, status=Status.COMPLETED)
        Upgrade.objects.filter(pk=upgrade.pk).update(phase=Phase.COMPLETED)
        self._answer(upgrade, share=0.62)
        for survey in upgrade.surveys.open():
            answering.close(survey, now=self.now)

    def _rollout(self):
        """Being planned: drafts only, and the second ring collides with the examinations."""
        today = self.now.date()
        places = [("Ring 1: IT and volunteers", 48), ("Ring 2: offices", 62), ("Ring 3: laboratories", 83)]
        windows = []
        for name, days in places:
            day = today + timedelta(days=days)
            windows.append(planning.Window(name, self._at(day, 8), self._at(day, 18)))
        upgrade = self._create("rollout", windows, impact=Impact.DEGRADED, published=False)
        for ring in upgrade.milestones.filter(kind=MilestoneKind.GO_LIVE):
            rescheduling.change(ring, action_deadline=ring.start - timedelta(hours=16))
        self._assess(upgrade, ROLLOUT_GRID)

    def _vendors(self):
        """A fibre between the campuses in the plan of the switches, and work of a hoster that nobody decided on."""
        switches = Upgrade.objects.get(name=self.texts["switches"]["name"])
        sunday = self._next(weekday=6, at_least=36)
        fibre, hosting = self._at(sunday, 2), self._at(self._next(weekday=2, at_least=10), 22)
        vendors.announce(self.college, switches, fibre=fibre, hosting=hosting, now=self.now)

    # What happens in each

    def _create(self, key: str, windows: Sequence[planning.Window], *, published: bool = True, **more) -> Upgrade:
        texts = dict(self.texts[key])
        template = templates.known.find(texts.pop("template"))
        services = [self.college.service[name] for name in texts.pop("services")]
        milestone_texts = {name: texts.pop(name) for name in ("effect", "action") if name in texts}
        impact, downtime = more.pop("impact", Impact.OUTAGE), texts.pop("downtime")
        upgrade = planning.create_upgrade(
            by=self.ana, template=template, windows=windows, services=services, impact=impact, downtime=downtime,
            owner=self.ben, published_at=self.now if published else None, **texts, **more,
        )  # fmt: skip
        upgrade.milestones.filter(kind=MilestoneKind.GO_LIVE).update(**milestone_texts)
        return upgrade

    def _assess(self, upgrade: Upgrade, grid: Mapping[str, tuple[int, int, int, int]]):
        for name, (influence, interest, attitude, impact) in grid.items():
            stakeholder = Stakeholder.objects.create(
                upgrade=upgrade, group=self.college.group[name], impact_on_them=impact
            )
            for days, shift in ((60, -8), (12, 0)):
                Assessment.objects.create(
                    stakeholder=stakeholder,
                    influence=max(0, influence + shift),
                    interest=max(0, interest + 2 * shift),
                    attitude=attitude,
                    at=self.now - timedelta(days=days),
                    by=self.ana,
                )

    def _changed_at(self, at: datetime, upgrade: Upgrade):
        """What was changed since the last time was changed then, and the history says so: beliefs are judged by it."""
        history: Any = Milestone.pgh_event_model.objects  # type: ignore[attr-defined]
        events = history.filter(pgh_obj__in=upgrade.milestones.all(), pgh_id__gt=self.dated)
        self.dated = max(events.values_list("pgh_id", flat=True), default=self.dated)
        events.update(pgh_created_at=at)

    def _live_through(self, upgrade: Upgrade, *, until: datetime):
        """Everything of this upgrade that was due by then went out when it was due; steps were ticked off."""
        self._say_when_it_happened(upgrade, until=until)
        lived: set[int] = set()
        waiting = upgrade.notices.waiting().filter(send_at__lte=until).order_by("send_at", "pk")
        while notice := waiting.exclude(pk__in=lived).first():
            lived.add(notice.pk)
            at = notice.send_at
            if notice.state != NoticeState.APPROVED:
                self._approve(notice, at=at - timedelta(days=1))
            with pghistory.context():  # the clock did it, nobody who signs in
                outbox.fill(notice, now=at)
            delivery.deliver(notice, at=at, chance=self.random)
            self._acknowledge(notice, at=at)
            cadence.roll_over(now=at + timedelta(minutes=1))
        done = upgrade.steps.filter(done_at=None).exclude(medium="notice").select_related("milestone", "upgrade")
        for step in done:
            at = schedule.due_at(step)
            if at and at <= until:
                type(step).objects.filter(pk=step.pk).update(done_at=at, done_by=self.ana)

    def _say_when_it_happened(self, upgrade: Upgrade, *, until: datetime):
        """What waits for the start or the end of a milestone went out then, and a cadence had its turns since."""
        waiting = upgrade.notices.waiting().filter(send_at=None, step__isnull=False)
        for notice in waiting.select_related("step__upgrade", "step__milestone", "milestone").order_by("pk"):
            moments = {
                Event.STARTED: notice.step.milestone.start,
                Event.FINISHED: notice.step.milestone.last_moment,
                "": schedule.due_at(notice.step),
            }
            at = moments.get(notice.waits_for)
            if at and at <= until:
                Notice.objects.filter(pk=notice.pk).update(send_at=at)

    def _prepare(self, upgrade: Upgrade, *, since: datetime):
        """What comes in the next three days is approved, and so is what lies ready in case; what comes
        in the week after waits for Ben."""
        drafts = upgrade.notices.filter(state=NoticeState.DRAFT)
        for notice in drafts.filter(send_at=None).exclude(waits_for="").order_by("pk"):
            self._approve(notice, at=since - timedelta(hours=3))
        soon, later = since + timedelta(days=3), since + timedelta(days=10)
        for notice in drafts.filter(send_at__range=(since, later)).order_by("pk"):
            if not notice.needs_approval or (notice.send_at and notice.send_at <= soon):
                self._approve(notice, at=since - timedelta(hours=2))
            else:
                approve.submit(notice, by=self.ana, now=since - timedelta(hours=4))

    def _approve(self, notice: Notice, *, at: datetime):
        if notice.needs_approval:
            with pghistory.context(user=self.ana.pk):
                is_draft = notice.state == NoticeState.DRAFT
                last = notice.revisions.order_by("-number").first()
                revision = approve.submit(notice, by=self.ana, now=at - timedelta(hours=5)) if is_draft else last
            with pghistory.context(user=self.ben.pk):
                approve.approve(notice, revision=revision, by=self.ben, now=at)
        else:
            approve.schedule(notice, by=self.ana, now=at)

    def _acknowledge(self, notice: Notice, *, at: datetime):
        if not notice.asks_acknowledgement:
            return
        sent = list(notice.messages.filter(state=MessageState.SENT).order_by("pk"))
        Receipt.objects.bulk_create(
            Receipt(
                message=message,
                kind=ReceiptKind.ACKNOWLEDGED,
                at=min(self.now, at + timedelta(minutes=self.random.randint(3, 3000))),
            )
            for message in self.random.sample(sent, int(len(sent) * 0.45))
        )

    def _tell_the_leaders(self, upgrade: Upgrade, go_live: Milestone, *, at: datetime):
        """Service desk and heads know the new date already; the others still believe the old one."""
        groups = [self.college.group[name].pk for name in ("Service desk", "Heads of department")]
        notice = self._by_hand(upgrade, go_live, "New date for those who are asked", NoticeKind.POSTPONED, groups, at)
        self._approve(notice, at=at - timedelta(minutes=10))
        outbox.fill(notice, now=at)
        delivery.deliver(notice, at=at, chance=self.random)

    def _one_that_waits(self, upgrade: Upgrade, go_live: Milestone):
        """For everybody else it waits for Ben."""
        notice = byhand.draft(
            upgrade, title="New date for everybody", kind=NoticeKind.POSTPONED, by=self.ana, milestone=go_live
        )
        notice.channels = [Channel.EMAIL, Channel.PORTAL]
        notice.send_at = self.now + timedelta(hours=3)
        notice.save()
        approve.submit(notice, by=self.ana, now=self.now - timedelta(minutes=40))

    def _one_that_goes_out_now(self, upgrade: Upgrade, go_live: Milestone):
        groups = [self.college.group["Change champions"].pk]
        at = self.now + timedelta(seconds=45)
        notice = self._by_hand(upgrade, go_live, "New date for the champions", NoticeKind.POSTPONED, groups, at)
        self._approve(notice, at=self.now - timedelta(minutes=5))

    def _by_hand(self, upgrade, go_live, title: str, kind: str, groups: list[int], at: datetime) -> Notice:
        notice = byhand.draft(upgrade, title=title, kind=kind, by=self.ana, milestone=go_live)
        notice.audience, notice.send_at = {"groups": groups}, at
        notice.save()
        return notice

    def _answer(self, upgrade: Upgrade, *, share: float):
        for survey in upgrade.surveys.open():
            invited = Invitation.objects.filter(survey=survey, progress=Progress.INVITED).select_related(
                "survey", "person"
            )
            waiting = list(invited.order_by("pk"))
            for invitation in self.random.sample(waiting, int(len(waiting) * share)):
                answering.store(invitation, self._answers(survey), invitation.person.language, self.now)

    def _answers(self, survey: Survey) -> dict[str, Any]:
        mood = self.random.gauss(0.66, 0.2)
        return {question.key: value for question in self._questions(survey) if (value := self._one(question, mood))}

    def _questions(self, survey: Survey) -> list[Question]:
        if survey.pk not in self.questions:
            self.questions[survey.pk] = list(survey.questions.order_by("position"))
        return self.questions[survey.pk]

    def _one(self, question, mood: float):
        chance = min(1.0, max(0.0, self.random.gauss(mood, 0.18)))
        if question.kind in (QuestionKind.RATING, QuestionKind.CSAT):
            return 1 + round(chance * 4)
        if question.kind == QuestionKind.NPS:
            return round(chance * 10)
        if question.kind == QuestionKind.SINGLE:
            return self.random.choice(question.choices)["value"]
        if question.kind == QuestionKind.MULTIPLE:
            return [self.random.choice(question.choices)["value"]]
        if question.kind == QuestionKind.YES_NO:
            return "yes" if chance > 0.4 else "no"
        said = WORRIES if "risk" in question.key else COMMENTS
        return self.random.choice(said) if self.random.random() < 0.2 else None

    def _critical_days(self):
        for row in self.texts["critical_days"]:
            start = self.now.date() + timedelta(days=row["from_day"])
            entry = CriticalDays.objects.create(
                name=row["name"],
                freeze=row["freeze"],
                start=self._at(start, 0),
                end=self._at(self.now.date() + timedelta(days=row["to_day"]), 0),
                time_zone=self.zone,
                entered_by=self.college.account["Dora"],
            )
            entry.groups.set(Group.objects.filter(name__in=row.get("groups", [])))
            entry.sites.set(Site.objects.filter(name__in=row.get("sites", [])))
            entry.services.set(Service.objects.filter(name__in=row.get("services", [])))

    # The calendar

    def _next(self, *, weekday: int, at_least: int) -> date:
        first = self.now.date() + timedelta(days=at_least)
        return first + timedelta(days=(weekday - first.weekday()) % 7)

    def _at(self, day: date, hour: int) -> datetime:
        return at_wall_clock(day, time(hour), zone=self.zone)


# Group: influence, interest, attitude, impact on them.
MAIL_GRID = {
    "Executive board": (92, 58, 1, Impact.OUTAGE),
    "Heads of department": (74, 66, 0, Impact.OUTAGE),
    "Service desk": (48, 95, 1, Impact.OUTAGE),
    "All staff": (38, 72, 0, Impact.OUTAGE),
    "Students": (18, 56, 0, Impact.OUTAGE),
    "Change champions": (44, 86, 2, Impact.OUTAGE),
    "Higher Education Authority": (70, 16, 0, Impact.NO_IMPACT),
    "Vendor contacts": (30, 40, 1, Impact.NO_IMPACT),
}
SWITCH_GRID = {
    "Facilities": (64, 82, -1, Impact.OUTAGE),
    "Heads of department": (72, 44, 0, Impact.OUTAGE),
    "Medicine": (58, 76, -2, Impact.OUTAGE),
    "Service desk": (45, 90, 1, Impact.OUTAGE),
    "All staff": (30, 61, 0, Impact.OUTAGE),
    "Vendor contacts": (40, 62, 2, Impact.NO_IMPACT),
}
ERP_GRID = {
    "Executive board": (90, 64, 1, Impact.DEGRADED),
    "Finance": (70, 95, -1, Impact.OUTAGE),
    "Human Resources": (55, 84, 0, Impact.OUTAGE),
    "Finance key users": (60, 97, 2, Impact.OUTAGE),
    "Heads of department": (66, 40, 0, Impact.DEGRADED),
    "Higher Education Authority": (62, 12, 0, Impact.NO_IMPACT),
}
ROLLOUT_GRID = {
    "All staff": (35, 55, 0, Impact.DEGRADED),
    "Information Technology": (60, 90, 1, Impact.DEGRADED),
    "Engineering": (52, 68, -1, Impact.DEGRADED),
    "Heads of department": (70, 38, 0, Impact.DEGRADED),
}
