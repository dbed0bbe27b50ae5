"""Every page of the sample organisation, in both themes and at both widths: axe finds nothing, nothing is wider than
the screen, no request leaves the machine, and the browser has nothing to complain about."""

import io
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.core.paginator import Paginator
from django.utils import timezone

from accounts import tokens as access
from accounts.enums import TokenUse
from accounts.models import Account
from commsplan.lib import tokens
from directory.enums import RowOutcome
from directory.importing import previewing, uploading
from engagement.models import Engagement, Nomination
from feedback import objections as discussing
from feedback.enums import ConcernState
from feedback.models import Concern, Conflict, Invitation, Survey
from notices.enums import Medium, MessageState, NoticeKind, NoticeState
from notices.models import Message, Notice, Outlet, PlanStep
from notices.pipeline import templates as plan_templates
from notices.pipeline.direct import meetings
from sample.logins import LOGINS, PASSWORD
from stakeholders.enums import Channel
from stakeholders.models import Address, Group, Person
from upgrades import calendar_following
from upgrades.calendar_files import Entry
from upgrades.calendar_following import Choices, Plan
from upgrades.enums import Freeze
from upgrades.models import CriticalDays, Milestone, Service
from vendors.models import Circuit, Maintenance

AXE = Axe()
EVERY_RULE = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
RULES_OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
MOST_ROWS = 10
LONG = "wolfeschlegelsteinhausenbergerdorffwelchevoraltern@department-of-administration.northfield.example"
ADMINISTRATOR = next(login.email for login in LOGINS if login.role == "administrator")
OF_AN_UPGRADE = [
    "",
    "stakeholders/",
    "stakeholders/?view=table",
    "stakeholders/review/",
    "strategies/",
    "strategies/monitor/",
    "kit/",
    "milestones/",
    "plan/",
    "plan/approve/",
    "plan/template/",
    "plan/wave/",
    "timeline/",
    "facts/",
    "proof/",
    "simulation/",
    "ledger/",
    "ledger/?wrong=on",
    "ledger/?at=2020-01-01T09:00",
    "ledger/people/",
    "ledger/people/?is=wrong&q=nobody-of-this-name",
    "ledger/over-time/",
    "ledger/rule/",
    "simulation/person/",
    "simulation/person/?person=1",
    "simulation/what-if/",
    "simulation/what-if/?add=freeze",
    'simulation/what-if/?change={"change":"slip","milestone":"Go-live","by":"7 days"}',
    "surveys/",
    "edit/",
    "notices/new/",
]
LISTS_AND_FORMS = [
    "/",
    "/upgrades/",
    "/upgrades/new/",
    "/people/",
    "/people/new/",
    "/groups/",
    "/services/",
    "/sites/",
    "/surveys/",
    "/templates/",
    "/templates/new/",
    "/templates/upload/",
    "/critical-days/",
    "/maintenance/",
    "/maintenance/?show=waiting",
    "/maintenance/?q=nothing-of-this-name",
    "/maintenance/read/",
    "/glossary/",
    "/glossary/?q=nothing-of-this-name",
    "/glossary/new/?word=NAC&language=en",
    "/outages/new/",
    "/concerns/",
    "/concerns/?q=nothing-of-this-kind",
    "/concerns/new/",
    "/notices/new/",
    "/components/",
    "/profile/",
    "/profile/tokens/new/",
    "/calendar/subscribe/?feed=all",
    "/people/?q=nobody-of-this-name",
    "/people/?archived=on",
    "/tags/",
    "/tags/?q=nothing-of-this-name",
    "/people/imports/",
    "/people/imports/new/",
    "/directories/",
    "/directories/new/",
    "/people/duplicates/",
]
DELIVERY = [
    "/rooms/",
    "/rooms/new/",
    "/rooms/new/?channel=slack",
    "/outbox/",
    "/outbox/came-back/",
    "/outbox/came-back/?kind=bounce&found=yes",
    "/outbox/came-back/?q=nothing-of-this-name",
    "/delivery/",
    "/delivery/email/",
    "/delivery/email/limits/",
    "/delivery/email/domains/new/",
    "/delivery/matrix/",
    "/delivery/sms/set-up/",
    "/delivery/stop/",
    "/operations/",
    "/operations/?over=fortnight",
]
HELP = [
    "/help/vendor-maintenance/",
    "/help/plain-words/",
    "/help/rules/cnt004/",
    "/help/when-steps-are-due/",
    "/help/break-glass/",
    "/help/rooms/",
    "/help/what-came-back/",
    "/help/delivery/",
    "/help/operations/",
    "/help/",
    "/help/calendars-and-programs/",
    "/help/critical-days/",
    "/help/proof-of-notice/",
    "/help/importing-people/",
    "/help/directory/",
]
TABS_OF_A_PERSON = ["told", "engagements", "said", "history"]
OF_A_PERSON = ["merge/", "erase/", "absences/new/", "relations/new/"]


def workspace():
    """Every page for those who sign in."""
    yield from [*LISTS_AND_FORMS, *DELIVERY, *HELP]
    yield from [*templates(), *kit_forms(), *rooms(), *imports()]
    yield from [*an_upgrade(), *notices(), *people(), *things()]
    yield from [*beliefs(), *conversations(), *calendar(), *calendars_of_departments(), *what_people_said()]
    yield "/no-such-page/"


def waiting_notice() -> Notice:
    return Notice.objects.filter(state=NoticeState.IN_REVIEW).order_by("pk")[0]


def sent_message() -> Message:
    return Message.objects.filter(state=MessageState.SENT).order_by("pk")[0]


def an_upgrade():
    """Whose notice waits for approval; and steps of any that are no notice."""
    upgrade = waiting_notice().upgrade
    milestone = Milestone.objects.filter(upgrade=upgrade).order_by("pk")[0]
    yield from [f"/upgrades/{upgrade.slug}/{page}" for page in OF_AN_UPGRADE]
    yield from [f"/upgrades/{upgrade.slug}/milestones/{milestone.pk}/{page}" for page in ("", "facts/")]
    yield from [
        f"/history/upgrade/{upgrade.pk}/{show}" for show in ("", "?who=system&first=1999-01-01&last=1999-01-02")
    ]
    for page, medium in (("cascade", Medium.CASCADE), ("poster", Medium.POSTER)):
        step = PlanStep.objects.filter(medium=medium).select_related("upgrade").order_by("pk")[0]
        yield f"/upgrades/{step.upgrade.slug}/plan/{step.pk}/{page}/"


def notices():
    """One that went out, one that waits, one that is still written; and what somebody got."""
    released, waiting = Notice.objects.released().order_by("-pk")[0], waiting_notice()
    draft = Notice.objects.filter(state=NoticeState.DRAFT).order_by("pk")[0]
    yield from [f"/notices/{notice.pk}/" for notice in (released, waiting, draft)]
    yield from [f"/notices/{released.pk}/poster/", f"/notices/{released.pk}/poster/?lang=de&text=yes"]
    yield from [f"/notices/{waiting.pk}/compare/", f"/notices/{waiting.pk}/approve/", f"/history/notice/{waiting.pk}/"]
    yield from [f"/notices/{draft.pk}/edit/", *to_a_long_address(sent_message())]
    yield f"/notices/{given_up().notice_id}/retry/"


def given_up() -> Message:
    """Nobody knows whether it arrived."""
    message = Message.objects.filter(state=MessageState.SENT).order_by("-pk")[0]
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED, losses=1, reason=f"550 No: {LONG}")
    return message


def to_a_long_address(message: Message):
    """Nothing in it lets a line end."""
    Message.objects.filter(pk=message.pk).update(address=LONG, answer=f"250 2.1.5 <{LONG}>: Queued")
    Person.objects.filter(pk=message.person_id).update(name=LONG.partition("@")[0], email=LONG)
    yield from [
        f"/messages/{message.pk}/",
        f"/messages/{message.pk}/?part=source",
        f"/notices/{message.notice_id}/people/",
    ]


def people():
    """Somebody who was told something, and two who might be one."""
    told = sent_message().person_id
    first, second = Person.objects.active().order_by("pk").values_list("pk", flat=True)[:2]
    yield from [f"/people/{told}/", *(f"/people/{told}/?tab={tab}" for tab in TABS_OF_A_PERSON)]
    yield from [f"/people/{first}/{page}" for page in (*OF_A_PERSON, f"merge/{second}/")]
    yield f"/people/{Person.objects.order_by('pk')[0].pk}/edit/"


def things():
    """What people and upgrades have to do with."""
    answered = Survey.objects.with_counts().filter(answered__gte=5).order_by("pk")[0]
    carrying = Service.objects.filter(carries__len__gt=0).order_by("pk")[0]
    yield from [f"/surveys/{answered.pk}/", f"/surveys/{answered.pk}/results/", f"/outages/new/?service={carrying.pk}"]
    yield from [f"/groups/{Group.objects.order_by('pk')[0].pk}/", f"/services/{Service.objects.order_by('pk')[0].pk}/"]
    yield from [note.get_absolute_url() for note in Maintenance.objects.order_by("pk")]
    yield f"/maintenance/circuits/{Circuit.objects.order_by('pk')[0].pk}/"


def rooms():
    """The sample has mail alone: two chats are set up, one of them with a room."""
    for channel in (Channel.SLACK, Channel.TEAMS, Channel.SMS):
        Outlet.objects.get_or_create(channel=channel, is_fallback=False, defaults={"config": {"is": "set up"}})
    room = Person.objects.create(name="#it-news", is_list=True)
    Address.objects.create(person=room, channel=Channel.SLACK, address="#it-news", secret=b"nothing")
    yield from ["/rooms/", f"/rooms/{room.pk}/edit/", f"/people/{room.pk}/"]
    yield f"/people/{Person.objects.active().order_by('pk')[0].pk}/addresses/"


def beliefs():
    """Of the upgrade whose date moved, with the story of somebody who believes the old one; and one without any."""
    moved = Milestone.objects.filter(upgrade__slug="mail-migration", kind="go_live").order_by("pk")[0]
    someone = Message.objects.filter(state=MessageState.SENT, notice__upgrade=moved.upgrade).order_by("pk")[0].person_id
    here = f"/upgrades/{moved.upgrade.slug}/ledger/"
    yield from [here, f"{here}people/?fact=milestone:{moved.pk}.start&is=wrong", f"{here}over-time/", "/help/ledger/"]
    yield from [f"{here}people/{someone}/", f"{here}facts/milestone:{moved.pk}.start/"]
    yield "/upgrades/desktop-operating-system-rollout/ledger/"


def calendar():
    """Each view, a filter that leaves nothing, and the page to move a window into a freeze."""
    yield from [f"/calendar/?view={view}" for view in ("month", "week", "day", "year")]
    yield from ["/calendar/?on=1999-01-01&kind=send", "/help/calendar/", "/critical-days/new/"]
    ahead = Milestone.objects.filter(start__gt=timezone.now()).order_by("pk")[0]
    freeze = CriticalDays.objects.filter(start__gt=timezone.now()).order_by("pk")[0]
    yield f"/calendar/milestones/{ahead.pk}/move/?start={freeze.start:%Y-%m-%dT%H:%M}"


def calendars_of_departments():
    """One with an entry, and a token beside it on the profile page."""
    yield from ["/critical-days/calendars/", "/critical-days/calendars/new/"]
    account, now = Account.objects.get(email=ADMINISTRATOR), timezone.now()
    access.issue("Reports", use=TokenUse.API, by=account, now=now)
    ahead = now + timedelta(days=30)
    entry = Entry(ahead, ahead + timedelta(days=1), "Europe/Berlin", "Open day", "open-day", "")
    plan = Plan(None, "Events office", Freeze.SOFT, "Europe/Berlin", Choices(), (entry,))
    made = calendar_following.apply(plan, by=account, now=now).calendar
    yield from [f"/critical-days/calendars/{made.pk}/", f"/critical-days/calendars/{made.pk}/upload/"]


def templates():
    """A shipped one and a copy of it that can be edited."""
    by = Notice.objects.order_by("pk")[0].author
    own = plan_templates.own.copy(plan_templates.known.find("data_centre_move"), by=by)
    yield from ["/templates/erp_upgrade/", f"/templates/{own.slug}/", f"/templates/{own.slug}/edit/"]
    yield from [f"/templates/{own.slug}/steps/{page}/" for page in ("new", 1)]


def kit_forms():
    """Of a kit that lies ready: what each button asks."""
    line = Notice.objects.filter(state=NoticeState.APPROVED, waits_for="slipped", send_at=None).order_by("pk")[0]
    for button in ("postpone", "roll_back", "cancel"):
        yield f"/upgrades/{line.upgrade.slug}/kit/{line.milestone_id}/{button}/"


def conversations():
    held = Engagement.objects.held().filter(tellings__isnull=False).order_by("pk")[0]
    ahead = Engagement.objects.planned().filter(series__isnull=False).order_by("-start")[0]
    yield from ["/engagements/", "/engagements/?when=past", "/engagements/?q=nobody-of-this-name", "/engagements/log/"]
    yield from [f"/engagements/{held.pk}/{page}" for page in ("", "check-in/", "tell/", "list/", "notes/")]
    yield from [f"/engagements/{ahead.pk}/{page}" for page in ("", "edit/", "invite/", "cancel/", "follow-ups/new/")]
    for page, asked in waiting_to_be_said():
        yield from [f"/engagements/{asked.pk}/", f"/engagements/{asked.pk}/{page}/"]
    yield f"/follow-ups/{held.follow_ups.order_by('pk')[0].pk}/edit/"
    yield f"/tellings/{held.tellings.order_by('pk')[0].pk}/void/"


def waiting_to_be_said():
    """One whose invitation, one whose update and one whose cancellation waits."""
    among = Engagement.objects.select_related("host").filter(notices__kind=NoticeKind.MEETING).distinct().order_by("pk")
    hearings = [(one, meetings.who_hears(one)) for one in among]
    yield "invitations", next(one for one, seen in hearings if seen.to_invite)
    yield "update", next(one for one, seen in hearings if seen.to_update)
    yield "cancellation", next(one for one, seen in hearings if seen.to_call_off)


def what_people_said():
    names = Nomination.objects.waiting().order_by("pk")[0].upgrade
    yield from [f"/upgrades/{names.slug}/{page}" for page in ("concerns/", "who-else/", "who-else/new/")]
    yield from [f"/upgrades/{names.slug}/who-else/{page}/" for page in ("affected", "ties")]
    for state in ConcernState:
        yield f"/concerns/{Concern.objects.filter(state=state).order_by('pk')[0].pk}/"
    yield from objections()


def objections():
    """The board, a date that waits, one that is under discussion, and one that was decided."""
    waits = Concern.objects.to_decide().select_related("milestone__upgrade").order_by("pk")[0].milestone
    discussed = Milestone.objects.filter(upgrade=waits.upgrade).exclude(pk=waits.pk).order_by("pk")[0]
    discussing.add_option(discussing.take_up(discussed), text="At night", pros="Nobody notices", cons="It costs more")
    yield from ["/objections/", "/objections/?show=decided", "/help/objections/"]
    yield f"/upgrades/{waits.upgrade.slug}/objections/"
    for one in (waits, discussed):
        yield f"/upgrades/{one.upgrade.slug}/milestones/{one.pk}/objections/"
    yield f"/upgrades/{waits.upgrade.slug}/milestones/{waits.pk}/objections/new/"
    yield Conflict.objects.decided().order_by("pk")[0].get_absolute_url()


def imports():
    """One to be mapped, one to be looked at, one that is read at the moment."""
    people = Person.objects.active().exclude(email="").order_by("pk")[:3]
    known = "".join(f"{person.name},{person.email},Facilities,,\n" for person in people)
    new = "Eve Eden,eve@northfield.example,IT,fr,41\nFay,,IT,klingon,40\n"
    text = f"Name,Mail,Department,Language,Shoe size\n{known}{new}"
    for to in (None, "ready", "reading"):
        taken = uploading.take_in(io.BytesIO(text.encode()), name="people.csv", by=None, now=timezone.now())
        if to:
            previewing.ask(taken, mapping=taken.mapping, creates_groups=False, now=timezone.now())
        if to == "ready":
            previewing.preview(taken)
        shows = [f"?show={outcome}" for outcome in RowOutcome.values] if to == "ready" else [""]
        yield from [f"/people/imports/{taken.pk}/{'' if to else 'columns/'}{show}" for show in shows]


def on_the_banner():
    """One that is urgent and one that is not."""
    for number, notice in enumerate(Notice.objects.on_the_portal().order_by("-released_at", "-pk")[:2]):
        Notice.objects.filter(pk=notice.pk).update(
            channels=[*notice.channels, Channel.BANNER],
            is_urgent=bool(number),
            expires_at=notice.released_at + timedelta(days=400),
            milestone=None,
        )


def public():
    on_the_banner()
    sent = Message.objects.filter(state=MessageState.SENT, notice__asks_acknowledgement=True).order_by("pk")[0]
    invitation = Invitation.objects.filter(survey__state="open", progress="invited").order_by("pk")[0]
    yield from ["/accounts/login/", "/accounts/password/reset/", "/status/", f"/status/{sent.notice.upgrade.slug}/"]
    yield f"/status/{sent.notice.upgrade.slug}/?lang=de"
    yield f"/m/{tokens.make('message', sent.pk)}/"
    yield f"/m/{tokens.make('message', sent.pk)}/object/"
    yield f"/preferences/{tokens.make('preferences', sent.pk)}/"
    yield f"/unsubscribe/{tokens.make('unsubscribe', sent.pk)}/"
    invited = Message.objects.filter(notice__kind=NoticeKind.MEETING, state=MessageState.SENT).order_by("pk")
    for message in (invited[0], invited.filter(person__participations__found_full_at__isnull=False)[0]):
        yield f"/rsvp/{tokens.make('rsvp', message.pk)}/"
        yield f"/rsvp/{tokens.make('rsvp', message.pk)}/?answer=no&lang=fr"
    yield f"/m/{tokens.make('message', invited[0].pk)}/?lang=de"
    yield f"/answer/{tokens.make('survey', invitation.pk)}/"
    yield "/m/no-such-link/"


@pytest.fixture(autouse=True)
def _short_lists(monkeypatch):
    """A list of ten rows has the same markup as one of fifty, and is looked at in a fifth of the time."""
    begin = Paginator.__init__
    shorter = lambda self, rows, per_page, **more: begin(self, rows, min(per_page, MOST_ROWS), **more)  # noqa: E731
    monkeypatch.setattr(Paginator, "__init__", shorter)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(theme, width, transactional_db, sign_in, open_page, witness):
    """The theme changes colours alone, so in the dark only what depends on colours is looked at again."""
    call_command("load_sample", verbosity=0)
    look = {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
    rules = EVERY_RULE if theme == "light" else RULES_OF_COLOUR
    assert CriticalDays.objects.exists()

    findings = visit(sign_in(ADMINISTRATOR, PASSWORD, **look), workspace(), rules)
    findings += visit(open_page(**look), public(), rules)

    witness.complaints = [line for line in witness.complaints if "404 (Not Found)" not in line]
    assert findings == []


def visit(page, paths, rules) -> list[str]:
    """What is wrong with each, in a line."""
    return [finding for path in paths for finding in look_at(page, path, rules)]


def look_at(page, path: str, rules=EVERY_RULE):
    answer = page.goto(path)
    if answer.status not in (200, 404):
        yield f"{path}: {answer.status}"
    for violation in AXE.run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]:
        yield f"{path}: {violation['id']} {violation['nodes'][0]['html'][:160]}"
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > page.viewport_size["width"]:
        yield f"{path}: {wide} px wide"
