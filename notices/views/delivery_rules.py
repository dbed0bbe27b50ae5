"""When nothing goes out that can wait, and how much one person is told in a week."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import permission_required
from notices.forms.delivery_rules import USUAL, DeliveryRulesForm
from notices.insight import quiet
from notices.models import DeliveryRules


@require_http_methods(["GET", "POST"])
@permission_required("delivery.manage")
@transaction.atomic
def delivery_rules(request):
    lock = DeliveryRules.objects.select_for_update(of=("self",), no_key=True)
    stored = (lock if request.method == "POST" else DeliveryRules.objects).filter(pk=1).first()
    row = stored or DeliveryRules(**USUAL)
    form = DeliveryRulesForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.instance.pk = 1
        form.save()
        messages.success(request, "The rules are in force. What is released from now on keeps to them.")
        return redirect("delivery_rules")
    context = {"form": form, "is_stored": stored is not None, "now_is": quiet.now_is(form.rules, now=timezone.now())}
    return render(request, "notices/delivery_rules.html", context)
