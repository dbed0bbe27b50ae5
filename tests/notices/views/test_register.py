"""Pages that keep the register clean: duplicates, merging, what we know, erasing."""

import json

import pytest
from django.urls import reverse

from accounts.enums import Role
from commsplan.lib import tokens
from commsplan.lib.toasts import undo_url
from feedback.enums import Progress
from feedback.models import Invitation
from notices.enums import MessageState
from notices.models import DifferentPeople, Message
from notices.register import erasing, merging
from stakeholders.enums import Topic
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW


@pytest.fixture
def twin(db):
    return factories.person("Carter, Cai", email="cai+1@example.org", phone="+49 30 1234567", external_id="4711")


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def url(name, *args):
    return reverse(name, args=[getattr(arg, "pk", arg) for arg in args])


def test_duplicates_are_listed_with_the_reason(signed_in, cai, twin):
    response = signed_in.get(url("people_duplicates"))

    pairs = [(pair.first, pair.second) for pair in response.context["pairs"]]
    assert pairs == [(cai, twin)]
    assert "Same address, but for dots" in text_of(response)


def test_no_duplicates_says_so(signed_in, cai):
    assert "Nobody is there twice" in text_of(signed_in.get(url("people_duplicates"), {"page": "7"}))


def undo_of(response) -> str:
    [toast] = [message for message in response.context["messages"] if "undo:" in message.tags]
    return undo_url(toast.extra_tags)


def test_not_the_same_can_be_taken_back(signed_in, cai, twin):
    response = signed_in.post(url("people_differ"), {"pair": f"{cai.pk}-{twin.pk}"}, follow=True)
    assert DifferentPeople.objects.count() == 1

    signed_in.post(undo_of(response))
    assert DifferentPeople.objects.count() == 0


def test_none_of_a_page_is_one_act_and_one_undo(signed_in, ana, cai, twin):
    third = factories.person(email="cai+3@example.org")
    gone = factories.person(email="cai+4@example.org")
    pairs = [f"{cai.pk}-{twin.pk}", f"{cai.pk}-{third.pk}", f"{twin.pk}-{gone.pk}", f"{cai.pk}-{cai.pk}", "x", "1-2-3"]
    merging.merge(cai, gone, by=ana, now=NOW)

    response = signed_in.post(url("people_differ"), {"pair": pairs}, follow=True)
    assert "2 pairs are two people each." in text_of(response)
    assert DifferentPeople.objects.count() == 2

    assert "They are proposed again." in text_of(signed_in.post(undo_of(response), follow=True))
    assert "nothing to take back" in text_of(signed_in.post(undo_of(response), follow=True))
    assert DifferentPeople.objects.count() == 0


def test_pairs_that_are_gone_are_said(signed_in, db):
    for sent in ({}, {"pair": "9-10"}):
        response = signed_in.post(url("people_differ"), sent, follow=True)
        assert "merged or erased in the meantime" in text_of(response)
    assert signed_in.post("/people/duplicates/differ/yesterday/undo/").status_code == 404


@pytest.mark.parametrize(
    ("differing", "heading"),
    [
        ({"email": "c@example.org"}, "Merge Cai Carter (c@example.org) into Cai Carter (cai@example.org)"),
        ({"email": ""}, "Merge Cai Carter (without an address) into Cai Carter (cai@example.org)"),
        ({"name": "Carter, Cai"}, "Merge Carter, Cai into Cai Carter"),
    ],
)
def test_two_of_one_name_are_told_apart_before_they_are_merged(signed_in, cai, differing, heading):
    twin = factories.person(**{"name": "Cai Carter", **differing})

    assert f">{heading}<" in text_of(signed_in.get(url("person_merge_with", cai, twin)))


def test_the_other_one_is_proposed_by_name_and_searched(signed_in, cai, dee, twin):
    assert list(signed_in.get(url("person_merge", cai)).context["others"]) == [twin]
    assert list(signed_in.get(url("person_merge", cai), {"q": "dee"}).context["others"]) == [dee]


def test_both_are_shown_side_by_side_and_the_choice_is_kept(signed_in, cai, twin):
    factories.released_notice(people=[twin])

    response = signed_in.get(url("person_merge_with", cai, twin))

    rows = {row["name"]: row["is_theirs"] for row in response.context["rows"]}
    assert rows["phone"]
    assert [(each.words, each.number) for each in response.context["moving"]] == [("Messages", 1)]

    signed_in.post(url("person_merge_with", cai, twin), {"name": "mine", "phone": "theirs", "external_id": "mine"})

    cai.refresh_from_db()
    twin.refresh_from_db()
    assert (cai.name, cai.phone, cai.external_id) == ("Cai Carter", "+49 30 1234567", "")
    assert (twin.merged_into, twin.external_id) == (cai, "4711")
    assert cai.messages.count() == 1


def test_the_page_of_a_shell_leads_to_the_one_who_stayed(signed_in, ana, cai, twin):
    merging.merge(cai, twin, by=ana, now=NOW)

    response = signed_in.get(twin.get_absolute_url())

    assert f'This entry is merged into <a href="{cai.get_absolute_url()}"' in text_of(response)
    assert "Add an absence" not in text_of(response)
    assert "Merge…" not in text_of(response)
    assert signed_in.get(url("person_merge", twin)).status_code == 404


def test_a_shell_is_neither_edited_nor_restored(signed_in, ana, cai, twin):
    merging.merge(cai, twin, by=ana, now=NOW)
    erasing.erase(cai, reason="", by=ana, now=NOW)

    for shell in (cai, twin):
        assert signed_in.get(url("person_edit", shell)).status_code == 404
        assert signed_in.post(url("person_restore", shell)).status_code == 404


def test_what_we_know_is_a_file(signed_in, cai):
    factories.released_notice(title="Mail stops", people=[cai])
    cai.opt_out(Topic.NEWS)

    response = signed_in.get(url("person_data", cai))
    known = json.loads(response.content)

    assert response["Content-Disposition"] == f'attachment; filename="person-{cai.pk}.json"'
    assert known["person"]["email"] == "cai@example.org"
    assert [one["notice"] for one in known["messages"]] == ["Mail stops"]
    assert [one["topic"] for one in known["topics_declined"]] == ["news"]


def test_erasing_says_before_what_goes_and_needs_a_reason(signed_in, cai):
    factories.released_notice(people=[cai])
    page = text_of(signed_in.get(url("person_erase", cai)))
    assert "1 × Messages" in page

    assert signed_in.post(url("person_erase", cai), {"reason": ""}).status_code == 422
    signed_in.post(url("person_erase", cai), {"reason": "Case 12"})

    cai.refresh_from_db()
    assert cai.name == erasing.NAME


def test_erasing_says_who_it_is_and_offers_to_archive_instead(signed_in):
    beth = factories.person("Beth Young", email="beth@example.org", department="Physics", external_id="4712")
    factories.person("Beth Young", email="young@example.org")

    page = text_of(signed_in.get(url("person_erase", beth)))

    for said in ("beth@example.org", "Physics", "4712", f'formaction="{url("person_archive", beth)}"'):
        assert said in page


def test_who_erased_and_why_is_told_and_nothing_more_is_offered(signed_in, ana, cai):
    erasing.erase(cai, reason="Letter, case 12", by=ana, now=NOW)

    response = signed_in.get(cai.get_absolute_url())

    assert [(one["title"], one["who"], one["words"]) for one in response.context["story"]] == [
        ("Erased on request", str(ana), "Letter, case 12")
    ]
    page = text_of(response)
    assert "Letter, case 12" in page
    for offered in ("Add an absence", "Wants to hear", "Time there now", "?tab=overview"):
        assert offered not in page


def test_merging_asks_once_more(signed_in, cai, twin):
    assert "data-confirm=" in text_of(signed_in.get(url("person_merge_with", cai, twin)))


def test_the_pages_of_an_erased_person_and_their_message_say_so(signed_in, ana, cai):
    message = factories.released_notice(people=[cai]).messages.get()
    Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, sent_at=NOW, sha256=b"\xab" * 32)
    erasing.erase(cai, reason="", by=ana, now=NOW)

    for tab in ("overview", "told", "engagements", "said", "history"):
        assert "Erased on request" in text_of(signed_in.get(cai.get_absolute_url(), {"tab": tab}))
    shown = text_of(signed_in.get(message.get_absolute_url()))
    assert "erased on request" in shown
    assert "ab" * 32 in shown
    assert "This is not what was sent" not in shown


@pytest.mark.parametrize("name", ["person_merge", "person_erase", "person_data"])
def test_a_reader_may_do_none_of_this(client, cai, name):
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    assert client.get(url(name, cai)).status_code == 403


# Links in old mails


def links(message):
    return [
        reverse("personal", args=[tokens.make("message", message.pk)]),
        reverse("preferences", args=[tokens.make("preferences", message.pk)]),
        reverse("unsubscribe", args=[tokens.make("unsubscribe", message.pk)]),
    ]


@pytest.mark.parametrize("both", [True, False])
def test_old_links_of_a_merged_person_work_for_the_one_who_stayed(client, ana, cai, twin, both):
    notice = factories.released_notice(people=[cai, twin] if both else [twin], kind="progress")
    message = notice.messages.get(person=twin)
    merging.merge(cai, twin, by=ana, now=NOW)

    assert [client.get(link).status_code for link in links(message)] == [200, 200, 200]
    client.post(links(message)[2])
    assert list(cai.opt_outs.values_list("topic", flat=True)) == [Topic.PROGRESS]
    form = {"language": "de", "time_zone": "UTC", "reader_level": "plain", "topics": []}
    client.post(links(message)[1], form)
    assert Person.objects.get(pk=cai.pk).language == "de"


def test_an_old_link_to_a_survey_knows_that_they_answered(client, ana, cai, twin):
    survey = factories.survey()
    Invitation.objects.create(survey=survey, person=cai, progress=Progress.FINISHED)
    theirs = Invitation.objects.create(survey=survey, person=twin)
    merging.merge(cai, twin, by=ana, now=NOW)

    link = reverse("answer", args=[tokens.make("survey", theirs.pk)])

    assert client.post(link, {"question-1": "4"}).status_code == 409
    assert survey.responses.count() == 0


def test_links_of_an_erased_person_open_nothing(client, ana, cai):
    message = factories.released_notice(people=[cai]).messages.get()
    invitation = Invitation.objects.create(survey=factories.survey(), person=cai)
    erasing.erase(cai, reason="", by=ana, now=NOW)

    answer = reverse("answer", args=[tokens.make("survey", invitation.pk)])
    assert [client.get(link).status_code for link in [*links(message), answer]] == [404, 404, 404, 404]


@pytest.mark.parametrize("page", ["²", "-1", "0", "9" * 30, "\x00"])
def test_any_page_of_duplicates_is_a_page(client, ana, page):
    client.force_login(ana)

    assert client.get(reverse("people_duplicates"), {"page": page}).status_code == 200


def test_whose_account_is_left_is_not_said_to_be_gone(client, ana):
    own = factories.person("Ana Abel", account=ana)
    client.force_login(ana)

    page = client.post(reverse("person_erase", args=[own.pk]), {"reason": "They asked."}, follow=True)

    assert [str(message) for message in page.context["messages"]] == [
        "Erased. Only the account with which they sign in is left: an administrator removes it."
    ]


def test_the_page_of_an_archived_person_leads_to_where_they_are_restored(client, ana, cai):
    cai.archive(now=NOW)
    client.force_login(ana)

    page = client.get(reverse("person", args=[cai.pk])).content.decode()

    assert "Edit or restore" in page
