import csv
import io

import pytest
from django.urls import reverse

from accounts.enums import Role
from stakeholders.enums import AddressState, Category
from stakeholders.models import Person
from tests.factories import NOW, account, group, person, site

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    client.force_login(account("Rob Reader", role=Role.READER))
    return client


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def shown(response) -> list[str]:
    return [one.name for one in response.context["people"]]


def undo(response) -> str:
    """Where the Undo button of the last message posts to."""
    *_, tags = [message.extra_tags for message in response.context["messages"]]
    return tags.removeprefix("undo:")


def values_of(one: Person, **changes) -> dict:
    names = ("name", "email", "phone", "external_id", "department", "job_title", "time_zone", "language")
    return {name: getattr(one, name) for name in (*names, "reader_level", "works_on")} | changes


def test_strangers_are_sent_to_sign_in(client):
    assert client.get("/people/").url == "/accounts/login/?next=/people/"


def test_people_are_listed_by_name_in_whatever_case_without_the_archived(reader):
    for name in ("bo", "Al", "Cy"):
        person(name)
    person("Archie", archived_at=NOW)

    assert shown(reader.get("/people/")) == ["Al", "bo", "Cy"]


def test_each_filter_finds_those_it_names(reader):
    board, harbour = group("Board", category=Category.MANAGEMENT), site("Harbour")
    person("Target", groups=[board], site=harbour, department="Law", language="fr", email_state=AddressState.BOUNCED)
    person("Other", groups=[group("Staff")], site=site(), department="Art", language="de")
    person("Archie", archived_at=NOW, department="Law")
    queries = {
        "q=targ": ["Target"],
        f"group={board.pk}": ["Target"],
        "category=management": ["Target"],
        f"site={harbour.pk}": ["Target"],
        "department=Law": ["Target"],
        "language=fr": ["Target"],
        "address=bounced": ["Target"],
        "archived=on": ["Archie"],
        f"q=targ&group={board.pk}&language=de": [],
    }

    assert {query: shown(reader.get(f"/people/?{query}")) for query in queries} == queries


@pytest.mark.parametrize("query", ["group=abc", "group=999999", "category=x", "page=x", "page=99", "q=%00'|!"])
def test_a_query_that_makes_no_sense_breaks_nothing(reader, cai, query):
    response = reader.get(f"/people/?{query}")

    assert (response.status_code, shown(response)) == (200, ["Cai Carter"])


def test_an_empty_list_says_so_and_a_filter_that_finds_nobody_says_something_else(editor, cai):
    assert "Nothing matches" in editor.get("/people/?q=zzz").content.decode()

    Person.objects.all().delete()
    page = editor.get("/people/").content.decode()
    assert "Nobody yet" in page
    assert "Nothing matches" not in page


def test_the_list_costs_the_same_for_one_person_and_for_three(editor, django_assert_num_queries):
    board, staff = group(), group()

    def one_more():
        person(groups=[board, staff], site=site())

    one_more()
    with django_assert_num_queries(8):
        editor.get("/people/")
    one_more()
    one_more()
    with django_assert_num_queries(8):
        editor.get("/people/")


def test_htmx_gets_the_rows_alone_and_they_are_those_of_the_page(editor, cai):
    whole = editor.get("/people/?q=cai").content.decode()
    rows = editor.get("/people/?q=cai", headers={"HX-Request": "true"}).content.decode()

    def without_tokens(text):
        return [line for line in text.splitlines() if "csrfmiddlewaretoken" not in line]

    assert "<html" not in rows
    assert "\n".join(without_tokens(rows)).strip() in "\n".join(without_tokens(whole))


def test_readers_see_what_they_may_not_do_and_why(reader, cai):
    page = reader.get("/people/").content.decode()

    assert 'aria-disabled="true" title="This takes the role Administrator or Communications manager."' in page
    assert "data-bulkbar" not in page


@pytest.mark.parametrize("name", ["people_bulk", "person_new"])
def test_readers_may_not_change_people_and_are_told_which_role_may(reader, name):
    response = reader.post(reverse(name))

    assert response.status_code == 403
    assert "This takes the role Administrator or Communications manager." in response.content.decode()


def test_some_are_archived_and_come_back_with_one_undo(editor, cai, dee):
    person("Eve")

    response = editor.post("/people/bulk/?q=", {"act": "archive", "pk": [cai.pk, dee.pk]}, follow=True)
    assert shown(response) == ["Eve"]

    response = editor.post(undo(response), follow=True)
    assert shown(response) == ["Cai Carter", "Dee Dorn", "Eve"]


def test_everybody_matching_is_everybody_on_all_pages_and_nobody_else(editor):
    for number in range(60):
        person(f"Law {number}", department="Law")
    person("Artist", department="Art")

    response = editor.post("/people/bulk/?department=Law", {"act": "archive", "everybody": "1"}, follow=True)

    assert [str(message) for message in response.context["messages"]] == ["Archived 60 people."]
    assert [one.name for one in Person.objects.active()] == ["Artist"]


def test_some_join_a_group_and_leave_it_with_one_undo(editor, cai, dee):
    board = group("Board", people=[cai])

    response = editor.post("/people/bulk/", {"act": "add", "group": board.pk, "pk": [cai.pk, dee.pk]}, follow=True)
    assert set(board.people.all()) == {cai, dee}
    assert [str(message) for message in response.context["messages"]] == ["Added 1 person to Board."]

    editor.post(undo(response))
    assert set(board.people.all()) == {cai}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"act": "archive"}, "Select somebody first."),
        ({"act": "add", "everybody": "1"}, "Choose the group first."),
        ({"act": "add", "group": "999", "everybody": "1"}, "There is no group of this name."),
        ({"act": "tag", "everybody": "1"}, "Type the tag first."),
        ({"act": "destroy", "everybody": "1"}, "Nothing was changed: choose what to do."),
    ],
)
def test_an_unfinished_bulk_act_changes_nothing_and_says_why(editor, cai, data, said):
    response = editor.post("/people/bulk/", data, follow=True)

    assert [str(message) for message in response.context["messages"]] == [said]
    assert Person.objects.active().get() == cai


def test_restoring_stops_when_the_address_is_taken(editor, cai):
    cai.archive(now=NOW)
    person("Carl", email=cai.email)

    response = editor.post(f"/people/{cai.pk}/restore/", follow=True)

    assert "somebody else has the same e-mail address" in str(*response.context["messages"])
    assert list(Person.objects.archived()) == [cai]


def test_a_new_person_is_in_the_groups_that_were_chosen(editor):
    board, harbour = group("Board"), site("Harbour")

    response = editor.post(
        "/people/new/",
        {
            "name": "Eve Early",
            "email": " eve@example.org ",
            "time_zone": "Europe/Paris",
            "language": "fr",
            "reader_level": "technical",
            "site": harbour.pk,
            "groups": [board.pk],
        },
    )

    eve = Person.objects.get()
    assert response.url == eve.get_absolute_url()
    assert (eve.name, eve.email, eve.language, eve.site) == ("Eve Early", "eve@example.org", "fr", harbour)
    assert list(eve.groups.all()) == [board]


def test_a_form_with_errors_keeps_what_was_typed_and_leads_to_the_field(editor, cai):
    response = editor.post("/people/new/", values_of(cai, name="Carl", external_id="7"))
    page = response.content.decode()

    assert Person.objects.get() == cai
    assert "There is already a person with this e-mail address." in page
    assert 'value="Carl"' in page
    assert 'data-focus role="alert"' in page


def test_editing_changes_the_person_and_keeps_who_represents(editor, cai):
    board, staff = group("Board", representatives=[cai]), group("Staff", people=[cai])
    seen = editor.get(f"/people/{cai.pk}/edit/").context["form"]["seen"].value()

    editor.post(f"/people/{cai.pk}/edit/", values_of(cai, name="Cai Kane", groups=[board.pk], seen=seen))

    cai.refresh_from_db()
    assert (cai.name, list(cai.groups.all())) == ("Cai Kane", [board])
    assert board.memberships.get().is_representative is True
    assert list(staff.people.all()) == []


def test_two_editors_lose_nothing(editor, cai):
    seen = editor.get(f"/people/{cai.pk}/edit/").context["form"]["seen"].value()
    Person.objects.update(phone="+49 1")

    response = editor.post(f"/people/{cai.pk}/edit/", values_of(cai, phone="+49 2", seen=seen))

    cai.refresh_from_db()
    assert cai.phone == "+49 1"
    assert [(clash.stored, clash.typed) for clash in response.context["form"].clashes] == [("+49 1", "+49 2")]


def test_archiving_one_offers_to_take_it_back(editor, cai):
    response = editor.post(f"/people/{cai.pk}/archive/", follow=True)
    assert list(Person.objects.archived()) == [cai]

    editor.post(undo(response))
    assert list(Person.objects.active()) == [cai]


def test_the_download_is_what_the_filter_shows_with_formulas_as_text(reader):
    person("=HYPERLINK(1)", department="Law", phone="+49 30", email="eve@example.org", time_zone="Europe/Berlin")
    person("Artist", department="Art")

    response = reader.get("/people/export/?department=Law")
    text = b"".join(response.streaming_content).decode("utf-8-sig")

    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert [{name: value for name, value in row.items() if name not in ("is_list", "works_from", "works_until")}] == [
        {
            "name": "'=HYPERLINK(1)",
            "email": "eve@example.org",
            "phone": "'+49 30",
            "mobile": "",
            "external_id": "",
            "department": "Law",
            "job_title": "",
            "site": "",
            "time_zone": "Europe/Berlin",
            "language": "en",
            "reader_level": "plain",
            "tags": "",
            "groups": "",
        }
    ]


@pytest.mark.parametrize("name", ["people_bulk", "person_archive", "person_restore"])
def test_a_link_changes_nothing(editor, cai, name):
    args = [] if name == "people_bulk" else [cai.pk]

    assert editor.get(reverse(name, args=args)).status_code == 405


def test_people_are_tagged_untagged_and_found_by_their_tag(editor, cai, dee):
    editor.post("/people/bulk/", {"act": "tag", "tag": " night  shift ", "pk": [cai.pk]})
    assert shown(editor.get("/people/?tag=night+shift")) == ["Cai Carter"]

    response = editor.post("/people/bulk/?tag=night+shift", {"act": "untag", "tag": "night shift", "everybody": "1"})
    assert Person.objects.filter(tags=[]).count() == 2
    assert response.url == "/people/?tag=night+shift"


def test_language_wording_and_site_are_given_to_many(editor, cai, dee):
    harbour = site("Harbour")
    for act, value in {"language": "fr", "reader_level": "technical", "site": harbour.pk}.items():
        editor.post("/people/bulk/", {"act": act, act: value, "pk": [cai.pk]})

    assert Person.objects.filter(language="fr", reader_level="technical", site=harbour).get() == cai


def test_groups_are_chosen_by_name_and_survive_an_error(editor):
    board = group("Board, of the college")

    page = editor.post("/people/new/", {"name": "", "groups": [board.pk], "groups-add": "nobody of this name"})
    text = page.content.decode()

    assert f'name="groups" value="{board.pk}" checked' in text
    assert 'value="nobody of this name"' in text
    assert "There is no group of this name." in text


def test_a_group_that_is_typed_is_joined(editor, cai):
    group("Board")
    seen = editor.get(f"/people/{cai.pk}/edit/").context["form"]["seen"].value()

    editor.post(f"/people/{cai.pk}/edit/", values_of(cai, seen=seen, **{"groups-add": "board"}))

    assert [one.name for one in cai.groups.all()] == ["Board"]


def test_the_form_says_what_the_person_chose(editor, cai):
    Person.objects.update(own_choices=["language"])

    assert "Chosen by the person: no import changes it." in editor.get(f"/people/{cai.pk}/edit/").content.decode()


def test_tags_are_listed_renamed_and_deleted_for_everybody(editor, cai, dee):
    Person.objects.update(tags=["pilot"])
    assert [(tag.name, tag.size) for tag in editor.get("/tags/").context["tags"]] == [("pilot", 2)]

    editor.post("/tags/rename/?tag=pilot", {"name": "pilots"})
    response = editor.post("/tags/delete/", {"tag": "pilots"}, follow=True)
    assert Person.objects.filter(tags=[]).count() == 2

    editor.post(undo(response))
    assert Person.objects.filter(tags=["pilots"]).count() == 2


def test_suggestions_are_those_that_match(reader, cai):
    group("Board", people=[cai])
    Person.objects.update(department="Law", tags=["pilot"])

    found = {
        name: [entry["value"] for entry in reader.get(reverse(f"pick_{name}"), {"q": words}).json()["entries"]]
        for name, words in {"people": "car", "groups": "oar", "departments": "la", "tags": "pi"}.items()
    }

    assert found == {
        "people": ["Cai Carter <cai@example.org>"],
        "groups": ["Board"],
        "departments": ["Law"],
        "tags": ["pilot"],
    }
