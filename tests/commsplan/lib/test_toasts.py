from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.template.loader import render_to_string
from django.test import RequestFactory

from commsplan.lib.toasts import offer_undo


def test_a_toast_that_can_be_taken_back_posts_to_its_address():
    request = RequestFactory().get("/")
    request.session, request._messages = {}, None
    request._messages = FallbackStorage(request)

    offer_undo(request, "3 people are archived.", url="/people/undo/7/")
    [message] = get_messages(request)

    html = render_to_string("components/toast.html", {"message": message, "csrf_token": "token"})
    assert '<form method="post" action="/people/undo/7/">' in html
    assert "tone-good" in html
