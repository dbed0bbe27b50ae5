"""Concerns as those see them who answer."""

from datetime import date

import pytest
from django.core import mail
from django.urls import reverse

from accounts.enums import Role
from engagement.enums import Source
from feedback import concerns
from feedback.enums import ConcernKind, ConcernState
from feedback.models import Concern
from notices.models import Notice
from tests import factories
from tests.factories import NOW


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", slug="mail", published_at=NOW)


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def concern(upgrade, cai):
    return raised(upgrade, person=cai)


def raised(upgrade, **fields) -> Concern:
    return concerns.raise_(upgrade, **{"text": "Will <b>my</b> mail be gone?", "source": Source.PAGE, **fields})


def seen(client, concern, form) -> str:
    page = client.get(concern.get_absolute_url()).content.decode()
    return page.split(f'name="{form}-seen" value="')[1].split('"')[0]


def reply(client, concern, **fields):
    data = {"answer-answer": "No.", "answer-seen": seen(client, concern, "answer"), **fields}
    return client.post(reverse("concern_answer", args=[concern.pk]), data, follow=True)


def test_the_list_puts_what_waits_longest_first_and_filters(signed_in, upgrade, ana, cai):
    late = raised(upgrade, text="Late one", due_on=date(2020, 1, 1), owner=ana, kind=ConcernKind.OBJECTION)
    fresh = raised(upgrade, text="Fresh one", due_on=date(2099, 1, 1))
    done = raised(factories.upgrade("Other"), text="Done one")
    concerns.answer(done, words="Yes.", is_public=False, by=ana, now=NOW)

    def shown(**query):
        page = signed_in.get(reverse("concerns"), query)
        return [one.pk for one, _ in page.context["concerns"]]

    assert shown() == [late.pk, fresh.pk, done.pk]
    assert shown(state="answered") == [done.pk]
    assert shown(overdue="on") == shown(kind="objection") == shown(owner=ana.pk) == shown(q="late") == [late.pk]
    assert [one.pk for one, _ in signed_in.get(reverse("upgrade_concerns", args=["mail"])).context["concerns"]] == [
        late.pk,
        fresh.pk,
    ]
    assert "Clear filters" in signed_in.get(reverse("concerns"), {"q": "nothing like it"}).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(signed_in, upgrade, number, django_assert_num_queries):
    for _ in range(number):
        raised(upgrade, person=factories.person())
    signed_in.get(reverse("concerns"))

    with django_assert_num_queries(7):
        signed_in.get(reverse("concerns"))


def test_an_answer_is_stored_with_who_gave_it(signed_in, concern, ana):
    page = reply(signed_in, concern).content.decode()

    concern.refresh_from_db()
    assert (concern.state, concern.answer, concern.answered_by) == (ConcernState.ANSWERED, "No.", ana)
    assert "Will &lt;b&gt;my&lt;/b&gt; mail be gone?" in page
    assert not Notice.objects.exists()


def test_a_public_answer_needs_words_for_everybody(signed_in, concern):
    refused = reply(signed_in, concern, **{"answer-is_public": "on"})
    assert refused.status_code == 422
    assert "Say how everybody may read the question" in refused.content.decode()

    reply(signed_in, concern, **{"answer-is_public": "on", "answer-public_wording": "Is mail lost?"})

    assert Concern.objects.public().get().public_wording == "Is mail lost?"


def test_answer_and_send_makes_a_notice_to_the_one_who_asked(signed_in, concern, cai):
    reply(signed_in, concern, send="mail")

    notice = Notice.objects.get()
    assert (notice.concern, notice.kind, notice.audience) == (concern, "answer", {"people": [cai.pk]})
    assert mail.outbox == []  # the outbox sends, not the page


def test_nobody_to_send_to_leaves_the_answer_standing(signed_in, upgrade):
    concern = raised(upgrade)

    page = reply(signed_in, concern, send="mail").content.decode()

    concern.refresh_from_db()
    assert concern.state == ConcernState.ANSWERED
    assert "It was not sent by mail." in page


def test_two_managers_do_not_answer_over_each_other(signed_in, concern, ben):
    first = seen(signed_in, concern, "answer")
    concerns.answer(concern, words="By Ben.", is_public=False, by=ben, now=NOW)

    response = signed_in.post(
        reverse("concern_answer", args=[concern.pk]), {"answer-answer": "By Ana.", "answer-seen": first}
    )

    concern.refresh_from_db()
    assert response.status_code == 422
    assert "By Ben." in response.content.decode()
    assert concern.answer == "By Ben."


def test_owner_and_date_are_changed_and_told_in_the_history(signed_in, concern, ben):
    data = {"details-owner": ben.pk, "details-due_on": "2026-05-04", "details-kind": "concern"}
    data["details-seen"] = seen(signed_in, concern, "details")

    page = signed_in.post(reverse("concern_edit", args=[concern.pk]), data, follow=True).content.decode()

    concern.refresh_from_db()
    assert (concern.owner, concern.due_on, concern.kind) == (ben, date(2026, 5, 4), ConcernKind.CONCERN)
    assert "Now with Ben Brand" in page
    assert "To be answered by: 4 May 2026" in page


def test_closing_takes_a_reason_and_can_be_undone(signed_in, concern):
    close = reverse("concern_close", args=[concern.pk])
    assert signed_in.post(close, {"close-reason": " "}).status_code == 422

    page = signed_in.post(close, {"close-reason": "Asked twice."}, follow=True).content.decode()
    concern.refresh_from_db()
    assert (concern.state, concern.close_reason) == (ConcernState.CLOSED, "Asked twice.")
    reopen = reverse("concern_reopen", args=[concern.pk])
    assert reopen in page
    signed_in.post(reopen)

    concern.refresh_from_db()
    assert concern.state == ConcernState.OPEN


def test_what_was_said_elsewhere_is_logged(signed_in, upgrade, cai):
    path = f"{reverse('concern_new')}?upgrade=mail"

    wrong = signed_in.post(path, {"kind": "idea", "text": "Do it on Sunday", "who": "Nobody Known"})
    signed_in.post(path, {"kind": "idea", "text": "Do it on Sunday", "who": "Cai Carter <cai@example.org>"})

    concern = Concern.objects.get()
    assert "Nobody here has this name or address." in wrong.content.decode()
    assert (concern.upgrade, concern.person, concern.source) == (upgrade, cai, Source.HAND)


def test_without_an_upgrade_in_the_address_one_is_chosen(signed_in, upgrade):
    signed_in.post(reverse("concern_new"), {"upgrade": upgrade.pk, "kind": "concern", "text": "Too fast", "who": ""})

    assert Concern.objects.get().upgrade == upgrade


def test_a_reader_reads_and_changes_nothing(client, concern):
    client.force_login(factories.account("Rea", role=Role.READER))

    assert client.get(concern.get_absolute_url()).status_code == 200
    for name in ("concern_answer", "concern_edit", "concern_close", "concern_reopen"):
        assert client.post(reverse(name, args=[concern.pk])).status_code == 403
    assert client.get(reverse("concern_new")).status_code == 403


def test_nobody_gets_in_without_signing_in(client, concern):
    for path in (reverse("concerns"), concern.get_absolute_url(), reverse("concern_new")):
        assert "/accounts/login/" in client.get(path).url


def test_reading_changes_nothing(signed_in, concern):
    for name in ("concern_answer", "concern_edit", "concern_close", "concern_reopen"):
        assert signed_in.get(reverse(name, args=[concern.pk])).status_code == 405


@pytest.mark.parametrize(
    ("field", "words"),
    [("answer-answer", "Dear Cai  CARTER, no."), ("answer-public_wording", "cai@example.org asks: is mail gone?")],
)
def test_nothing_public_names_who_asked(signed_in, concern, field, words):
    public = {"answer-is_public": "on", "answer-public_wording": "Is mail gone?", field: words}

    refused = reply(signed_in, concern, **public)

    concern.refresh_from_db()
    assert "It names Cai Carter, who asked." in refused.content.decode()
    assert (concern.state, concern.is_public) == (ConcernState.OPEN, False)
    with pytest.raises(concerns.NotPossible, match="names Cai Carter"):
        concerns.answer(
            concern,
            words=words,
            is_public=True,
            public_wording="Is mail gone?" + words,
            by=concern.upgrade.owner,
            now=NOW,
        )
    reply(signed_in, concern, **{field: words, "answer-public_wording": ""})
    concern.refresh_from_db()
    assert concern.state == ConcernState.ANSWERED
