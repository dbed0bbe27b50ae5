"""Which addresses of Apprise are taken: of services that are spoken to over HTTPS, and without what reads files or
loosens a check."""

import re
from urllib.parse import unquote, urlsplit

from notices.channels import guard

HOSTED = {
    *("tgram", "discord", "wxteams", "webex", "zulip", "pover", "pbul", "pagerduty", "opsgenie", "threema", "line"),
    *(
        "whatsapp",
        "cliq",
        "zcliq",
        "twist",
        "ringc",
        "zoom",
        "lark",
        "feishu",
        "dingtalk",
        "wecombot",
        "flock",
        "ryver",
    ),
    *("guilded", "splunk", "victorops", "squadcast", "incidentio", "ilert", "join", "spush", "simplepush", "prowl"),
    *("pushed", "pushy", "spike", "signl4", "pagertree", "betterstack", "clicksend", "bulksms", "seven", "46elks"),
    *("burstsms", "kudosity", "plivo", "infobip", "telnyx", "clickatell", "cm", "d7sms", "msg91", "octopush", "atalk"),
    *("viber", "nctalks", "revolt", "stackfield", "notifiarr"),
}
WITH_A_HOST = {
    *("ntfys", "gotifys", "rockets", "signals", "nctalks", "synologys", "goalerts", "humhubs", "barks", "hassios"),
    *("mastodons", "toots", "ncloud", "nclouds", "evolutions", "smseagles", "misskeys"),
}
IN_THE_CLEAR = {"ntfy", "gotify", "rocket", "signal", "nctalk", "synology", "goalert", "humhub", "bark", "smseagle"}
FORBIDDEN = {
    *("template", "verify", "redirect", "attach", "file", "keyfile", "pem", "config", "store", "mode_file"),
    *("retry", "wait"),  # when something is tried again is decided here
}
ALWAYS_ELSEWHERE = {"ntfy", "ntfys"}  # without a host it is the public one
LONGEST = 2_000


def check_door(url: str) -> str:
    """Raises ValueError with a sentence."""
    schema = schema_of(url)
    if schema not in HOSTED | WITH_A_HOST | IN_THE_CLEAR:
        raise ValueError(
            f"“{schema or url[:20]}” is not among the services that may be used. See the help for the list."
        )
    if len(url) > LONGEST or guard.NOT_IN_A_URL.search(url):
        raise ValueError("This address is too long, or has blanks in it.")
    if refused := _names(url) & FORBIDDEN:
        raise ValueError(f"“{sorted(refused)[0]}” may not be set in an address.")
    try:
        check_host(url, resolve=False)
    except guard.NotAllowed as error:
        raise ValueError(str(error)) from error
    return url


def _names(url: str) -> set[str]:
    """Of its options, as the library reads them: a semicolon divides, too, and # ends nothing."""
    options = re.split("[&;]", url.partition("?")[2])
    return {unquote(one.partition("=")[0].replace("+", " ")).strip(" +-:").lower() for one in options}


def check_host(url: str, *, resolve: bool = True) -> None:
    """Raises NotAllowed, and OSError when the name cannot be resolved."""
    schema = schema_of(url)
    if schema not in WITH_A_HOST | IN_THE_CLEAR:
        return
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise guard.NotAllowed("This is not an address of Apprise.") from error
    if not host or (schema in ALWAYS_ELSEWHERE and not parts.path.strip("/")):
        return
    guard.check_literal(host)
    if resolve:
        guard.targets(host, port or (80 if schema in IN_THE_CLEAR else 443), encrypted=schema not in IN_THE_CLEAR)


def schema_of(url: str) -> str:
    return url.partition("://")[0].lower() if "://" in url else ""
