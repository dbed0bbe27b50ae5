"""Where people are reached beside mail: addresses of one person, and rooms that many read."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from commsplan.lib.paging import Paginator
from commsplan.lib.secrets import CannotDecrypt
from commsplan.lib.toasts import offer_undo
from notices.channels import KINDS
from notices.channels.base import ChannelError
from notices.forms.addresses import AddressesForm, RoomForm
from notices.pipeline import outlets
from notices.pipeline.outlets import offered, trying_out
from notices.register import reachable
from notices.register import rooms as register
from stakeholders import addresses
from stakeholders.models import Person

PER_PAGE = 50


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
@transaction.atomic
def person_addresses(request: HttpRequest, pk: int):
    person = get_object_or_404(_locked(request, Person.objects.real()), pk=pk)
    form = AddressesForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        reachable.change(person, form.addresses)
        messages.success(request, "Saved.")
        return redirect(person)
    return render(request, "notices/person_addresses.html", {"form": form, "person": person})


def _locked(request: HttpRequest, people):
    return people.select_for_update(of=("self",), no_key=True) if request.method == "POST" else people


@require_GET
def rooms(request: HttpRequest):
    found = register.every().in_order()
    shown = Paginator(found, PER_PAGE, dress=register.with_what_rows_show).get_page(request.GET.get("page"))
    return page(request, "notices/rooms.html", {"rooms": shown, "kinds": register.kinds()}, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
def room_new(request: HttpRequest):
    """First the channel, then what it asks for."""
    kinds = register.kinds()
    kind = next((one for one in kinds if one.channel == request.GET.get("channel")), None)
    kind = kinds[0] if kind is None and len(kinds) == 1 else kind
    if kind is None:
        return render(request, "notices/room_new.html", {"kinds": kinds})
    form = RoomForm(request.POST if request.method == "POST" else None, channel=kind.channel)
    if request.method == "POST" and form.is_valid():
        room = register.add(form.room)
        messages.success(request, f"{room} can be told things now.")
        return redirect("rooms")
    return render(request, "notices/room_form.html", {"form": form, "kind": kind})


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
@transaction.atomic
def room_edit(request: HttpRequest, pk: int):
    room = get_object_or_404(_locked(request, register.every()), pk=pk)
    channel = _channel(room)
    form = RoomForm(request.POST if request.method == "POST" else None, channel=channel, person=room)
    if request.method == "POST" and form.is_valid():
        register.change(room, form.room)
        messages.success(request, "Saved.")
        return redirect("rooms")
    return render(request, "notices/room_form.html", {"form": form, "kind": KINDS[channel], "room": room})


@require_POST
@permission_required("people.edit")
def room_test(request: HttpRequest, pk: int):
    room = get_object_or_404(register.every(), pk=pk)
    address = room.addresses.get(channel=_channel(room))
    if address.channel not in offered.channels():
        messages.error(request, f"{address.get_channel_display()} is not set up: an administrator does that first.")
        return redirect("rooms")
    if not trying_out.allows(request.user):
        messages.error(request, trying_out.TOO_OFTEN)
        return redirect("rooms")
    outlet, secret = outlets.of(address.channel), addresses.secrets_of(address.channel, [pk]).get(pk, "")
    try:
        answer = trying_out.try_out(outlet, address.address, secret=secret, by=request.user, now=timezone.now())
        messages.success(request, f"A test message went to {room}. The other side says: {answer}")
    except (ChannelError, CannotDecrypt) as error:
        messages.error(request, f"The test message did not get to {room}: {error}")
    return redirect("rooms")


@require_POST
@permission_required("people.edit")
def room_archive(request: HttpRequest, pk: int):
    room = get_object_or_404(register.every().filter(archived_at=None), pk=pk)
    register.archive(room, now=timezone.now())
    offer_undo(request, f"{room} is archived.", url=reverse("person_restore", args=[pk]))
    return redirect("rooms")


def _channel(room: Person) -> str:
    address = room.addresses.order_by("pk").first()
    if address is None or address.channel not in KINDS:
        raise Http404
    return address.channel
