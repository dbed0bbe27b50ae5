import pytest
from django import forms

from commsplan.lib import countries


class Place(forms.Form):
    country = forms.CharField(required=False)
    subdivision = forms.CharField(required=False)

    def clean(self):
        super().clean()
        countries.check(self)
        return self.cleaned_data


@pytest.mark.parametrize(("country", "part"), [("", ""), ("gb", "eng"), ("DE", "BW"), ("FR", "")])
def test_a_known_place_is_kept_in_upper_case(country, part):
    place = Place({"country": country, "subdivision": part})

    assert place.is_valid()
    assert place.cleaned_data == {"country": country.upper(), "subdivision": part.upper()}


@pytest.mark.parametrize(
    ("country", "part", "wrong"), [("ZZ", "", "country"), ("DE", "XX", "subdivision"), ("", "BW", "subdivision")]
)
def test_an_unknown_place_is_refused_at_its_field(country, part, wrong):
    place = Place({"country": country, "subdivision": part})

    assert not place.is_valid()
    assert list(place.errors) == [wrong]


def test_countries_are_in_the_order_of_their_names():
    assert [name for code, name in countries.countries() if code in ("DE", "FR", "GB")] == [
        "France",
        "Germany",
        "United Kingdom",
    ]


def test_every_country_to_choose_from_fits_and_has_a_name():
    choices = countries.countries()

    assert {len(code) for code, _ in choices} == {2}
    assert [code for code, name in choices if code == name] == []


def test_three_letters_are_refused():
    assert "country" in Place({"country": "GBR"}).errors


def test_a_country_has_a_name_and_its_part_in_brackets():
    assert [countries.name_of("DE", "BW"), countries.name_of("FR"), countries.name_of("")] == [
        "Germany (BW)",
        "France",
        "",
    ]
