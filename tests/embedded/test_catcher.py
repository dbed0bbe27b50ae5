import asyncio
import json
import smtplib
import threading
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from commsplan.embedded import NotStarted
from commsplan.embedded.catcher import smtp
from commsplan.embedded.catcher.mailbox import Mailbox
from commsplan.embedded.catcher.web import CatcherServer


class Catcher:
    def __init__(self, folder):
        self.mailbox = Mailbox(folder)
        self.web = CatcherServer(("127.0.0.1", 0), self.mailbox)
        self.loop = asyncio.new_event_loop()
        self.address = f"http://127.0.0.1:{self.web.server_address[1]}"
        self.threads = [
            threading.Thread(target=self.loop.run_forever),
            threading.Thread(target=lambda: self.web.serve_forever(0.05)),
        ]
        for thread in self.threads:
            thread.start()
        # In its own thread: a browser test before may have left a loop running in this one.
        self.server = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(60)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _listen(self):
        return await asyncio.get_running_loop().create_server(lambda: smtp.server(self.mailbox), "127.0.0.1", 0)

    def send(self, content: bytes, *, sender="bounce+1@northfield.example", to="cai@northfield.example"):
        with smtplib.SMTP("127.0.0.1", self.port) as client:
            client.sendmail(sender, [to], content)

    def get(self, path, **headers):
        with urllib.request.urlopen(urllib.request.Request(self.address + path, headers=headers), timeout=60) as answer:
            return answer.read().decode()

    def close(self):
        self.web.shutdown()
        self.web.server_close()
        asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        for thread in self.threads:
            thread.join()
        self.loop.close()
        self.mailbox.close()

    async def _stop(self):
        self.server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture
def catcher(tmp_path):
    made = Catcher(tmp_path / "mail")
    yield made
    made.close()


def letter(subject="Mail moves on Saturday", text="Hello", html="<p>Hello</p>") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "IT <it@northfield.example>", "Cai <cai@n.example>", subject
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def test_a_mail_is_kept_byte_for_byte_with_its_envelope(catcher, tmp_path):
    content = letter("Grüße aus dem Rechenzentrum", text="..\r\n.dots at the start\r\n")

    catcher.send(content)

    [mail] = json.loads(catcher.get("/api/mails"))["mails"]
    assert (mail["sender"], mail["recipients"], mail["subject"]) == (
        "bounce+1@northfield.example",
        ["cai@northfield.example"],
        "Grüße aus dem Rechenzentrum",
    )
    [file] = (tmp_path / "mail").rglob("*.eml")
    assert file.read_bytes() == content


def test_an_address_that_cannot_exist_is_refused_for_good_and_a_busy_one_for_now(catcher):
    for address, code in (("cai@nowhere.invalid", 550), ("cai@busy.invalid", 450)):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            catcher.send(letter(), to=address)

        assert refused.value.recipients[address][0] == code
    assert len(catcher.mailbox) == 0


def test_mail_survives_a_restart_and_so_does_one_whose_line_is_missing(tmp_path):
    box = Mailbox(tmp_path)
    box.add(sender="a@b.example", recipients=["cai@b.example"], content=letter("First"))
    box.add(sender="a@b.example", recipients=["dee@b.example"], content=letter("Second"))
    box.close()
    listing = tmp_path / "envelopes.jsonl"
    listing.write_text(listing.read_text().splitlines()[0] + '\n[2, 17.5, "cut off')

    again = Mailbox(tmp_path)

    assert [(mail.id, mail.subject) for mail in again.find()] == [(2, "Second"), (1, "First")]
    assert again.add(sender="", recipients=["x@b.example"], content=letter()).id == 3
    again.close()


def test_a_folder_has_one_catcher(tmp_path):
    box = Mailbox(tmp_path)

    with pytest.raises(NotStarted, match="Another mail catcher already keeps its mail"):
        Mailbox(tmp_path)
    box.close()


def test_every_word_of_a_search_must_occur(catcher):
    for name in ("ana", "ben"):
        catcher.send(letter(f"For {name}"), to=f"{name}@northfield.example")

    page = catcher.get("/?q=BEN%20northfield")

    assert ("For ben" in page, "For ana" in page, "1 of 2 mails" in page) == (True, False, True)


def test_a_list_of_many_mails_is_shown_in_pages(catcher):
    for number in range(51):
        catcher.mailbox.add(
            sender="a@b.example", recipients=["c@b.example"], content=f"Subject: No {number}\r\n".encode()
        )

    first, second = catcher.get("/"), catcher.get("/?page=2")

    assert (first.count("<li>"), second.count("<li>")) == (50, 1)
    assert ("No 50<" in first, "No 0<" in second) == (True, True)


def test_a_hostile_mail_stays_in_its_frame(catcher):
    catcher.send(letter("<script>1</script>", text="<b>bold</b>", html="<script>alert(1)</script><p>Hi</p>"))

    page = catcher.get("/mail/1")
    with urllib.request.urlopen(f"{catcher.address}/mail/1/html", timeout=60) as answer:
        policy, frame = answer.headers["Content-Security-Policy"], answer.read().decode()

    assert ("<script>1" in page, "&lt;b&gt;bold&lt;/b&gt;" in page, "alert(1)" in page) == (False, True, False)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert '<base target="_blank">' in frame


def test_links_of_a_mail_open_outside_and_its_source_is_shown_as_it_came(catcher):
    catcher.send(letter(html="<!doctype html><html><head><title>x</title></head><body></body></html>"))

    assert '<head><base target="_blank"><title>' in catcher.get("/mail/1/html")
    assert catcher.get("/mail/1/source").startswith("From: IT <it@northfield.example>\r\n")


def test_another_site_can_neither_read_nor_delete(catcher):
    catcher.send(letter())
    delete = urllib.request.Request(
        f"{catcher.address}/delete", data=b"", headers={"Origin": "http://elsewhere.example"}
    )

    for request, status in (
        (delete, 403),
        (urllib.request.Request(catcher.address, headers={"Host": "x.example"}), 421),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=60)
        with refused.value as answer:
            assert answer.status == status
    assert len(catcher.mailbox) == 1


def test_delete_all_leaves_nothing_and_never_uses_a_number_again(catcher, tmp_path):
    catcher.send(letter())
    delete = urllib.request.Request(f"{catcher.address}/delete", data=b"", headers={"Origin": catcher.address})

    with urllib.request.urlopen(delete, timeout=60) as answer:
        assert "No mail yet." in answer.read().decode()

    assert list((tmp_path / "mail").rglob("*.eml")) == []
    catcher.mailbox.close()
    catcher.mailbox = Mailbox(tmp_path / "mail")
    assert catcher.mailbox.add(sender="", recipients=["x@b.example"], content=letter()).id == 2
