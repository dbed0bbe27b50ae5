"""Monday 2 March 2026; the go-live is on Monday 16 March."""

from datetime import timedelta

import pytest

from engagement.enums import EngagementKind, EngagementState, Rsvp
from engagement.models import Engagement, Participant
from notices.enums import Medium, NoticeKind
from notices.insight import treatment
from notices.insight.treatment import Met, Rule
from stakeholders.enums import Category, Channel
from tests.factories import NOW, group, milestone, notice, person, service, stakeholder, step, survey, upgrade
from upgrades import strategies
from upgrades.enums import Impact, Means, MilestoneKind, Quadrant, TwoWay
from upgrades.models import Strategy

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def go_live():
    return milestone(upgrade("Mail", slug="mail"))


@pytest.fixture
def of(go_live):
    return go_live.upgrade


def judged(stake, quadrant=Quadrant.MANAGE_CLOSELY, *, now=NOW):
    found = treatment.of(stake.upgrade, {stake.pk: quadrant}, now=now)[stake.pk]
    return {judgement.rule: judgement for judgement in found.judgements}


def met(stake, rule, quadrant=Quadrant.MANAGE_CLOSELY):
    return judged(stake, quadrant)[rule].met


def talk(of, *people, at=NOW + DAY, kind=EngagementKind.ONE_TO_ONE, ana, **fields):
    made = Engagement.objects.create(
        upgrade=of, kind=kind, title="Talk", start=at, end=at + timedelta(hours=1), host=ana, **fields
    )
    Participant.objects.bulk_create(Participant(engagement=made, person=one) for one in people)
    return made


def test_without_a_plan_everything_that_is_asked_is_short_with_a_remedy(of, cai):
    judgements = judged(stakeholder(cai, of=of))

    assert {rule: one.met for rule, one in judgements.items()} == {
        Rule.RHYTHM: Met.SHORT,
        Rule.TALK: Met.SHORT,
        Rule.PUSHES: Met.MET,
        Rule.MEANS: Met.SHORT,
    }
    assert judgements[Rule.RHYTHM].words == "Hears nothing for 14 days from Mon 2 Mar 2026; the strategy says every 7."
    assert judgements[Rule.RHYTHM].remedy == "Plan a one-to-one by Mon 9 Mar 2026"
    assert judgements[Rule.MEANS].remedy == "Use one: One-to-one, Meeting, E-mail."


def test_a_remedy_names_a_day_before_the_go_live_on_which_people_work(of, go_live, cai):
    saturday = NOW + 12 * DAY
    go_live.start, go_live.end = saturday, saturday + 2 * DAY
    go_live.save()
    stake = stakeholder(cai, of=of)

    assert judged(stake, Quadrant.KEEP_SATISFIED)[Rule.TALK].remedy == "Plan a one-to-one by Fri 13 Mar 2026"


def test_a_remedy_that_is_due_already_is_wanted_as_soon_as_possible(of, go_live, cai):
    judgement = judged(stakeholder(cai, of=of), now=NOW + 11 * DAY)[Rule.TALK]

    assert judgement.remedy == "Plan a one-to-one as soon as possible"
    assert "day=2026-03-16" in judgement.url


def test_the_largest_gap_decides_the_rhythm(of, go_live, cai):
    stake = stakeholder(cai, of=of)
    notice(go_live, people=[cai], send_at=NOW + 6 * DAY)
    assert met(stake, Rule.RHYTHM) == Met.SHORT

    notice(go_live, people=[cai], send_at=NOW + 13 * DAY)
    assert met(stake, Rule.RHYTHM) == Met.MET


def test_a_recent_notice_starts_the_rhythm_and_an_old_one_does_not(of, go_live, cai):
    stake = stakeholder(cai, of=of)
    strategy = Strategy.objects.create(upgrade=of, quadrant=Quadrant.MANAGE_CLOSELY, every_days=14, pushes_a_week=5)
    assert met(stake, Rule.RHYTHM) == Met.MET

    strategy.every_days = 15
    strategy.save()
    talk(of, cai, at=NOW - 3 * DAY, ana=of.owner)
    assert judged(stake)[Rule.RHYTHM].words.startswith("Hears nothing for 17 days from Fri 27 Feb 2026")


def test_after_the_last_go_live_no_rhythm_is_asked(of, cai):
    stake = stakeholder(cai, of=of)

    assert judged(stake, now=NOW + 30 * DAY)[Rule.RHYTHM].met == Met.NOT_ASKED


def test_a_conversation_counts_when_it_is_ten_business_days_before(of, go_live, cai, ana):
    """Ten business days before 16 March is 2 March."""
    stake = stakeholder(cai, of=of)
    go_live.start += 7 * DAY
    go_live.end += 7 * DAY
    go_live.save()
    late = talk(of, cai, at=NOW + 7 * DAY, ana=ana)
    assert judged(stake)[Rule.TALK].remedy == "Plan a one-to-one by Mon 9 Mar 2026"

    late.start -= 2 * DAY
    late.save()
    assert met(stake, Rule.TALK) == Met.MET


@pytest.mark.parametrize("change", ["cancelled", "declined", "absent"])
def test_a_conversation_that_does_not_take_place_with_them_is_none(of, cai, ana, change):
    held = talk(of, cai, ana=ana)
    if change == "cancelled":
        Engagement.objects.update(state=EngagementState.CANCELLED)
    elif change == "declined":
        held.participants.update(rsvp=Rsvp.NO, rsvp_at=NOW)
    else:
        held.participants.update(attended=False)

    assert met(stakeholder(cai, of=of), Rule.TALK, Quadrant.KEEP_SATISFIED) == Met.SHORT


def test_users_are_asked_by_a_survey(of, go_live, cai):
    stake = stakeholder(cai, of=of)
    assert met(stake, Rule.TALK, Quadrant.KEEP_INFORMED) == Met.SHORT

    notice(go_live, people=[cai], kind=NoticeKind.SURVEY, survey=survey(of))
    assert met(stake, Rule.TALK, Quadrant.KEEP_INFORMED) == Met.MET


def test_a_training_of_the_plan_is_a_conversation_and_a_poster_is_not(of, go_live, cai):
    stake = stakeholder(cai, of=of)
    step(go_live, medium=Medium.POSTER, audience={"people": [cai.pk]})
    assert met(stake, Rule.TALK, Quadrant.KEEP_SATISFIED) == Met.SHORT

    step(go_live, medium=Medium.TRAINING, audience={"people": [cai.pk]})
    assert met(stake, Rule.TALK, Quadrant.KEEP_SATISFIED) == Met.MET


def test_too_many_mails_in_a_calendar_week_are_named(of, go_live, cai):
    stake = stakeholder(cai, of=of)
    for days in (7, 8):
        notice(go_live, people=[cai], send_at=NOW + days * DAY)
    notice(go_live, people=[cai], send_at=NOW + 8 * DAY, channels=[Channel.PORTAL])

    judgement = judged(stake, Quadrant.MONITOR)[Rule.PUSHES]

    assert (judgement.met, judgement.words) == (Met.SHORT, "2 in the week of Mon 9 Mar 2026; the limit is 1.")
    assert met(stake, Rule.PUSHES, Quadrant.KEEP_SATISFIED) == Met.MET


def test_one_of_the_means_is_enough(of, go_live, cai):
    stake = stakeholder(cai, of=of)
    notice(go_live, people=[cai])

    assert judged(stake)[Rule.MEANS].words == "E-mail."
    assert met(stake, Rule.MEANS, Quadrant.MONITOR) == Met.SHORT


def test_the_status_page_is_a_means_once_it_is_public(of, cai):
    of.publish(now=NOW)

    assert met(stakeholder(cai, of=of), Rule.MEANS, Quadrant.MONITOR) == Met.MET


def test_a_notice_reaches_a_group_by_half_of_its_members(of, go_live):
    people = [person() for _ in range(4)]
    gone = person(archived_at=NOW)
    stake = stakeholder(group(people=[*people, gone]), of=of)
    told = notice(go_live, people=people[:1])
    assert met(stake, Rule.MEANS) == Met.SHORT

    told.audience = {"people": [one.pk for one in people[:2]]}
    told.save()
    assert met(stake, Rule.MEANS) == Met.MET


def test_a_notice_for_representatives_reaches_the_group(of, go_live):
    board = group(people=[person() for _ in range(7)], representatives=[person()])
    stake = stakeholder(board, of=of)

    notice(go_live, audience={"groups": [board.pk], "representatives_only": True})

    assert met(stake, Rule.MEANS) == Met.MET


def test_a_conversation_with_a_representative_is_one_with_the_group(of, ana):
    speaker, member = person(), person()
    board = group(people=[member, *(person() for _ in range(6))], representatives=[speaker])
    stake = stakeholder(board, of=of)
    talk(of, member, ana=ana)
    assert met(stake, Rule.TALK, Quadrant.KEEP_SATISFIED) == Met.SHORT

    talk(of, speaker, ana=ana)
    assert met(stake, Rule.TALK, Quadrant.KEEP_SATISFIED) == Met.MET


def test_an_empty_group_is_reached_by_nothing(of, go_live):
    empty = group()
    notice(go_live, audience={"groups": [empty.pk]})

    assert met(stakeholder(empty, of=of), Rule.MEANS) == Met.SHORT


def test_the_upgrades_own_strategy_is_what_is_asked(of, cai):
    Strategy.objects.create(
        upgrade=of, quadrant=Quadrant.MANAGE_CLOSELY, two_way=TwoWay.OPTIONAL, pushes_a_week=5, means=[Means.CHAT]
    )

    judgements = judged(stakeholder(cai, of=of))

    assert [judgements[rule].met for rule in (Rule.RHYTHM, Rule.TALK)] == [Met.NOT_ASKED, Met.NOT_ASKED]


def test_as_many_queries_for_many_stakeholders_and_notices_as_for_few(of, go_live, django_assert_max_num_queries):
    def more(number):
        for _ in range(number):
            who = person()
            stakeholder(who, of=of)
            stakeholder(group(people=[who]), of=of)
            notice(go_live, people=[who])

    more(1)
    placed = lambda: dict.fromkeys(of.stakeholders.values_list("pk", flat=True), Quadrant.MONITOR)  # noqa: E731
    few, many = placed(), None
    with django_assert_max_num_queries(14):
        treatment.of(of, few, now=NOW)
    more(5)
    many = placed()
    with django_assert_max_num_queries(14):
        assert len(treatment.of(of, many, now=NOW)) == 12


def test_an_invitation_is_an_e_mail_of_the_week_and_tells_nothing_by_itself(of, go_live, cai, ana):
    stake = stakeholder(cai, of=of)
    meeting = talk(of, ana=ana)
    for _ in range(2):
        notice(of, people=[cai], kind=NoticeKind.MEETING, engagement=meeting)

    judgements = judged(stake, Quadrant.MONITOR)

    assert judgements[Rule.PUSHES].words == "2 in the week of Mon 2 Mar 2026; the limit is 1."
    assert judged(stake)[Rule.RHYTHM].met == judgements[Rule.MEANS].met == Met.SHORT


def test_whom_an_outage_hits_is_told_and_reminded_wherever_they_stand(of, go_live, cai):
    stake = stakeholder(cai, of=of, impact_on_them=Impact.OUTAGE)

    found = treatment.of(of, {stake.pk: Quadrant.MONITOR}, now=NOW)[stake.pk]

    assert (found.because, found.strategy.two_way, found.strategy.pushes_a_week) == (
        "Outage for them",
        TwoWay.QUESTIONS,
        3,
    )
    assert judged(stake, Quadrant.MONITOR)[Rule.LADDER].words == (
        "No announcement and no reminder reaches them by e-mail before Mon 16 Mar 2026."
    )
    notice(go_live, people=[cai])
    assert judged(stake, Quadrant.MONITOR)[Rule.LADDER].remedy == "Add a reminder"
    notice(go_live, people=[cai], kind=NoticeKind.REMINDER)
    assert met(stake, Rule.LADDER, Quadrant.MONITOR) == Met.MET


def test_who_has_something_to_do_is_told_and_reminded_too(of, go_live, cai, dee):
    of.services.add(service(users=[group(people=[cai])]))
    concerned, other = stakeholder(cai, of=of), stakeholder(dee, of=of)
    assert Rule.LADDER not in judged(concerned, Quadrant.MONITOR)

    go_live.action = "Change your password."
    go_live.save()

    assert judged(concerned, Quadrant.MONITOR)[Rule.LADDER].met == Met.SHORT
    assert Rule.LADDER not in judged(other, Quadrant.MONITOR)
    assert Rule.LADDER not in {
        one.rule
        for one in treatment.of(of, {concerned.pk: Quadrant.MONITOR}, now=NOW + 60 * DAY)[concerned.pk].judgements
    }


def test_more_than_the_informed_get_stays_more(of):
    closely, informed = (strategies.default(of, one) for one in (Quadrant.MANAGE_CLOSELY, Quadrant.KEEP_INFORMED))

    both = strategies.at_least(closely, informed)

    assert (both.every_days, both.two_way, both.pushes_a_week) == (7, TwoWay.REQUIRED, 5)


def test_before_a_decision_there_is_a_conversation_that_is_not_months_old(of, go_live, cai, ana):
    stake = stakeholder(cai, of=of)
    talk(of, cai, at=NOW - 60 * DAY, ana=ana)
    assert met(stake, Rule.TALK) == Met.MET

    milestone(of, name="Go or no-go", kind=MilestoneKind.DECISION, start=NOW + 9 * DAY, end=None)
    assert judged(stake)[Rule.TALK].words == (
        "No conversation in the 10 business days before “Go or no-go” on Wed 11 Mar 2026."
    )
    talk(of, cai, at=NOW + 8 * DAY, ana=ana)
    assert met(stake, Rule.TALK) == Met.MET


def test_the_service_desk_hears_before_the_users(of, go_live, cai, dee):
    desk = stakeholder(group("Service desk", people=[dee], category=Category.IT), of=of)
    staff = group("All staff", people=[cai], category=Category.STAFF)
    assert Rule.ORDER not in judged(desk)

    notice(go_live, audience={"groups": [staff.pk]}, send_at=NOW + 4 * DAY)
    assert judged(desk)[Rule.ORDER].words == "The users hear on Fri 6 Mar 2026, and nothing reaches them before."
    notice(go_live, people=[dee], send_at=NOW + 3 * DAY)
    assert met(desk, Rule.ORDER) == Met.MET
    assert Rule.ORDER not in judged(stakeholder(staff, of=of))


def test_a_brief_is_as_short_as_the_strategy_says_in_the_version_they_read(of, go_live):
    reader = person(language="de")
    stake, words = stakeholder(reader, of=of), {"level": "plain", "subject": "Mail"}
    assert met(stake, Rule.LENGTH, Quadrant.KEEP_SATISFIED) == Met.NOT_ASKED

    brief = notice(
        go_live,
        people=[reader],
        title="Brief",
        words=[{**words, "language": "en", "body": "one " * 50}, {**words, "language": "de", "body": "eins " * 121}],
    )

    judgement = judged(stake, Quadrant.KEEP_SATISFIED)[Rule.LENGTH]
    assert judgement.words == "“Brief” has 121 words as written; the limit is 120."
    assert judgement.url == f"/notices/{brief.pk}/edit/"
    reader.language = "en"
    reader.save()
    assert judged(stake, Quadrant.KEEP_SATISFIED)[Rule.LENGTH].words == "At most 50 words as written; the limit is 120."
    assert Rule.LENGTH not in judged(stake, Quadrant.MANAGE_CLOSELY)


def test_chat_is_not_asked_for_as_long_as_nothing_sends_there(of, cai):
    stake = stakeholder(cai, of=of)
    strategy = Strategy.objects.create(upgrade=of, quadrant=Quadrant.MONITOR, pushes_a_week=1, means=[Means.CHAT])
    assert judged(stake, Quadrant.MONITOR)[Rule.MEANS].words == "The strategy names only chat, which is not connected."

    strategy.means = [Means.CHAT, Means.MAIL]
    strategy.save()
    assert judged(stake, Quadrant.MONITOR)[Rule.MEANS].remedy == "Use one: E-mail."


def test_words_are_counted_as_a_person_would():
    source = "# Two words\n\n- {{ start }} – [the status page]({{ status_link }}), {% if action %}do *it*{% endif %}.\n"

    assert treatment.count_words(source) == 2 + 1 + 3 + 2


def test_parts_that_overlap_are_not_added_up(of, go_live):
    """One of four is in each part of the audience: the same one, then two of them, which is half."""
    members = [person() for _ in range(4)]
    stake = stakeholder(group(people=members), of=of)
    one, other = group(people=members[:1]), group(people=members[:1])
    told = notice(go_live, audience={"groups": [one.pk, other.pk]})
    assert met(stake, Rule.MEANS) == Met.SHORT

    told.audience["people"] = [members[1].pk]
    told.save()
    assert met(stake, Rule.MEANS) == Met.MET
