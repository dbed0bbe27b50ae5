"""Reports of providers, each signed as that provider signs."""

import base64
import hashlib
import hmac
import json
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from django.urls import reverse
from django.utils import timezone

from notices.enums import IncomingKind, MessageState
from notices.models import Incoming, Message, Receipt
from notices.pipeline.coming_back.reported import amazon
from stakeholders.enums import AddressState
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
URL = reverse("mail_reports")
SECRET = "reports:s3cret"
BASIC = {"authorization": "Basic " + base64.b64encode(SECRET.encode()).decode()}
UNKNOWN = "550 5.1.1 User unknown"


@pytest.fixture
def message(cai) -> Message:
    notice = factories.released_notice(people=[cai])
    notice.messages.update(state=MessageState.SENT, sent_at=NOW, sha256=b"x" * 32)
    return notice.messages.get()


@pytest.fixture(autouse=True)
def providers(settings):
    """anymail warns of providers that it cannot try out any more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def configured(settings):
    def configure(provider, secret=SECRET):
        settings.MAIL_REPORTS_FROM, settings.MAIL_REPORTS_SECRET = provider, secret

    return configure


def post(client, body, headers=None, **more):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(URL, raw, content_type="application/json", headers=headers or {}, **more)


def states(message):
    row = Message.objects.select_related("person").get(pk=message.pk)
    return row.state, row.person.email_state


GONE = (MessageState.BOUNCED, AddressState.BOUNCED)
UNTOUCHED = (MessageState.SENT, AddressState.WORKING)


def postmark(message, **changes):
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "Email": message.address,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "BouncedAt": "2026-03-02T09:00:00Z",
        "Details": f"smtp;{UNKNOWN}",
        "Description": "The server was unable to deliver your message.",
        "Metadata": {"message": str(message.pk)},
    } | changes


def mailjet(message):
    return [
        {
            "event": "bounce",
            "time": 1430812195,
            "MessageID": 13792286917004336,
            "email": message.address,
            "blocked": False,
            "hard_bounce": True,
            "error_related_to": "recipient",
            "error": "user unknown",
            "Payload": json.dumps({"message": str(message.pk)}),
        }
    ]


def brevo(message):
    return {
        "event": "hard_bounce",
        "email": message.address,
        "id": 1,
        "date": "2026-03-02 09:00:00",
        "ts_epoch": 1772442000000,
        "message-id": "<x@smtp-relay>",
        "reason": UNKNOWN,
        "X-Mailin-custom": json.dumps({"message": str(message.pk)}),
    }


def sparkpost(message):
    event = {
        "type": "bounce",
        "bounce_class": "10",
        "event_id": "92356927693813856",
        "rcpt_to": message.address,
        "timestamp": "1772442000",
        "transmission_id": "65832150921904138",
        "raw_reason": UNKNOWN,
        "reason": UNKNOWN,
        "rcpt_meta": {"message": str(message.pk)},
    }
    return [{"msys": {"message_event": event}}]


@pytest.mark.parametrize("made", [postmark, mailjet, brevo, sparkpost])
def test_who_knows_the_password_is_heard(client, configured, message, made):
    configured(made.__name__)

    assert post(client, made(message), BASIC).status_code == 200

    row = Incoming.objects.get()
    assert (row.source, row.kind, row.message, row.is_permanent) == (made.__name__, IncomingKind.BOUNCE, message, True)
    assert states(message) == GONE


@pytest.mark.parametrize("made", [postmark, mailjet, brevo, sparkpost])
@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic d3Jvbmc6d3Jvbmc="}, {"authorization": "Basic \xff"}])
def test_who_does_not_is_refused_and_nothing_is_kept(client, configured, message, made, headers):
    configured(made.__name__)

    assert post(client, made(message), headers).status_code == 403

    assert not Incoming.objects.exists()
    assert states(message) == UNTOUCHED


def test_a_report_that_comes_again_counts_once(client, configured, message):
    configured("postmark")

    for _ in range(3):
        post(client, postmark(message), BASIC)

    assert (Incoming.objects.count(), Receipt.objects.count()) == (1, 1)


def test_a_complaint_over_the_web_is_respected(client, configured, message):
    configured("postmark")

    post(client, postmark(message, RecordType="SpamComplaint", Type="SpamComplaint"), BASIC)

    assert states(message) == (MessageState.SENT, AddressState.COMPLAINED)


def test_a_full_mailbox_spares_the_address(client, configured, message):
    configured("postmark")

    post(client, postmark(message, Type="SoftBounce", Details="smtp;552 5.2.2 Mailbox full"), BASIC)

    assert states(message)[1] == AddressState.WORKING


def test_a_report_of_another_address_gives_none_up(client, configured, message):
    configured("postmark")

    post(client, postmark(message, Email="somebody@else.example"), BASIC)

    assert states(message)[1] == AddressState.WORKING


# Mailgun


def mailgun(message, *, key="signing", age=timedelta(0)):
    stamp, token = str(int((timezone.now() - age).timestamp())), "t" * 50
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "timestamp": float(stamp),
            "id": "abc",
            "recipient": message.address,
            "delivery-status": {"code": 550, "message": UNKNOWN, "description": ""},
            "message": {"headers": {"message-id": "x@mailgun"}},
            "user-variables": {"message": str(message.pk)},
        },
    }


def test_mailgun_signs_with_a_key(client, configured, message):
    configured("mailgun", "signing")

    assert post(client, mailgun(message)).status_code == 200
    assert states(message) == GONE


@pytest.mark.parametrize("wrong", [{"key": "another"}, {"age": timedelta(days=3)}, {"age": timedelta(days=-3)}])
def test_mailgun_is_refused_with_another_key_or_an_old_signature(client, configured, message, wrong):
    configured("mailgun", "signing")

    assert post(client, mailgun(message, **wrong)).status_code == 403
    assert not Incoming.objects.exists()


# SendGrid


def sendgrid(message, key, *, stamp=None):
    event = {
        "email": message.address,
        "event": "bounce",
        "type": "bounce",
        "reason": UNKNOWN,
        "status": "5.1.1",
        "timestamp": 1772442000,
        "sg_event_id": "e1",
        "sg_message_id": "m1",
        "message": str(message.pk),
    }
    raw, stamp = json.dumps([event]).encode(), stamp or str(int(timezone.now().timestamp()))
    signature = base64.b64encode(key.sign(stamp.encode() + raw, ec.ECDSA(hashes.SHA256()))).decode()
    return raw, {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }


@pytest.fixture
def sendgrid_key(configured):
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    configured("sendgrid", base64.b64encode(public).decode())
    return key


def test_sendgrid_signs_with_a_curve(client, sendgrid_key, message):
    assert post(client, *sendgrid(message, sendgrid_key)).status_code == 200
    assert states(message) == GONE


def test_sendgrid_is_refused_when_anything_is_changed(client, sendgrid_key, message):
    raw, headers = sendgrid(message, sendgrid_key)
    other = ec.generate_private_key(ec.SECP256R1())

    answers = [
        post(client, raw + b" ", headers),
        post(client, raw, {}),
        post(client, *sendgrid(message, other)),
        post(client, *sendgrid(message, sendgrid_key, stamp="1000000000")),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert not Incoming.objects.exists()


# Resend


def resend(message, *, key=b"k" * 24):
    data = {
        "email_id": "e1",
        "to": [message.address],
        "from": "a@b.example",
        "created_at": "2026-03-02T09:00:00Z",
        "headers": [{"name": "X-Metadata", "value": json.dumps({"message": str(message.pk)})}],
        "bounce": {"message": UNKNOWN, "type": "Permanent", "subType": "General"},
    }
    raw = json.dumps({"type": "email.bounced", "created_at": "2026-03-02T09:00:00Z", "data": data}).encode()
    stamp = str(int(timezone.now().timestamp()))
    signature = base64.b64encode(hmac.digest(key, f"id1.{stamp}.".encode() + raw, "sha256")).decode()
    return raw, {"svix-id": "id1", "svix-timestamp": stamp, "svix-signature": f"v1,AAAA v1,{signature}"}


def test_resend_signs_with_a_key(client, configured, message):
    configured("resend", "whsec_" + base64.b64encode(b"k" * 24).decode())

    assert post(client, *resend(message, key=b"other")).status_code == 403
    assert post(client, *resend(message)[:1]).status_code == 403
    assert states(message) == UNTOUCHED
    assert post(client, *resend(message)).status_code == 200
    assert states(message) == GONE


# MailerSend


def test_mailersend_signs_the_body(client, configured, message):
    configured("mailersend", "signing")
    data = {
        "id": "a1",
        "type": "hard_bounced",
        "created_at": "2026-03-02T09:00:00Z",
        "email": {
            "recipient": {"email": message.address},
            "message": {"id": "m1"},
            "headers": {},
        },
        "morph": {"object": "recipient_bounce", "reason": UNKNOWN},
    }
    raw = json.dumps({"type": "activity.hard_bounced", "data": data}).encode()
    good = hmac.new(b"signing", raw, hashlib.sha256).hexdigest()

    assert post(client, raw, {"Signature": "0" * 64}).status_code == 403
    assert not Incoming.objects.exists()
    assert post(client, raw, {"Signature": good}).status_code == 200
    assert Incoming.objects.get().kind == IncomingKind.BOUNCE


# Amazon

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"


@pytest.fixture(scope="module")
def amazon_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def certificate(amazon_key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, amazon_key.public_key(), 1, day, day + timedelta(days=365))
    return made.sign(amazon_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def sns(message, key, *, at=NOW, **changes):
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [
            {"emailAddress": message.address, "action": "failed", "status": "5.1.1", "diagnosticCode": UNKNOWN}
        ],
    }
    said = {
        "Type": "Notification",
        "MessageId": "n1",
        "TopicArn": TOPIC,
        "Message": json.dumps({"notificationType": "Bounce", "bounce": bounce, "mail": {"messageId": "0101"}}),
        "Timestamp": at.isoformat().replace("+00:00", "Z"),
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE,
    }
    signed = "".join(f"{name}\n{said[name]}\n" for name in amazon.SIGNED["Notification"] if name in said).encode()
    said["Signature"] = base64.b64encode(key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()
    return json.dumps(said | changes).encode()


def read(body, certificate, *, now=NOW):
    return amazon.read(body, topic=TOPIC, now=now, fetch=lambda url: certificate)


def test_amazon_signs_with_its_certificate(message, amazon_key, certificate):
    (event,) = read(sns(message, amazon_key), certificate)

    assert (event.report.kind, event.report.address, event.report.status) == ("bounce", message.address, "5.1.1")


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": "{}"},
        {"Signature": "AAAA"},
        {"TopicArn": TOPIC + "2"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem"},
        {"SigningCertURL": "http://169.254.169.254/latest"},
        {"SignatureVersion": "9"},
    ],
)
def test_amazon_is_refused_when_anything_is_changed(message, amazon_key, certificate, changes):
    with pytest.raises(amazon.NotTheirs):
        read(sns(message, amazon_key, **changes), certificate)


def test_amazon_is_refused_days_later(message, amazon_key, certificate):
    with pytest.raises(amazon.NotTheirs, match="too long ago"):
        read(sns(message, amazon_key), certificate, now=NOW + timedelta(days=3))


# The page


def test_without_a_provider_there_is_no_such_page(client, message):
    assert post(client, postmark(message), BASIC).status_code == 404


def test_it_is_posted_to_and_nothing_else(client, configured):
    configured("postmark")

    assert client.get(URL).status_code == 405


def test_what_is_too_big_is_not_read(client, configured):
    configured("postmark")

    assert post(client, b"x" * 1_000_001, BASIC).status_code == 413


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff"])
def test_garbage_with_the_right_password_is_not_understood(client, configured, raw):
    configured("postmark")

    assert post(client, raw, BASIC).status_code == 400
    assert not Incoming.objects.exists()


def test_nothing_of_a_large_batch_is_left_out(client, configured, message):
    configured("sparkpost")
    events = [
        {"msys": {"message_event": {"type": "bounce", "event_id": str(number), "rcpt_to": f"p{number}@north.example"}}}
        for number in range(600)
    ]

    assert post(client, events, BASIC).status_code == 200

    assert Incoming.objects.count() == 600
