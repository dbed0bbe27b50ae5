from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.urls import reverse

from accounts.enums import Role
from notices.enums import Medium, NoticeKind, NoticeState
from notices.models import Notice, PlanStep, SavedTemplate
from notices.pipeline import planning, templates
from tests import factories
from upgrades.enums import MilestoneKind
from upgrades.models import Milestone, Upgrade

STARTS = datetime(2026, 9, 12, 20, tzinfo=UTC)


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def own(ana):
    """A copy of the short one."""
    return templates.own.copy(templates.known.find("planned_maintenance"), by=ana)


def upgrade_of(ana, key="switch_replacement", number=2) -> Upgrade:
    windows = [
        planning.Window(f"Wave {at + 1}", STARTS + timedelta(weeks=at), STARTS + timedelta(weeks=at, hours=4))
        for at in range(number)
    ]
    return planning.create_upgrade(
        by=ana, template=templates.known.find(key), windows=windows, name="Switches", contact_name="Desk",
        contact_email="desk@example.org", time_zone="Europe/Berlin",
    )  # fmt: skip


def names(row) -> list[str]:
    return [step.name for step in templates.known.find(row.slug).steps]


def typed(template, **fields):
    return {
        "name": "Extra word",
        "medium": Medium.NOTICE,
        "kind": NoticeKind.REMINDER,
        "trigger": "offset",
        "count": "4",
        "unit": "business_days",
        "direction": "before",
        "edge": "start",
        "every_weeks": "1",
        "on": "first",
        "at": "09:00",
        "clock": "place",
        "sender": "contact",
        "affected": "on",
        "channels": ["email"],
        "approval": "on",
        **fields,
    }


def undo(client, page) -> None:
    [url] = [message.extra_tags.removeprefix("undo:") for message in page.context["messages"]]
    client.post(url)


# Looking


def test_all_of_them_are_drawn_with_their_steps(signed_in, own):
    page = signed_in.get(reverse("templates"))

    shelves = [(shelf["title"], len(shelf["cards"])) for shelf in page.context["shelves"]]
    assert shelves == [("Yours", 1), ("Those that come with CommsPlan", 6)]
    assert page.content.decode().count('class="ladder-drawing"') == 7


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_four_queries(signed_in, ana, number, django_assert_num_queries):
    for _ in range(number):
        templates.own.copy(templates.known.find("planned_maintenance"), by=ana)

    with django_assert_num_queries(4):
        signed_in.get(reverse("templates"))


def test_a_row_that_cannot_be_read_any_more_is_shown_and_offered_nowhere(signed_in, own):
    SavedTemplate.objects.update(content={"steps": [{"name": "Broken"}]})

    page = signed_in.get(reverse("templates")).content.decode()

    assert "This template can no longer be read." in page
    assert own.slug not in signed_in.get(reverse("upgrade_new")).content.decode()


@pytest.mark.parametrize("template", templates.known.shipped(), ids=lambda template: template.key)
def test_a_template_reads_from_the_first_step_to_the_last(signed_in, template):
    page = signed_in.get(reverse("template", args=[template.key]))

    stretches = page.context["stretches"]
    assert sum(len(stretch.rungs) for stretch in stretches) == len(template.steps)
    assert stretches[0].title == "Before"
    events = [rung.step.event for rung in stretches[-1].rungs]
    assert events == ["slipped", "cancelled", "extended", "on_word", "on_word"]


def test_one_that_is_not_there_is_not_found(signed_in):
    assert signed_in.get(reverse("template", args=["nothing"])).status_code == 404


def test_shipped_ones_stay_as_they_are(signed_in):
    page = signed_in.get(reverse("template", args=["mail_migration"])).content.decode()

    assert "Make your own copy" in page
    assert reverse("template_edit", args=["mail_migration"]) not in page
    assert signed_in.get(reverse("template_edit", args=["mail_migration"])).status_code == 404


def test_a_reader_looks_and_changes_nothing(client, own):
    client.force_login(factories.account("Rita Reader", role=Role.READER))

    assert client.get(reverse("template", args=[own.slug])).status_code == 200
    for name, method in (("template_edit", "get"), ("template_copy", "post"), ("template_delete", "post")):
        assert getattr(client, method)(reverse(name, args=[own.slug])).status_code == 403


# From an upgrade


def test_a_plan_becomes_a_template_and_starts_another_upgrade(signed_in, ana):
    upgrade = upgrade_of(ana)
    address = reverse("template_from_upgrade", args=[upgrade.slug])

    shown = signed_in.get(address)
    signed_in.post(address, {"name": "Ours", "description": "As we do it."})

    row = SavedTemplate.objects.get()
    assert (row.slug, row.has_waves, row.made_from, row.by) == ("ours", True, upgrade, ana)
    assert sum(len(one.rungs) for one in shown.context["stretches"]) == len(templates.known.find("ours").steps)
    assert "ours" in [card.key for card in signed_in.get(reverse("upgrade_new")).context["form"].cards]


def test_a_name_that_is_taken_is_refused(signed_in, ana):
    address = reverse("template_from_upgrade", args=[upgrade_of(ana).slug])

    page = signed_in.post(address, {"name": "mail Migration"}).content.decode()

    assert "There is already a template of this name." in page
    assert SavedTemplate.objects.count() == 0


# Changing


def test_a_copy_is_yours_and_has_a_name_of_its_own(signed_in):
    signed_in.post(reverse("template_copy", args=["mail_migration"]))
    signed_in.post(reverse("template_copy", args=["mail_migration"]))

    assert list(SavedTemplate.objects.order_by("pk").values_list("name", flat=True)) == [
        "Mail migration (2)",
        "Mail migration (3)",
    ]


def test_an_empty_one_is_made_step_by_step(signed_in):
    signed_in.post(reverse("template_new"), {"name": "Small", "description": ""})
    template = templates.known.find("small")

    signed_in.post(reverse("template_step_new", args=["small"]), typed(template, own="x"))

    [step] = templates.known.find("small").steps
    assert (step.name, step.kind, step.offset, step.audience) == (
        "Extra word",
        NoticeKind.REMINDER,
        "-4",
        {"affected": True},
    )


@pytest.mark.parametrize("number", range(1, 17))
def test_saving_any_step_unchanged_changes_nothing(signed_in, own, number):
    address = reverse("template_step", args=[own.slug, number])
    before = templates.known.find(own.slug).steps
    form = signed_in.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields}

    signed_in.post(address, {name: value for name, value in data.items() if value not in (None, False)})

    assert templates.known.find(own.slug).steps == before
    assert templates.known.find(own.slug).version == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"affected": ""}, "Nobody is told."),
        ({"channels": []}, "“channels” is empty."),
        ({"kind": "survey"}, "It does not say which survey."),
        ({"trigger": "cadence"}, "Choose at least one day of the week."),
        ({"trigger": "event"}, "Say what has to happen."),
        ({"named": "Nobody here", "affected": "", "subject_en": "", "body_en": "Text"}, "Its words are not complete."),
    ],
)
def test_a_step_that_cannot_be_is_refused_as_in_a_file(signed_in, own, fields, said):
    template = templates.known.find(own.slug)

    page = signed_in.post(reverse("template_step_new", args=[own.slug]), typed(template, **fields)).content.decode()

    assert said in page
    assert templates.known.find(own.slug) == template


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ({"direction": "after", "edge": "end"}, {"offset": "4", "edge": "end"}),
        ({"unit": "minutes", "count": "120"}, {"offset": "-120m"}),
        ({"trigger": "cadence", "weekdays": ["fri"], "at": "16:00"}, {"weekdays": ["fri"], "at": "16:00"}),
        ({"trigger": "event", "event": "slipped", "count": ""}, {"event": "slipped"}),
        ({"trigger": "event", "event": "slipped", "count": "1"}, {"event": "slipped", "offset": "1"}),
        ({"clock": "reader", "after": "Go/no-go"}, {"offset": "-4", "clock": "reader", "after": "Go/no-go"}),
        ({"affected": "", "named": "Board\n\n Desk ", "otherwise": ["it"]},
         {"offset": "-4", "audience": {"otherwise": ["it"], "named": ["Board", "Desk"]}}),
        ({"subject_de": "Hallo", "body_de": "Ihr\r\nText"},
         {"offset": "-4", "words": [{"language": "de", "subject": "Hallo", "body": "Ihr\nText\n"}]}),
    ],
)  # fmt: skip
def test_every_kind_of_step_can_be_entered(signed_in, own, fields, row):
    template = templates.known.find(own.slug)

    signed_in.post(reverse("template_step_new", args=[own.slug]), typed(template, **fields))

    usual = {"name": "Extra word", "kind": "reminder", "audience": {"affected": True}}
    assert templates.files.row_of(templates.known.find(own.slug).steps[-1]) == usual | row


def test_taking_a_step_out_can_be_undone(signed_in, own):
    before = names(own)
    gone = reverse("template_step_delete", args=[own.slug, before.index("Go/no-go") + 1])

    page = signed_in.post(gone, {"version": "1"}, follow=True)

    assert names(own) == [name for name in before if name != "Go/no-go"]
    undo(signed_in, page)
    assert names(own) == before
    assert [step.after for step in templates.known.find(own.slug).steps if step.after] == ["Go/no-go"]


def test_steps_move_and_come_back_to_the_order_of_time(signed_in, own):
    before = names(own)

    signed_in.post(reverse("template_step_move", args=[own.slug, 1]), {"version": "1", "to": "down"})
    assert names(own)[:2] == [before[1], before[0]]
    signed_in.post(reverse("template_sort", args=[own.slug]), {"version": "2"})

    assert names(own) == before


@pytest.mark.parametrize("name", ["template_step_delete", "template_step_move"])
def test_an_act_on_what_somebody_else_changed_is_refused(signed_in, own, name):
    templates.own.change(own.slug, version=1, description="Mine")
    before = names(own)

    page = signed_in.post(reverse(name, args=[own.slug, 2]), {"version": "1"}, follow=True)

    assert "Somebody else changed this template meanwhile." in page.content.decode()
    assert names(own) == before


def test_the_second_of_two_editors_overwrites_nothing(signed_in, own):
    address = reverse("template_step", args=[own.slug, 5])
    form = signed_in.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    signed_in.post(address, data | {"objective": "First"})

    page = signed_in.post(address, data | {"objective": "Second"})

    assert "Somebody else saved this while you were editing." in page.content.decode()
    assert templates.known.find(own.slug).steps[4].objective == "First"


def test_a_new_name_is_saved_and_a_decision_takes_those_along_that_wait_for_it(signed_in, own):
    edit = reverse("template_edit", args=[own.slug])
    seen = signed_in.get(edit).context["form"]["seen"].value()
    signed_in.post(edit, {"name": "Ours", "description": "", "seen": seen})
    number = names(own).index("Go/no-go") + 1
    address = reverse("template_step", args=[own.slug, number])
    form = signed_in.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}

    signed_in.post(address, data | {"name": "Go or stay"})

    template = templates.known.find(own.slug)
    assert (template.name, [step.after for step in template.steps if step.after]) == ("Ours", ["Go or stay"])


def test_deleting_one_can_be_undone(signed_in, own):
    page = signed_in.post(reverse("template_delete", args=[own.slug]), follow=True)

    assert SavedTemplate.objects.count() == 0
    undo(signed_in, page)
    assert SavedTemplate.objects.get().name == own.name


# Files


def test_what_is_downloaded_can_be_uploaded(signed_in, own):
    file = signed_in.get(reverse("template_download", args=[own.slug]))

    signed_in.post(reverse("template_upload"), {"file": BytesIO(file.content)})

    again = SavedTemplate.objects.latest("pk")
    assert file["Content-Disposition"] == f'attachment; filename="{own.slug}.toml"'
    assert (again.name, again.content) == ("Planned maintenance (3)", own.content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'name = "X"\n[[steps]]\nname = "A"\nkind = "remindr"\noffset = "-5"\naudience = { affected = true }',
         "Line 4: Step “A”: “kind” cannot be “remindr”. Did you mean “reminder”?"),
        (b"name = ", "Line 1: This is no TOML"),
        (b"\xff\xfe", "This is no text in UTF-8."),
        (b"name = 'x'\n" + b"#" * 500_000, "The file has 500 kB."),
    ],
)  # fmt: skip
def test_a_bad_file_makes_nothing_and_says_what_to_do(signed_in, content, said):
    page = signed_in.post(reverse("template_upload"), {"file": BytesIO(content)}).content.decode()

    assert said in page
    assert SavedTemplate.objects.count() == 0


# Waves


def wave(upgrade, **fields):
    like = upgrade.milestones.get(name="Wave 2")
    return {"like": str(like.pk), "name": "Wave 3", "start": "2026-10-01T18:00", "end": "2026-10-01T22:00", **fields}


def test_a_further_wave_gets_the_steps_that_every_wave_has(signed_in, ana):
    upgrade = upgrade_of(ana)
    Notice.objects.filter(milestone__name="Wave 2", title="Reminder").update(words=factories.WORDS)
    site = factories.site("South")

    signed_in.post(reverse("wave_new", args=[upgrade.slug]), wave(upgrade, sites=[site.pk]))

    made = upgrade.milestones.get(name="Wave 3")
    first = upgrade.milestones.get(name="Wave 1")
    each = {step.name for step in templates.known.find("switch_replacement").steps if step.on == "each"}
    assert {step.name for step in made.steps.all()} == each
    assert made.steps.count() == sum(step.on == "each" for step in templates.known.find("switch_replacement").steps)
    assert [one.name for one in made.sites.all()] == ["South"]
    assert set(made.notices.values_list("state", flat=True)) == {NoticeState.DRAFT}
    assert made.notices.get(title="Reminder").words == factories.WORDS
    assert made.steps.get(name="Final reminder: save your work").after == made.steps.get(name="Go/no-go")
    assert made.notices.get(title="Reminder").send_at > first.notices.get(title="Reminder").send_at
    assert made.kind == MilestoneKind.GO_LIVE


def test_a_wave_can_be_taken_back_until_somebody_worked_on_it(signed_in, ana):
    upgrade = upgrade_of(ana)
    before = (Milestone.objects.count(), PlanStep.objects.count(), Notice.objects.count())
    page = signed_in.post(reverse("wave_new", args=[upgrade.slug]), wave(upgrade), follow=True)
    made = upgrade.milestones.get(name="Wave 3")
    made.notices.filter(title="Reminder").update(version=2)

    undo(signed_in, page)
    assert upgrade.milestones.filter(name="Wave 3").exists()
    made.notices.update(version=1)
    signed_in.post(reverse("wave_undo", args=[upgrade.slug, made.pk]))

    assert (Milestone.objects.count(), PlanStep.objects.count(), Notice.objects.count()) == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "wave 1"}, "Another window or milestone is called that."),
        ({"end": "2026-10-01T18:00"}, "The end must be after the start."),
        ({"start": ""}, "This field is required."),
    ],
)
def test_a_wave_that_cannot_be_is_refused(signed_in, ana, fields, said):
    upgrade = upgrade_of(ana)

    page = signed_in.post(reverse("wave_new", args=[upgrade.slug]), wave(upgrade, **fields)).content.decode()

    assert said in page
    assert upgrade.milestones.filter(kind=MilestoneKind.GO_LIVE).count() == 2


def test_without_a_window_there_is_no_wave(signed_in):
    upgrade = factories.upgrade()

    page = signed_in.get(reverse("wave_new", args=[upgrade.slug]), follow=True).content.decode()

    assert "Give the upgrade a window with steps first" in page
