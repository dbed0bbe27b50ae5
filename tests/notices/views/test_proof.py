"""The page "Proof" of an upgrade, and the download."""

import io

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.enums import Role
from notices.models import ProofPack
from notices.proof import verifying
from tests import factories

PAGE, MAKE = "/upgrades/mail/proof/", "/upgrades/mail/proof/make/"


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", slug="mail")


def sent_notice(upgrade, *people):
    notice = factories.released_notice(factories.milestone(upgrade), people=people)
    notice.messages.update(state="sent", sent_at=timezone.now(), sha256=b"x" * 32)
    return notice


def test_the_page_says_what_a_pack_would_hold(client, ana, upgrade, cai):
    sent_notice(upgrade, cai)
    client.force_login(ana)

    response = client.get(PAGE)

    assert dict(response.context["counts"])["Versions of notices, with their words, facts and approvals"] == 1
    assert response.context["total"] == 3  # a letter, a version, a milestone
    assert "No pack yet" in response.content.decode()


def test_earlier_packs_are_listed_with_their_heads(client, ana, upgrade):
    for number in (1, 2):
        ProofPack.objects.create(
            upgrade=upgrade, head=str(number) * 64, entries=number, made_by=ana if number == 1 else None,
            made_at=timezone.now(),
        )  # fmt: skip
    client.force_login(ana)

    content = client.get(PAGE).content.decode()

    assert content.index("2" * 64) < content.index("1" * 64)
    assert "the command line" in content


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_as_many_queries_for_one_as_for_three(client, ana, upgrade, number, django_assert_num_queries):
    for count in range(number):
        sent_notice(upgrade, *(factories.person() for _ in range(number)))
        ProofPack.objects.create(upgrade=upgrade, head=str(count) * 64, entries=1, made_by=ana, made_at=timezone.now())
    client.force_login(ana)
    client.get(PAGE)

    with django_assert_num_queries(QUERIES):
        client.get(PAGE)


QUERIES = 13


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", ["yes", "no"])
def test_the_download_is_a_pack_that_is_intact(client, ana, cai, upgrade, names):
    cache.clear()
    sent_notice(upgrade, cai)
    client.force_login(ana)

    response = client.post(MAKE, {"names": names})
    pack = verifying.verify(io.BytesIO(response.getvalue()))

    kept = ProofPack.objects.get()
    assert (kept.head, kept.made_by) == (pack.head, ana)
    assert (pack.closing["names"], pack.closing["by"]) == (names == "yes", "Ana Abel")
    assert response["Content-Disposition"].startswith('attachment; filename="proof-mail-')
    assert response["Cache-Control"] == "private, no-store"


def test_a_get_makes_nothing(client, ana, upgrade):
    client.force_login(ana)

    assert client.get(MAKE).status_code == 405
    assert not ProofPack.objects.exists()


@pytest.mark.parametrize("role", [Role.READER, Role.APPROVER, Role.DEPARTMENT_CONTACT])
def test_personal_data_leave_only_by_those_who_write_notices(client, upgrade, role):
    client.force_login(factories.account("Ben", role=role))

    page, response = client.get(PAGE), client.post(MAKE, {"names": "yes"})

    assert (page.status_code, response.status_code) == (200, 403)
    assert "Download with names" not in page.content.decode()
    assert not ProofPack.objects.exists()


def test_many_packs_in_a_row_have_to_wait(client, ana, upgrade, monkeypatch):
    cache.clear()
    monkeypatch.setattr("notices.views.proof.PACKS", 0)
    client.force_login(ana)

    response = client.post(MAKE, {"names": "no"}, follow=True)

    assert "many packs within an hour" in response.content.decode()
