import pytest
from django.core.exceptions import ValidationError

from accounts.forms import AccountForm, NewAccountForm, ProfileForm, SetupForm
from commsplan.lib.forms import NameField
from stakeholders.forms.people import PersonForm


@pytest.mark.parametrize("gap", ["\t", "\r\n", "\x85", "\u2028", "\x07", " \u202e"])
def test_a_name_that_was_pasted_is_one_line(gap):
    assert NameField(max_length=200).clean(f" Cai{gap}Berg\n") == "Cai Berg"


def test_a_name_without_letters_is_none():
    with pytest.raises(ValidationError, match="required"):
        NameField().clean("\t\x07")


@pytest.mark.parametrize("form", [PersonForm, AccountForm, NewAccountForm, ProfileForm, SetupForm])
def test_names_in_headers_of_mails_are_entered_so(form):
    assert isinstance(form.base_fields["name"], NameField)
