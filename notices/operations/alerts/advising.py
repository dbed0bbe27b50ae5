"""What a person can do about it."""

import re

from notices.operations.alerts.kinds import (
    CLOCK,
    DATABASE,
    DOES_NOT_WORK,
    DOMAIN,
    DRIFT,
    FAILURES,
    LATE,
    NOT_SET_UP,
    OUTLET,
    QUEUE,
    SECRETS,
    SET_ASIDE,
    TIME,
    WORKERS,
)
from stakeholders.enums import Channel

ADVICE: dict[str, str] = {
    CLOCK: "Start the processes “beat” and “clock” again, and look into their logs. Nothing is lost: what is due goes "
    "out once the clock ticks. After an hour of silence it waits for a person's word.",
    WORKERS: "Start the process “worker” again, and look into its log. If it is busy with a mail server that does not "
    "answer, start more workers.",
    QUEUE: "See whether the channel works, is stopped or is limited. A long queue over a limited channel is only slow; "
    "more workers do not help then.",
    LATE: "Open these notices: each says why it was not released.",
    FAILURES: "Open a notice with failures and read what the other side answered. If all of them say the same, stop "
    "the channel until that is settled.",
    OUTLET: "Read on its page what the other side answered, put that right, try it out and start it.",
    DOMAIN: "Read what the domain answered, put that right with whoever runs its mail server, and start it again on "
    "the page of the channel. Everybody else gets their mail meanwhile.",
    SECRETS: "Put the former key behind the present one into SECRETS_KEYS (or SECRET_KEY_FALLBACKS), start the web "
    "processes and the workers again, and run “manage.py rotate_secrets”. Where the key is lost, enter the secrets "
    "again. What waits goes out then.",
    NOT_SET_UP: "Set the channel up, or tell these people another way: what waits for it longer than a quarter of an "
    "hour ends as failed, and can be tried again once it is set up.",
    SET_ASIDE: "Open these notices: each message says why. The others went on without them. Put right what was wrong, "
    "and try the failed ones again; or tell these people another way.",
    DRIFT: "Open the ledgers of the upgrades that moved, and send the corrections that wait there.",
    TIME: "Let all machines get the time from the same place (NTP). Nothing is sent twice because of it, but what is "
    "due leaves too early or too late.",
    DATABASE: "Make room on the disk of the database, or let it be written to again. Everything goes on by itself "
    "within a minute; what waits goes out then.",
}
REFUSES_LOGIN = re.compile(r"log-?in|\b53[458]\b|\b530\b(?!.*starttls)|authenticat", re.IGNORECASE)
LOGIN = (
    "The mail server does not take our name and password: put the right ones into EMAIL_URL (EMAIL_FALLBACK_URL for "
    "the fallback), and start the web processes and the workers again."
)
UNREACHABLE = (
    "See whether the mail server runs, whether its name and port in EMAIL_URL are right, and whether a firewall stands "
    "between."
)
LOOK = "Read what the mail server answered, and ask whoever runs it."
BY_ITSELF = "It is tried once a minute: once it works, everything goes on by itself. Nothing is lost meanwhile."
OF_CHANNEL = f"Read what the other side answered, and look at how the channel is set up. {BY_ITSELF}"


def advice(key: str, said: str = "") -> str:
    """`said`: of what is wrong; some of it tells more exactly what to do."""
    kind = key.partition(":")[0]
    if kind == OUTLET and DOES_NOT_WORK in said:
        return _of_mail(said) if key.startswith(f"{OUTLET}:{Channel.EMAIL}:") else OF_CHANNEL
    return ADVICE.get(kind, "")


def _of_mail(said: str) -> str:
    what = LOGIN if REFUSES_LOGIN.search(said) else UNREACHABLE if "cannot be reached" in said else LOOK
    return f"{what} {BY_ITSELF}"
