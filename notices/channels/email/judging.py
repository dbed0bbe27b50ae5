"""What a refusal means for the message and for those that follow."""

import re

from notices.channels.base import AddressRefused, ChannelDown, ChannelError, Later
from notices.channels.email.replies import Reply

CLOSING = 421
NOT_FOR_US = {530, 535, 538}  # we are not logged in as we should be: no message can do anything about it
LOG_IN = re.compile(
    r"authenticat\w+ (?:is )?required|requires? authentication|authenticate first|\bauth (?:command )?first"
    r"|(?:must|please) (?:first )?(?:be )?(?:authenticate|log ?in)|client was not authenticated",
    re.IGNORECASE,
)
CONFUSED = {500, 502, 503}  # what a server says that lost a command, or the order of them
NOBODY_THERE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
ABOUT_US = re.compile(
    r"\bsender (?:address |domain )?(?:denied|rejected|refused|blocked)|send ?as ?denied"
    r"|not (?:allowed|permitted|authori[sz]ed) to (?:send|submit|relay) (?:as|from)\b"
    r"|block ?list|black ?list|spamhaus|\brbl\b|\b(?:spf|dkim|dmarc)\b"
    r"|\b(?:your|client|sending) (?:ip|host|server|domain|account|address|reputation)\b",
    re.IGNORECASE,
)
TOO_LARGE = {"5.2.3", "5.3.4"}
LARGE = re.compile(
    r"\b(?:message|mail|letter)\b.{0,20}\b(?:size|length)\b.{0,40}\b(?:exceed|limit|large|max)"
    r"|exceed\w*\b.{0,40}\b(?:size|length)\b|too (?:big|large)\b|message is too long|too much mail data",
    re.IGNORECASE,
)
FULL = re.compile(r"quota|mailbox|\bfull\b|storage", re.IGNORECASE)
LONGEST_WAIT = 6 * 3600  # seconds
NOBODY = re.compile(
    r"(?:no such|unknown|invalid|unrouteable|non-?existent) (?:local )?(?:user|mailbox|recipient|address|account)"
    r"|(?:user|mailbox|recipient|address|account)\b.{0,20}\b(?:unknown|not found|does(?: not|n't) exist)",
    re.IGNORECASE,
)
ENHANCED_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")

GREYLISTED = re.compile(r"gr[ae]y[- ]?list|first[- ]time sender|come back (?:in|after|later)", re.IGNORECASE)
CONNECTIONS = re.compile(
    r"(?:too many|maximum|limit|number of|exceed)\W.{0,40}(?:connections?|sessions?)\b"
    r"|(?:connections?|sessions?)\W.{0,30}(?:limit|exceed|too many)|concurren",
    re.IGNORECASE,
)
THROTTLED = re.compile(
    r"throttl|slow(?:ing)? down|too fast|too quickly|rate[- ]?limit|(?:sending|message|unusual|high) rate|at a rate"
    r"|too (?:many|much) (?:e-?)?(?:mails?|messages?|recipients?|requests?|traffic|rcpts?)"
    r"|\b(?:submission|message|sending|mail) rate\b|\brate\b.{0,40}\bexceed"
    r"|(?:hourly|daily|sending|outgoing|outbound)\b.{0,20}\b(?:quota|limit)"
    r"|(?:quota|limit|exceed\w*)\b.{0,40}\bper (?:second|minute|hour|day)\b"
    r"|temporarily (?:deferred|rate)|server (?:is )?(?:too )?busy|try again later, closing connection",
    re.IGNORECASE,
)
THIS_MAILBOX = re.compile(r"\b(?:user|recipient|mailbox)\b.{0,40}\breceiving (?:e?-?mail|messages)\b", re.IGNORECASE)
THROTTLING_CODES = re.compile(r"4\.7\.28|4\.7\.(?:5|6)\d\d|4\.4\.5|4\.5\.3|4\.3\.2")
OUR_QUOTA = re.compile(
    r"\b5\.4\.5\b.*\b(?:sending|quota|limit)|(?:hourly|daily)\b.{0,20}\bsending (?:quota|limit)", re.IGNORECASE
)
WAIT = re.compile(
    r"\b(?:in|after|for|wait|least|within|retry)\W{1,3}(?:(\d{1,2}):(\d\d):(\d\d)\b|(\d{1,6}) ?(s|m|h)[a-z]*\b)",
    re.IGNORECASE,
)
SECONDS = {"s": 1, "m": 60, "h": 3600}


def refusal(stage: str, reply: Reply, *, size: int = 0) -> ChannelError:
    """`size`: of the letter, in bytes."""
    sentence = f"The mail server answered {reply}"
    if reply.kind == 4:
        return ChannelError(
            sentence, permanent=False, closes=reply.code == CLOSING, later=reason(reply), wait=wait(reply.text)
        )
    if wants_login(stage, reply):
        return ChannelDown(sentence)
    if is_too_large(stage, reply):
        return too_large(size, why=sentence)
    enhanced = ENHANCED_CODE.search(reply.text)
    if stage != "MAIL" and enhanced and enhanced[0] in NOBODY_THERE:
        return AddressRefused(sentence)
    if stage == "RCPT" and reply.code in (550, 551, 553) and not enhanced and NOBODY.search(reply.text):
        return AddressRefused(sentence)
    if OUR_QUOTA.search(reply.text):
        return ChannelError(sentence, permanent=False, later=Later.THROTTLED, wait=wait(reply.text))
    return ChannelError(sentence, permanent=True, of_us=_is_about_us(stage, reply))


def too_large(size: int, *, why: str) -> ChannelError:
    """Whoever gets it: so it says nothing about the server, a domain or us."""
    return ChannelError(f"The letter is too large: it has {size:,} bytes. {why}", permanent=True, of_letter=True)


def is_too_large(stage: str, reply: Reply) -> bool:
    """552 may mean a full mailbox as well, and so may words about a size."""
    if enhanced := ENHANCED_CODE.search(reply.text):
        return reply.kind == 5 and enhanced[0] in TOO_LARGE
    if reply.code == 552 and stage == "MAIL":
        return True
    if FULL.search(reply.text):
        return False
    return reply.code == 552 or (reply.kind == 5 and bool(LARGE.search(reply.text)))


def _is_about_us(stage: str, reply: Reply) -> bool:
    """Not about this recipient, its domain or this letter: others would hear the same."""
    return stage == "MAIL" or reply.code in NOT_FOR_US or bool(ABOUT_US.search(reply.text))


def wants_login(stage: str, reply: Reply) -> bool:
    """Words count at MAIL alone: later they may be about one recipient, such as a list for members only."""
    if stage == "MAIL":
        return reply.code in NOT_FOR_US or (reply.kind == 5 and LOG_IN.search(reply.text) is not None)
    return reply.code in (530, 538) and stage in ("RCPT", "DATA")


def is_confused(stage: str, reply: Reply) -> bool:
    """It seems that the server lost a command, or the order of them."""
    return reply.code in CONFUSED and not wants_login(stage, reply)


def reason(reply: Reply) -> Later:
    """Why it did not work for now."""
    if GREYLISTED.search(reply.text):
        return Later.GREYLISTED
    if CONNECTIONS.search(reply.text):
        return Later.CONNECTIONS
    if THIS_MAILBOX.search(reply.text):
        return Later.REFUSED
    if reply.code in (432, 454) or THROTTLED.search(reply.text):
        return Later.THROTTLED
    enhanced = ENHANCED_CODE.search(reply.text)
    if reply.code == CLOSING:
        return Later.THROTTLED if enhanced and enhanced[0] in ("4.7.0", "4.7.28") else Later.CONNECTIONS
    if enhanced and THROTTLING_CODES.fullmatch(enhanced[0]):
        return Later.THROTTLED
    return Later.REFUSED


def wait(text: str) -> float:
    """The seconds that the server asks us to wait; 0 when it does not say."""
    if not (found := WAIT.search(text)):
        return 0
    if found[4]:
        seconds = int(found[4]) * SECONDS[found[5].lower()]
    else:
        seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
    return min(seconds, LONGEST_WAIT)
