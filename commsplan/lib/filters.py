"""Forms that filter a list: GET in, queryset out. The list, its export and its bulk acts share one."""

from django import forms


class Filter(forms.Form):
    """A value that does not make sense (a group that is gone) filters nothing and is said beside its field."""

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data if data is not None else {}, *args, **kwargs)
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            is_box = isinstance(field.widget, forms.CheckboxInput)
            field.required = False
            field.widget.attrs["class"] = (
                "form-check-input" if is_box else "form-select" if is_select else "form-control"
            )

    @property
    def chosen(self) -> dict:
        """What is filtered by, without what is left open."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}

    @property
    def is_on(self) -> bool:
        return bool(self.chosen)


class SearchField(forms.CharField):
    def __init__(self, *, placeholder: str, **kwargs):
        widget = forms.TextInput(
            attrs={"type": "search", "placeholder": placeholder, "data-search": True, "autocomplete": "off"}
        )
        super().__init__(widget=widget, max_length=200, **kwargs)
