"""Files of people in the browser: upload, columns, every change, apply, undo."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from kombu import Producer
from kombu.exceptions import OperationalError

from accounts.enums import Role
from directory import tasks
from directory.enums import ImportState, RowOutcome
from directory.importing import leasing, mapping
from directory.importing.progress import forget, to_cache
from directory.models import Import, ImportRow
from directory.views import imports
from stakeholders.models import Person
from tests import factories

HEAD = "Employee ID,Name,Mail,Department\n"
POLL = {"HX-Request": "true", "HX-Trigger": "import"}


@pytest.fixture
def ana(client, ana):
    client.force_login(ana)
    return ana


@pytest.fixture
def cai(db):
    return factories.person("Cai Carter", email="cai@example.org", external_id="7", department="Sales")


def upload(client, text, name="people.csv", **options):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(reverse("import_new"), {"file": SimpleUploadedFile(name, content)}, **options)


def columns(import_, **changes) -> dict:
    """What the form of columns would send as it is shown."""
    chosen = {f"column-{at}": import_.mapping.get(column, "") for at, column in enumerate(import_.head)}
    return chosen | changes


def looked_at(client, text, **changes) -> Import:
    upload(client, text)
    import_ = Import.objects.latest("pk")
    client.post(reverse("import_map", args=[import_.pk]), columns(import_, **changes))
    import_.refresh_from_db()
    return import_


def words(response) -> str:
    return " ".join(response.content.decode().split())


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# -- upload and columns


def test_a_file_goes_from_upload_to_undo(client, ana, cai):
    text = HEAD + "7,Cai Carter,cai@example.org,Finance\n8,Eve Eden,eve@example.org,Finance\n"

    uploaded = upload(client, text)
    import_ = Import.objects.get()
    assert uploaded["Location"] == reverse("import_map", args=[import_.pk])

    mapped = client.post(uploaded["Location"], columns(import_))
    assert mapped["Location"] == reverse("import", args=[import_.pk])
    page = client.get(mapped["Location"], {"show": "changed"})
    assert [(change.label, change.old, change.new) for change in page.context["lines"][0].changes] == [
        ("Department", "Sales", "Finance")
    ]
    assert page.context["sum"] == "1 new, 1 changed"

    client.post(reverse("import_apply", args=[import_.pk]))
    assert list(Person.objects.order_by("pk").values_list("name", "department")) == [
        ("Cai Carter", "Finance"),
        ("Eve Eden", "Finance"),
    ]
    assert client.get(mapped["Location"]).context["sum"] == "1 came in, 1 changed"

    undone = client.post(reverse("import_undo", args=[import_.pk]), follow=True)
    assert said(undone) == ["Taken back: 1 removed, 1 as they were before."]
    assert list(Person.objects.values_list("name", "department")) == [("Cai Carter", "Sales")]


def test_each_column_shows_three_values_and_what_it_may_mean(client, ana):
    rows = "".join(f"{number},Person {number},p{number}@example.org,\n" for number in range(5))
    upload(client, HEAD + "\n" + rows)

    form = client.get(reverse("import_map", args=[Import.objects.get().pk])).context["form"]

    shown = [(column, samples, field.value()) for column, samples, field in form.rows()]
    assert shown == [
        ("Employee ID", ["0", "1", "2"], "external_id"),
        ("Name", ["Person 0", "Person 1", "Person 2"], "name"),
        ("Mail", ["p0@example.org", "p1@example.org", "p2@example.org"], "email"),
        ("Department", [], "department"),
    ]


def test_a_missing_key_is_said_at_once(client, ana):
    upload(client, "Name,Shoe size\nCai,41\n")
    here = reverse("import_map", args=[Import.objects.get().pk])

    shown = client.get(here)
    chosen = client.get(here, {"column-0": "name", "column-1": "external_id"}, headers={"HX-Request": "true"})
    refused = client.post(here, {"column-0": "name", "column-1": ""})

    sentence = "A column is missing: nobody can be found without an external id or an e-mail address."
    assert shown.context["missing"] == refused.context["missing"] == [sentence]
    assert "This is enough" in words(chosen)
    assert "<html" not in words(chosen)
    assert Import.objects.get().state == ImportState.UPLOADED


def test_a_column_that_is_left_out_changes_nothing(client, ana, cai):
    import_ = looked_at(client, HEAD + "7,Cai Carter,cai@example.org,Finance\n", **{"column-3": ""})

    assert import_.counts["same"] == 1


def test_the_country_of_numbers_is_asked_for_beside_the_columns(client, ana):
    import_ = looked_at(client, "Id,Name,Mobile\n1,Eve,0151 23456789\n", phone_code="+49")

    assert (import_.counts["new"], import_.rows.get().values["mobile"]) == (1, "+4915123456789")
    page = client.get(reverse("import", args=[import_.pk])).content.decode()
    assert "Mobile number" in page


def test_a_code_that_is_none_is_said_beside_its_field(client, ana):
    upload(client, "Id,Name,Mobile\n1,Eve,0151 23456789\n")
    import_ = Import.objects.latest("pk")

    response = client.post(reverse("import_map", args=[import_.pk]), columns(import_, phone_code="Germany"))

    assert "Write the code like +49." in response.content.decode()


def test_groups_are_made_only_when_asked(client, ana):
    text = "Name,Mail,Groups\nCai,cai@example.org,Reading circle\n"

    assert looked_at(client, text).counts["wrong"] == 1
    import_ = looked_at(client, text, creates_groups="on")
    assert import_.counts["new_groups"] == ["Reading circle"]
    assert "New groups: Reading circle" in words(client.get(import_.get_absolute_url()))


def test_missing_groups_are_made_from_the_page_that_misses_them(client, ana):
    import_ = looked_at(
        client, "Name,Mail,Groups\nCai,cai@example.org,Robot club; Board\nDee,dee@example.org,Robot Club\n"
    )
    page = words(client.get(import_.get_absolute_url()))
    assert "Create the 2 missing groups" in page
    assert "2 rows have errors" in page
    assert "Ready to apply" not in page

    again = client.post(reverse("import_make_groups", args=[import_.pk]), follow=True)

    import_.refresh_from_db()
    assert (import_.counts["wrong"], import_.counts["new_groups"]) == (0, ["Board", "Robot club"])
    assert "missing group" not in words(again)


def test_columns_that_are_recognised_are_folded(client, ana):
    upload(client, "Name,Mail,List,Shoe size\nCai,cai@example.org,no,41\nDee,dee@example.org,no,41\n")

    form = client.get(reverse("import_map", args=[Import.objects.get().pk])).context["form"]

    assert [column for column, *_ in form.to_decide()] == ["Shoe size"]
    assert [samples for *_, samples, _ in form.to_decide()] == [["41"]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\n\n  \n", "The file is empty."),
        (b"Name,Name\na,b\n", "Two columns are called"),
        (b'Name,Mail\na,"b\n', "A quotation mark is opened and never closed."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(content, sentence, client, ana):
    page = upload(client, content)

    assert page.status_code == 200
    assert sentence in str(page.context["form"].errors)
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused(client, ana, settings):
    settings.IMPORT_MAX_MB = 0

    assert "larger than 0 MB" in str(upload(client, HEAD + "1,a,b,c\n").context["form"].errors)


def test_no_file_is_no_file(client, ana):
    page = client.post(reverse("import_new"))

    assert page.context["form"].errors == {"file": ["Choose a file first."]}


def test_the_sample_file_goes_in_as_it_is(client, ana):
    sample = client.get(reverse("import_sample")).getvalue()
    upload(client, sample)

    import_ = Import.objects.get()
    assert set(import_.mapping.values()) == set(mapping.FIELDS) - set(mapping.PARTS)
    client.post(reverse("import_map", args=[import_.pk]), columns(import_, creates_groups="on"))
    import_.refresh_from_db()
    assert (import_.counts["new"], import_.counts["wrong"]) == (2, 0)


# -- every change


def test_each_tab_shows_its_rows(client, ana, cai):
    factories.person("Dee", email="dee@example.org", external_id="9", department="IT")
    text = HEAD + "7,Cai Carter,,Finance\n8,Eve,eve@example.org,IT\n9,Dee,dee@example.org,IT\n10,Fay,nothing,IT\n"
    import_ = looked_at(client, text)

    def who(show):
        return [line.who for line in client.get(import_.get_absolute_url(), {"show": show}).context["lines"]]

    assert {outcome: who(outcome) for outcome in RowOutcome.values} == {
        "changed": ["Cai Carter"],
        "new": ["Eve"],
        "same": ["Dee"],
        "wrong": ["Fay"],
    }
    page = client.get(import_.get_absolute_url())
    assert page.context["show"] == "wrong"
    assert [(tab["label"], tab["count"]) for tab in page.context["tabs"]] == [
        ("New", 1),
        ("Changed", 1),
        ("Unchanged", 1),
        ("Errors", 1),
    ]
    assert "“nothing” is not an e-mail address" in words(page)


def test_what_a_person_chose_is_said_to_stay(client, ana, cai):
    Person.objects.filter(pk=cai.pk).update(own_choices=["language"])
    import_ = looked_at(client, "Employee ID,Name,Language\n7,Cai Carter,fr\n")

    page = client.get(import_.get_absolute_url(), {"show": "same"})

    assert page.context["lines"][0].kept == ["Language"]
    assert "Stays as this person chose it: Language" in words(page)


def test_rows_are_paged_and_take_the_same_queries(client, ana, django_assert_num_queries):
    one = looked_at(client, HEAD + "1,Person 1,p1@example.org,x\n")
    rows = "".join(f"{number},Person {number},p{number}@example.org,x\n" for number in range(1, 61))
    many = looked_at(client, HEAD + rows)

    def queries(import_, **query):
        with django_assert_num_queries(6):
            return client.get(import_.get_absolute_url(), query).context["lines"]

    assert len(queries(one)) == 1
    assert len(queries(many)) == 25
    assert [line.row.number for line in queries(many, page=3)] == list(range(52, 62))


def test_words_of_the_file_are_shown_as_words(client, ana):
    import_ = looked_at(client, HEAD + "1,<script>alert(1)</script>,a@example.org,<b>\n")

    assert "<script>alert" not in words(client.get(import_.get_absolute_url()))


def test_the_list_of_errors_can_be_downloaded(client, ana):
    import_ = looked_at(client, HEAD + "1,Cai,nothing,x\n2,=cmd(),,\n3,Dee,dee@example.org,x\n")

    response = client.get(reverse("import_errors", args=[import_.pk]))

    lines = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert lines[0] == ["Row", "Column", "What is wrong", "Name", "E-mail address", "External id"]
    assert [line[:2] + line[3:] for line in lines[1:]] == [
        ["2", "Mail", "Cai", "nothing", "1"],
        ["3", "Name", "", "", "2"],
    ]


# -- apply and undo


def test_rows_with_errors_are_left_out_only_when_said(client, ana):
    import_ = looked_at(client, HEAD + "1,Cai,nothing,x\n2,Dee,dee@example.org,x\n")
    here = reverse("import_apply", args=[import_.pk])

    refused = client.post(here, follow=True)
    assert said(refused) == ["1 row has errors. Correct the file, or leave those rows out."]
    assert not Person.objects.exists()

    client.post(here, {"skips_wrong": "1"})
    assert Person.objects.get().name == "Dee"


def test_what_changed_meanwhile_is_told_and_nothing_is_applied(client, ana, cai):
    import_ = looked_at(client, HEAD + "7,Cai Carter,cai@example.org,Finance\n8,Eve,eve@example.org,x\n")
    Person.objects.filter(pk=cai.pk).update(department="IT")

    page = client.post(reverse("import_apply", args=[import_.pk]), follow=True)

    assert "Look at the changes again" in said(page)[0]
    assert "Look at the changes again" in page.context["problems"]
    assert Person.objects.count() == 1


def test_an_import_is_applied_once_and_taken_back_once(client, ana):
    import_ = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")
    for name, sentence in (("import_apply", "applied already"), ("import_undo", "taken back")):
        client.post(reverse(name, args=[import_.pk]))
        assert sentence in said(client.post(reverse(name, args=[import_.pk]), follow=True))[-1].lower()


def test_what_was_not_applied_can_be_thrown_away(client, ana):
    import_ = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")
    client.post(reverse("import_discard", args=[import_.pk]))
    assert not Import.objects.exists()

    applied = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")
    client.post(reverse("import_apply", args=[applied.pk]))
    client.post(reverse("import_discard", args=[applied.pk]))
    assert Import.objects.get() == applied


def test_rows_that_were_forgotten_are_said_to_be_gone(client, ana):
    import_ = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")
    client.post(reverse("import_apply", args=[import_.pk]))
    ImportRow.objects.all().delete()

    assert "The rows are gone" in words(client.get(import_.get_absolute_url()))
    undone = client.post(reverse("import_undo", args=[import_.pk]), follow=True)
    assert "cannot be taken back any more" in said(undone)[0]


# -- in the background


@pytest.fixture
def large(client, ana, monkeypatch):
    """A file that a worker shall read."""
    monkeypatch.setattr(imports, "SMALL_FILE", 0)
    monkeypatch.setattr(imports, "SMALL_APPLY", 0)
    asked = []

    def note(producer, body, headers, **rest):
        asked.append((headers["task"], body[1]))

    monkeypatch.setattr(Producer, "publish", note)
    import_ = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")
    return import_, asked


def waited(import_, seconds):
    """As if it had been asked for so long ago."""
    Import.objects.filter(pk=import_.pk).update(worked_on_until=import_.worked_on_until - timedelta(seconds=seconds))
    import_.refresh_from_db()


def test_a_large_file_is_read_by_a_worker_and_the_page_follows(client, large):
    import_, asked = large
    here = import_.get_absolute_url()
    assert (import_.state, asked) == (ImportState.READING, [("directory.tasks.read_import", {"pk": import_.pk})])

    waiting = client.get(here, headers=POLL)
    assert waiting.status_code == 200
    assert 'hx-trigger="every 2s"' in words(waiting)
    assert "<html" not in words(waiting)

    to_cache(import_)(600, 1000, "reading")
    moving = client.get(here, {"said": "25"}, headers=POLL)
    assert "600 of about 1,000 rows" in words(moving)
    assert 'data-announce="50 %"' in words(moving)
    assert "data-announce" not in words(client.get(here, {"said": "50"}, headers=POLL))

    tasks.read_import(pk=import_.pk)
    over = client.get(here, headers=POLL)
    assert over.status_code == 286
    assert "every 2s" not in words(over)
    assert ">1 new<" in words(over)
    assert client.get(here).status_code == 200


def test_a_large_import_is_applied_by_a_worker(client, ana, large):
    import_, asked = large
    tasks.read_import(pk=import_.pk)

    client.post(reverse("import_apply", args=[import_.pk]))

    assert asked[-1] == ("directory.tasks.apply_import", {"pk": import_.pk, "by": ana.pk})
    assert "All of it is written at once" not in words(client.get(import_.get_absolute_url()))
    to_cache(import_)(2, 6, "applying")
    assert "All of it is written at once" in words(client.get(import_.get_absolute_url()))
    tasks.apply_import(pk=import_.pk, by=ana.pk)
    assert Person.objects.get().name == "Eve"


def test_where_no_worker_answers_the_page_says_so_and_does_it_itself(client, large):
    import_, _ = large
    forget(import_)
    here = import_.get_absolute_url()
    assert "Nobody has begun with it" not in words(client.get(here))

    waited(import_, 7)
    assert "Nobody has begun with it" in words(client.get(here))
    client.post(reverse("import_work", args=[import_.pk]))
    import_.refresh_from_db()
    assert import_.state == ImportState.READY

    client.post(reverse("import_apply", args=[import_.pk]))
    client.post(reverse("import_work", args=[import_.pk]))
    import_.refresh_from_db()
    assert import_.state == ImportState.APPLIED
    tasks.apply_import(pk=import_.pk, by=None)  # a worker that comes too late
    assert Person.objects.count() == 1


def test_a_worker_that_died_is_replaced(client, large):
    import_, _ = large
    to_cache(import_)(600, 1000, "reading")
    waited(import_, leasing.LASTS.total_seconds() + 1)

    assert "Nobody has begun with it" in words(client.get(import_.get_absolute_url()))
    client.post(reverse("import_work", args=[import_.pk]))

    import_.refresh_from_db()
    assert import_.state == ImportState.READY


def test_a_broker_that_is_away_loses_nothing(client, ana, monkeypatch):
    def away(*args, **options):
        raise OperationalError("no broker")

    monkeypatch.setattr(imports, "SMALL_FILE", 0)
    monkeypatch.setattr(Producer, "publish", away)

    import_ = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")
    assert import_.state == ImportState.READING
    client.post(reverse("import_work", args=[import_.pk]))
    import_.refresh_from_db()
    assert import_.state == ImportState.READY


def test_a_file_that_breaks_later_says_where(client, ana):
    rows = "".join(f"{number},Eve,eve{number}@example.org,x\n" for number in range(5))
    import_ = looked_at(client, f'{HEAD}{rows}8,Eve,eve@example.org,"x\n')

    page = client.get(import_.get_absolute_url())

    assert import_.state == ImportState.FAILED
    assert "A quotation mark is opened and never closed." in page.context["problems"]
    assert "Nothing was changed" in words(page)


# -- who, and the list


PAGES = [("imports", False), ("import_new", False), ("import_sample", False)]
OF_ONE = ["import", "import_map", "import_errors"]
ACTS = ["import_apply", "import_undo", "import_work", "import_discard"]


def test_only_who_may_edit_people_imports(client, ana):
    import_ = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")
    client.force_login(factories.account("Rob Reader", role=Role.READER))

    answers = [client.get(reverse(name)) for name, _ in PAGES]
    answers += [client.get(reverse(name, args=[import_.pk])) for name in OF_ONE]
    answers += [client.post(reverse(name, args=[import_.pk])) for name in ACTS]
    assert {answer.status_code for answer in answers} == {403}
    import_.refresh_from_db()
    assert import_.state == ImportState.READY


def test_a_look_changes_nothing(client, ana):
    import_ = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")

    assert {client.get(reverse(name, args=[import_.pk])).status_code for name in ACTS} == {405}


def test_the_list_shows_what_came_in_the_newest_first(client, ana, django_assert_num_queries):
    assert "No import yet" in words(client.get(reverse("imports")))
    for number in range(3):
        looked_at(client, HEAD + f"{number},Eve,eve{number}@example.org,x\n")

    with django_assert_num_queries(4):
        page = client.get(reverse("imports"))

    assert [one.pk for one in page.context["imports"]] == list(
        Import.objects.order_by("-pk").values_list("pk", flat=True)
    )


def test_an_import_by_the_command_line_has_no_account(client, ana):
    import_ = looked_at(client, HEAD + "8,Eve,eve@example.org,x\n")
    Import.objects.update(by=None)

    assert "by the command line" in words(client.get(reverse("imports")))
    assert "by the command line" in words(client.get(import_.get_absolute_url()))


def test_a_file_that_was_thrown_away_says_so_instead_of_its_columns(client, ana):
    import_ = looked_at(client, HEAD + "1,Cai,cai@example.org,x\n")
    Import.objects.filter(pk=import_.pk).update(state=ImportState.FAILED, content=b"", problem="Somebody was erased.")

    response = client.get(reverse("import_map", args=[import_.pk]), follow=True)

    assert response.redirect_chain == [(reverse("imports"), 302)]
    assert "Somebody was erased." in words(response)
