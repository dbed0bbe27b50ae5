import itertools

from django import forms

from commsplan.lib import telephone
from commsplan.lib.forms import lay_out
from directory.importing.mapping import FIELDS
from directory.importing.reading import Table
from directory.models import DirectoryToken

SAMPLES = 3
SHOWN = 80  # characters of a sample


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File of people",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx", "class": "dropzone"}),
        error_messages={"required": "Choose a file first.", "empty": "The file is empty."},
        help_text="Drop it here, or choose it: CSV as any spreadsheet writes it, or XLSX. The first row names columns.",
    )
    helper = lay_out("file")


class ColumnsForm(forms.Form):
    """One choice for each column of the file; `table` gives the samples."""

    creates_groups = forms.BooleanField(
        label="Make groups that do not exist yet",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        help_text="Otherwise a row that names an unknown group is an error.",
    )

    phone_code = forms.RegexField(
        telephone.CODE,
        label="Country of numbers that have no code",
        required=False,
        max_length=4,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "+49", "autocomplete": "off"}),
        error_messages={"invalid": "Write the code like +49."},
        help_text="Of mobile numbers written like 0151 23456789. Left empty, such a number is an error.",
    )

    def __init__(self, *args, table: Table, mapping: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.head = table.head
        self.samples = list(itertools.islice(_samples(table), SAMPLES))
        for at, column in enumerate(self.head):
            self.fields[f"column-{at}"] = forms.ChoiceField(
                label=f"Column {column}",
                choices=[("", "Leave out"), *FIELDS.items()],
                required=False,
                initial=mapping.get(column, ""),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def clean_phone_code(self):
        return self.cleaned_data["phone_code"] or ""

    @property
    def mapping(self) -> dict[str, str]:
        """{column: field}, as chosen so far."""
        chosen = {column: self[f"column-{at}"].value() or "" for at, column in enumerate(self.head)}
        return {column: name for column, name in chosen.items() if name in FIELDS}

    def rows(self):
        for at, column in enumerate(self.head):
            samples = dict.fromkeys(sample[at] for sample in self.samples if sample[at])
            yield column, list(samples), self[f"column-{at}"]

    def certain(self):
        """Rows of the columns whose names say what they mean."""
        return [row for row in self.rows() if row[2].field.initial]

    def to_decide(self):
        return [row for row in self.rows() if not row[2].field.initial]


def _samples(table: Table):
    """Rows that say something, as wide as the head."""
    for row in table.rows:
        cells = [" ".join(cell.split()) for cell in row.cells[: len(table.head)]]
        if any(cells):
            short = [cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}…" for cell in cells]
            yield short + [""] * (len(table.head) - len(short))


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=80, help_text="Which directory it is for. The history names it beside every change that it makes."
    )
    helper = lay_out("name")

    def clean_name(self):
        name = self.cleaned_data["name"]
        if DirectoryToken.objects.filter(name__iexact=name, revoked_at=None).exists():
            raise forms.ValidationError("There is already a token of this name. Revoke it first, or take another name.")
        return name
