"""Every component with sample values: the style guide that cannot lie."""

import json
from datetime import UTC, datetime, timedelta

from django import forms
from django.contrib.auth.decorators import user_passes_test
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET

from commsplan.lib.forms import Column, Row, lay_out
from commsplan.looks import LOOKS

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As people know it.")
    starts_at = forms.DateTimeField(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    impact = forms.ChoiceField(choices=[("outage", "Outage"), ("degraded", "Degraded")])
    words = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    channels = forms.MultipleChoiceField(
        choices=[("email", "E-mail"), ("portal", "Status page")], widget=forms.CheckboxSelectMultiple, initial=["email"]
    )
    when = forms.ChoiceField(choices=[("now", "Now"), ("later", "Later")], widget=forms.RadioSelect, initial="later")
    quiet = forms.BooleanField(label="Publish quietly", required=False, help_text="On the status page, without mail.")
    helper = lay_out("name", Row(Column("starts_at"), Column("impact")), "words", "channels", "when", "quiet")


@require_GET
@user_passes_test(lambda account: account.is_staff)
def components(request):
    return render(request, "components/gallery.html", samples())


def samples() -> dict:
    invalid = SampleForm({"name": "", "impact": "outage", "when": "now"}, prefix="wrong")
    invalid.is_valid()
    return {
        "looks": [(kind, list(values)) for kind, values in LOOKS.items()],
        "tones": ["quiet", "info", "busy", "good", "warn", "bad"],
        "start": START,
        "end": START + timedelta(hours=4),
        "form": SampleForm(),
        "invalid": invalid,
        "page": Paginator(range(1240), 25).page(7),
        "tabs": [
            {"label": "Overview", "url": "#overview", "active": True, "icon": "layout-dashboard"},
            {"label": "Stakeholders", "url": "#stakeholders", "active": False, "count": 143},
            {"label": "Plan", "url": "#plan", "active": False, "count": 12},
        ],
        "facts": [("Owner", "Ana Ferreira"), ("Expected downtime", "30 minutes"), ("End of life", "")],
        "crumbs": [("Upgrades", "#upgrades"), ("Mail migration", "#mail")],
        "story": [
            {"title": "Sent to 1,240 people", "at": START, "tone": "good", "icon": "send", "who": "CommsPlan"},
            {"title": "Approved", "at": START - timedelta(days=1), "tone": "info", "icon": "check", "who": "Ben"},
            {"title": "Written", "at": START - timedelta(days=2), "words": "First draft for all staff.", "who": "Ana"},
        ],
        "faces": json.dumps({int(value): [look.icon, look.words] for value, look in LOOKS["attitude"].items()}),
        "chips": [
            {
                "key": 1,
                "name": "Finance",
                "influence": 82,
                "interest": 30,
                "kind": "group",
                "attitude": -1,
                "wanted": 1,
                "impact": 2,
            },
            {
                "key": 2,
                "name": "Board",
                "influence": 100,
                "interest": 100,
                "kind": "group",
                "attitude": 0,
                "wanted": "",
                "impact": 0,
            },
            {
                "key": 3,
                "name": "Cai Morgan",
                "influence": 24,
                "interest": 86,
                "kind": "person",
                "attitude": 2,
                "wanted": 2,
                "impact": 1,
            },
            {
                "key": 4,
                "name": "Library visitors",
                "influence": 12,
                "interest": 18,
                "kind": "group",
                "attitude": -2,
                "wanted": 0,
                "impact": 3,
            },
        ],
        "rows": [("Cai Morgan", "sent", 1), ("Dee Okafor", "skipped", 2), ("Ben Lindqvist", "failed", 3)],
    }
