"""People answer a survey while the processes that take their answers are killed."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from django.urls import reverse

from commsplan.lib import tokens
from feedback import inviting
from feedback.models import Invitation
from stakeholders.models import Person
from tests import factories
from tests.faults.site.running import PATIENCE, until

HANDS = 4


def test_every_answer_that_we_thanked_for_is_stored_once(site, dice, rounds, results):
    people = 150 * rounds
    links = invite(site, people)
    over, kills = Event(), []

    def answer(link: str) -> tuple[int, int]:
        """As people do: again, until there is an answer. Returns the first and the last status."""
        deadline = time.monotonic() + PATIENCE
        found = [site.page(link, {"question-1": "4"})[0]]
        while found[-1] in (0, 500) and time.monotonic() < deadline:
            time.sleep(0.2)
            found.append(site.page(link, {"question-1": "4"})[0])
        return found[0], found[-1]

    def kill() -> None:
        """One of its processes each second in which it answers, and what gave up then is started again, as the
        supervisor does."""
        while not over.wait(0.5 + dice.random()):
            if site.pid("web") and dice.random() < 0.7:
                kills.append(site.kill_one("web", dice))
            else:
                site.kill("web")
                kills.append(0)
                site.run("web")
            until(lambda: over.is_set() or not site.pid("web") or site.page("/healthz")[0] == 200)

    with ThreadPoolExecutor(HANDS + 1) as hands:
        killing = hands.submit(kill)
        try:
            ended = list(hands.map(answer, links))
        finally:
            over.set()
        killing.result()

    assert {last for _, last in ended} <= {200, 409}  # 409: the first try had been stored, but its answer was lost
    assert site.sql("SELECT count(*) FROM feedback_response") == [(people,)]
    twice = "SELECT invitation_id FROM feedback_response GROUP BY 1 HAVING count(*) > 1"
    assert site.sql(twice) == []
    results(answers=people, kills=len(kills), repeated=sum(first == 0 for first, _ in ended))


def invite(site, count: int) -> list[str]:
    with site.inside():
        asked = factories.survey(is_anonymous=False)
        people = Person.objects.bulk_create(
            Person(name=f"Answers {number}", email=f"answers{number}@{asked.pk}.example") for number in range(count)
        )
        inviting.invite(asked, Person.objects.filter(pk__in=[one.pk for one in people]))
        keys = Invitation.objects.filter(survey=asked).values_list("pk", flat=True)
        return [reverse("answer", args=[tokens.make("survey", key)]) for key in keys]
