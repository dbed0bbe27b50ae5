"""What would lead to them."""

import re
from dataclasses import dataclass

from notices.models import Message
from stakeholders.models import Person

NAME = "Erased person"


BEFORE, AFTER = r"(?<!\w)", r"(?!\w)"
SIGN = re.compile(r"([^\w\s])")


@dataclass(frozen=True)
class Traces:
    """All names, addresses, phones and numbers they ever had. Only what is long enough to be theirs alone is looked for
    in texts: nobody takes "Li" out of every word."""

    emails: frozenset[str]
    exact: frozenset[str]

    @property
    def pattern(self) -> str:
        """For PostgreSQL and for Python alike."""
        words = sorted(self.emails | self.exact, key=lambda word: (-len(word), word))
        return "|".join(BEFORE + SIGN.sub(r"\\\1", word) + AFTER for word in words)


def traces_of(keys: list[int]) -> Traces:
    events = Person.pgh_event_model.objects.filter(pgh_obj__in=keys)  # type: ignore[attr-defined]
    names: set[str] = set()
    emails: set[str] = set()
    for rows in (Person.objects.filter(pk__in=keys), events):
        for name, email, *others in rows.order_by().values_list("name", "email", "phone", "external_id").distinct():
            names |= {word.strip() for word in (name, *others) if _is_telling(word.strip())}
            emails.add(email.lower())
    messages = Message.objects.filter(person__in=keys).order_by()
    emails |= {address.lower() for address in messages.values_list("address", flat=True).distinct()}
    called = messages.values_list("values__name", flat=True).distinct()
    names |= {name.strip() for name in called if isinstance(name, str) and _is_telling(name.strip())}
    return Traces(emails=frozenset(emails - {""}), exact=frozenset(names))


def _is_telling(word: str) -> bool:
    """A first name or a short number alone may be anybody's."""
    return len(word) >= 5 and (" " in word or any(letter.isdigit() for letter in word))


def without(text: str, traces: Traces) -> str:
    return re.sub(traces.pattern, NAME, text, flags=re.IGNORECASE) if traces.pattern else text
