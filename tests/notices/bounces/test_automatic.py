"""Machines that answer for people, and people whom they could be taken for."""

from email.header import Header

import pytest

from notices.bounces import Kind, read

AWAY = """
Automatic reply: Friday
Out of Office AutoReply: Friday
AUTO: Cai is out of the office (returning 3 December)
RE: Friday [Out of office]
Re: Friday (Automatic Response)
On annual leave until 3 December
Absence : Cai
Vacation: Friday
Automatische Antwort: Freitag
Abwesenheit: Freitag
Réponse automatique : vendredi
Je suis absente
Cai est absent(e)
Respuesta automática: viernes
Vacaciones
Risposta automatica: venerdì
Assente dal lavoro
Automatisch antwoord: vrijdag
Autosvar: fredag
Automaattinen vastaus: perjantai
Odpowiedź automatyczna: piątek
Nieobecność w biurze
Automatická odpověď: pátek
Автоматический ответ: пятница
自動応答: 金曜日
不在のお知らせ
自动答复: 星期五
자동 회신: 금요일
Thank you for your e-mail
Your message to Team awaits moderator approval
""".strip().splitlines()
SAID_BY = {
    "vacation": "Auto-Submitted: auto-replied (vacation)",
    "generated as an answer": "Auto-Submitted: auto-generated\nIn-Reply-To: <m1@plan.example>",
    "autoreply": "X-Autoreply: yes",
    "autoresponder": "X-AutoResponder: 1",
    "precedence": "Precedence: auto_reply",
    "mailer": "X-Mailer: vacation 1.2",
    "a rule of Exchange": "X-MS-Exchange-Inbox-Rules-Loop: cai@north.example\nX-Auto-Response-Suppress: All",
    "the agent of Exchange": "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
}
ANSWERS = [
    "Thank you for your email. I am currently out of the office with limited access to email.",
    "This is an automated response. We have received your request.",
    "Cai is no longer with the company. Please write to Dee.",
    "Ich bin bis zum 3. Dezember nicht im Büro. Ihre Nachricht wird nicht weitergeleitet.",
    "Bonjour,\nJe suis absent du bureau jusqu'au 3 décembre.",
    "Estoy fuera de la oficina hasta el 3 de diciembre.",
    "Cai arbeitet nicht mehr bei North. Bitte wenden Sie sich an Dee.",
    "Bonjour, Cai ne travaille plus chez North.",
    "Hola, Cai ya no trabaja en North.",
    "Cai non lavora più presso North.",
    "Cai werkt niet meer bij North.",
    "Vielen Dank. Ihre Anfrage wurde unter der Ticketnummer 12 erfasst.",
    "Hej! Jag är på semester till den 3 december.",
    "Jeg er på ferie til den 3. december.",
    "Olen lomalla 3.12. asti.",
    "Szabadságon vagyok december 3-ig.",
    "3 Aralık'a kadar izindeyim.",
    "Olá, encontro-me de férias até 3 de dezembro.",
]
CHALLENGES = [
    "I now allow incoming messages only from senders I have approved beforehand. To be added to my list of approved "
    "senders, please fill out the short request form.",
    "This account is protected by Bluebottle. Please click on the following link to be added to the allowed list.",
    "Pour que votre message soit remis, cliquez ici afin de vous authentifier. MailInBlack",
]
OF_PEOPLE = {
    "Holiday party planning": "Shall we invite everybody?",
    "Vacation request for December": "I would like to take the 23rd off.",
    "Absence management system upgrade": "When is it?",
    "Re: Friday": "All clear, thanks.\n\n> I am out of the office on Thursday, so let us meet on Friday.",
    "Bounces again?": "Three mails bounced yesterday, one mailbox full. Can you look?",
    "RE: Undeliverable: Friday": "Why did this fail? Could not be delivered to <dee@north.example>, it says.",
    "Delivery failed: your parcel": "We could not deliver your parcel to Main Street 5.",
    "Auto insurance": "Do we have one?",
}


def mail(subject: str, body: str, more: str = "") -> bytes:
    named = subject if subject.isascii() else Header(subject, "utf-8").encode()
    head = f"From: Cai <cai@north.example>\nTo: ana@plan.example\nSubject: {named}\n{more}".strip()
    return f"{head}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n".encode()


@pytest.mark.parametrize("subject", AWAY)
def test_a_subject_that_only_machines_have_is_enough(subject):
    assert read(mail(subject, "Hello"))[0].kind == Kind.AUTO_REPLY


@pytest.mark.parametrize("header", SAID_BY.values(), ids=SAID_BY)
def test_a_header_says_it(header):
    report = read(mail("Re: Friday", "Hello", header))[0]

    assert (report.kind, report.address) == (Kind.AUTO_REPLY, "cai@north.example")


@pytest.mark.parametrize("body", ANSWERS)
def test_an_answer_that_begins_as_machines_begin(body):
    assert read(mail("Re: Friday", body))[0].kind == Kind.AUTO_REPLY


@pytest.mark.parametrize("body", CHALLENGES)
def test_a_question_for_a_proof_of_being_a_person_is_no_bounce(body):
    assert read(mail("Re: Friday", body))[0].kind == Kind.AUTO_REPLY


@pytest.mark.parametrize("subject", OF_PEOPLE)
def test_a_mail_of_a_person_is_something_else(subject):
    assert read(mail(subject, OF_PEOPLE[subject]))[0].kind == Kind.OTHER


@pytest.mark.parametrize("subject", ["Undeliverable: Out of office hours", "Non-Delivery: Your message to Team awaits"])
def test_the_subject_of_what_came_back_makes_no_reply_of_it(subject):
    report = read(mail(subject, "could not be delivered to the following user:\n\n<dee@north.example>"))[0]

    assert (report.kind, report.address) == (Kind.BOUNCE, "dee@north.example")
