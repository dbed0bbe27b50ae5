"""A layout is a folder: mail.mjml, words.css and words.toml. Released, it is never edited; v2 goes beside v1."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
import mrml
from django.template import Context, Engine, Template

FOLDER = Path(__file__).parents[2] / "layouts"
NEWEST = "v1"  # what is written today


@dataclass(frozen=True)
class Layout:
    mail: Template
    css: str
    words: dict[str, Any]

    def labels(self, language: str) -> dict[str, Any]:
        return self.words.get(language) or self.words["en"]

    def styled(self, html: str) -> str:
        """The rules of words.css written into the tags, as mail clients want it."""
        return css_inline.inline_fragment(html, self.css, load_remote_stylesheets=False) if html else ""

    def page(self, mjml: str) -> str:
        return mrml.to_html(mjml).content


@cache
def load(name: str) -> Layout:
    folder = FOLDER / name
    return Layout(
        mail=Engine().from_string((folder / "mail.mjml").read_text(encoding="utf-8")),
        css=(folder / "words.css").read_text(encoding="utf-8"),
        words=tomllib.loads((folder / "words.toml").read_text(encoding="utf-8")),
    )


def context(**values: Any) -> Context:
    return Context(values)
