import pytest

from notices.channels.base import AddressRefused, ChannelDown, ChannelError, Later
from notices.channels.email.judging import reason, refusal, wait
from notices.channels.email.replies import Reply


def reply(line):
    return Reply(int(line[:3]), line[4:])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "450 4.2.0 <cai@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example",
            "greylisted",
        ),
        ("451 4.7.1 Greylisting in action, please come back in 00:04:59", "greylisted"),
        ("450 4.7.1 You are graylisted, try again", "greylisted"),
        ("451 4.7.1 Sorry, please come back later", "greylisted"),
        ("421 4.7.0 mx.example.org Error: too many connections from 192.0.2.1", "connections"),
        ("421 Too many concurrent SMTP connections; please try again later.", "connections"),
        ("432 4.3.2 Concurrent connections limit exceeded. STOREDRV.ClientSubmit", "connections"),
        ("452 4.3.2 Connection rate limit exceeded", "connections"),
        ("450 4.7.1 Error: too many sessions from your host", "connections"),
        ("421 4.4.2 mx.example.org Error: timeout exceeded", "connections"),
        ("421 4.3.2 Service shutting down", "connections"),
        ("432 4.7.12 A password transition is needed", "throttled"),
        ("450 4.7.1 Error: too much mail from 192.0.2.1", "throttled"),
        ("451 4.7.500 Server busy. Please try again later from [192.0.2.1].", "throttled"),
        ("450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents it", "refused"),
        ("450 4.2.1 The user you are trying to contact is receiving mail too quickly", "refused"),
        ("421 4.4.2 Message submission rate for this client has exceeded the configured limit", "throttled"),
        ("451 4.4.0 Mail rate exceeded for 192.0.2.1", "throttled"),
        ("421 Maximum message count per session reached", "connections"),
        ("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume", "throttled"),
        ("421 4.7.28 Gmail has detected an unusual rate of unsolicited mail", "throttled"),
        ("421 4.7.0 Try again later, closing connection.", "throttled"),
        ("452 4.5.3 Your message has too many recipients", "throttled"),
        ("452 4.5.3 too many messages this hour", "throttled"),
        ("454 Throttling failure: Maximum sending rate exceeded.", "throttled"),
        ("451 4.7.1 Limit of 100 exceeded per hour", "throttled"),
        ("450 4.4.5 System is congested", "throttled"),
        ("452 4.2.2 The mailbox is over quota", "refused"),
        ("452 4.3.1 Insufficient system storage", "refused"),
        ("450 4.1.8 Sender address rejected: Domain not found", "refused"),
        ("451 4.3.0 Queue file write error", "refused"),
        ("450 4.7.1 Client host rejected: cannot find your hostname", "refused"),
        ("450", "refused"),
    ],
)
def test_why_it_did_not_work_for_now(line, expected):
    assert reason(reply(line)) == Later(expected)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Greylisted for 5 minutes, retry after 300 seconds", 300),
        ("please come back in 00:04:59", 299),
        ("try again in 5 minutes", 300),
        ("Retry-After: 120s", 120),
        ("wait at least 1 hour", 3600),
        ("try again in 999999 hours", 6 * 3600),
        ("4.2.0 greylisted, see 10.0.0.1 for details", 0),
        ("in 2026 all was better", 0),
        ("", 0),
    ],
)
def test_how_long_the_server_asks_us_to_wait(text, seconds):
    assert wait(text) == seconds


def test_what_is_asked_for_goes_with_the_refusal():
    error = refusal("RCPT", reply("451 4.7.1 Greylisted, please come back in 00:05:00"))

    assert (error.permanent, error.later, error.wait) == (False, Later.GREYLISTED, 300)


@pytest.mark.parametrize(
    ("stage", "line", "kind", "permanent"),
    [
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", ChannelDown, False),
        ("MAIL", "535 5.7.8 not logged in", ChannelDown, False),
        ("MAIL", "550 5.1.1 sender unknown", ChannelError, True),
        ("RCPT", "550 5.1.1 no such user", AddressRefused, True),
        ("RCPT", "550 5.2.1 mailbox disabled", AddressRefused, True),
        ("content", "550 5.1.6 moved", AddressRefused, True),
        ("RCPT", "550 5.2.2 mailbox full", ChannelError, True),
        ("RCPT", "554 5.7.1 relay access denied", ChannelError, True),
        ("content", "550 5.4.5 Daily user sending limit exceeded", ChannelError, False),
        ("content", "550 5.4.6 Daily sending quota exceeded", ChannelError, False),
    ],
)
def test_what_a_refusal_is_about(stage, line, kind, permanent):
    error = refusal(stage, reply(line))

    assert (type(error), error.permanent) == (kind, permanent)


def test_our_quota_is_a_matter_of_waiting():
    assert refusal("content", reply("550 5.4.5 Daily user sending limit exceeded")).later is Later.THROTTLED


@pytest.mark.parametrize(
    ("stage", "line", "of_us"),
    [
        ("MAIL", "550 5.7.1 we do not like you", True),
        ("RCPT", "535 5.7.8 authentication required", True),
        ("RCPT", "553 5.7.1 <upgrades@example.org>: Sender address rejected: not owned by user relay", True),
        ("content", "554 5.2.252 SendAsDenied; relay@example.org not allowed to send as upgrades@example.org", True),
        ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", True),
        ("content", "550 5.7.26 This mail is unauthenticated: DKIM = did not pass", True),
        ("content", "550 5.7.1 Your IP is on our list", True),
        ("RCPT", "550 5.7.1 <cai@example.org>: Recipient address rejected: policy of this domain", False),
        ("RCPT", "554 5.7.1 <cai@example.org>: Relay access denied", False),
        ("RCPT", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", False),
        ("RCPT", "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized to send to this group", False),
        ("content", "554 5.7.1 looks like spam", False),
    ],
)
def test_what_speaks_of_us_speaks_for_all_messages(stage, line, of_us):
    assert refusal(stage, reply(line)).of_us == of_us


@pytest.mark.parametrize(
    ("stage", "line", "of_letter"),
    [
        ("MAIL", "552 5.3.4 Message size exceeds fixed limit", True),
        ("MAIL", "552 5.2.3 Message size exceeds fixed maximum message size (20000)", True),
        ("MAIL", "552 Message size exceeds maximum permitted", True),
        ("MAIL", "552 Requested mail action aborted: exceeded storage allocation", True),
        ("MAIL", "523 the message is too large", True),
        ("MAIL", "552 5.2.2 Sender is over quota", False),
        ("RCPT", "552 5.2.3 <cai@example.org>: message length exceeds administrative limit", True),
        ("RCPT", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient", True),
        ("RCPT", "552 5.2.2 Over quota", False),
        ("RCPT", "552 Mailbox is full", False),
        ("RCPT", "550 Mailbox size limit exceeded", False),
        ("content", "554 The user's mailbox exceeds its allowed size", False),
        ("RCPT", "552 Requested mail action aborted: exceeded storage allocation", False),
        ("RCPT", "550 5.1.1 nobody", False),
        ("DATA", "552 Too much mail data", True),
        ("content", "552 5.3.4 Error: message file too big", True),
        ("content", "552-5.3.4 Your message exceeded our message size limits.", True),
        ("content", "552 sorry, that message size exceeds my databytes limit (#5.3.4)", True),
        (
            "content",
            "552 5.7.0 This message was blocked because its content presents a potential security issue",
            False,
        ),
        ("content", "554 5.7.1 looks like spam", False),
        ("content", "452 4.3.4 Message too big for now", False),
    ],
)
def test_a_letter_that_is_too_large_is_nobodys_fault_but_its_own(stage, line, of_letter):
    error = refusal(stage, reply(line), size=24_310)

    assert (error.of_letter, "24,310 bytes" in str(error)) == (of_letter, of_letter)
    assert not (error.of_letter and error.of_us)
