"""Groups, sites and tags."""

from django import forms

from commsplan.lib import countries
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, Row, lay_out, lines
from commsplan.lib.wallclock import ZoneField
from stakeholders import tagging, zones
from stakeholders.models import Group, Site


class GroupForm(NothingOverwritten):
    helper = lay_out("seen", Row(Column("name"), Column("category")), "description")

    class Meta:
        model = Group
        fields = ["name", "category", "description"]
        widgets = {"description": lines(3)}


class SiteForm(NothingOverwritten):
    time_zone = ZoneField()
    helper = lay_out("seen", "name", "time_zone", Row(Column("country"), Column("subdivision")))

    class Meta:
        model = Site
        fields = ["name", "time_zone", "country", "subdivision"]

    def __init__(self, *args, instance=None, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        if not instance:
            self.initial["time_zone"] = zones.usual()

    def clean(self):
        super().clean()
        countries.check(self)
        return self.cleaned_data


class TagForm(forms.Form):
    name = forms.CharField(max_length=tagging.LONGEST, help_text="A name that is in use already joins the two tags.")
    helper = lay_out("name")

    def clean_name(self):
        return tagging.one(self.cleaned_data["name"])
