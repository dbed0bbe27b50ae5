"""Monday 2 March 2026; the go-live is on Monday 16 March."""

from datetime import timedelta

import pytest

from engagement.enums import EngagementKind, EngagementState, Rsvp
from engagement.models import Engagement, Participant
from notices.enums import Medium, NoticeKind
from notices.insight import treatment
from notices.insight.treatment import Met, Rule
from stakeholders.enums import Channel
from tests.factories import NOW, group, milestone, notice, person, stakeholder, step, survey, upgrade
from upgrades.enums import Means, Quadrant, TwoWay
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
    return {verdict.rule: verdict for verdict in found.verdicts}


def met(stake, rule, quadrant=Quadrant.MANAGE_CLOSELY):
    return judged(stake, quadrant)[rule].met


def talk(of, *people, at=NOW + DAY, kind=EngagementKind.ONE_TO_ONE, ana, **fields):
    made = Engagement.objects.create(
        upgrade=of, kind=kind, title="Talk", start=at, end=at + timedelta(hours=1), host=ana, **fields
    )
    Participant.objects.bulk_create(Participant(engagement=made, person=one) for one in people)
    return made


def test_without_a_plan_everything_that_is_asked_is_short_with_a_remedy(of, cai):
    verdicts = judged(stakeholder(cai, of=of))

    assert {rule: one.met for rule, one in verdicts.items()} == {
        Rule.RHYTHM: Met.SHORT,
        Rule.TALK: Met.SHORT,
        Rule.PUSHES: Met.MET,
        Rule.MEANS: Met.SHORT,
    }
    assert verdicts[Rule.RHYTHM].words == "Hears nothing for 14 days from Mon 2 Mar 2026; the strategy says every 7."
    assert verdicts[Rule.RHYTHM].remedy == "Plan a one-to-one by Mon 9 Mar 2026"
    assert verdicts[Rule.MEANS].remedy == "Use one: One-to-one, Meeting, E-mail."


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

    verdict = judged(stake, Quadrant.MONITOR)[Rule.PUSHES]

    assert (verdict.met, verdict.words) == (Met.SHORT, "2 in the week of Mon 9 Mar 2026; the limit is 1.")
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

    verdicts = judged(stakeholder(cai, of=of))

    assert [verdicts[rule].met for rule in (Rule.RHYTHM, Rule.TALK)] == [Met.NOT_ASKED, Met.NOT_ASKED]


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
    with django_assert_max_num_queries(13):
        treatment.of(of, few, now=NOW)
    more(5)
    many = placed()
    with django_assert_max_num_queries(13):
        assert len(treatment.of(of, many, now=NOW)) == 12
