"""What fits into at most three parts. One letter outside the small alphabet of phones halves the room."""

import json
import unicodedata

from notices.channels import story
from notices.channels.base import Envelope

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("\f^{}\\[~]|€")
PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\xa0": " "})
PLAIN |= str.maketrans({"\u202f": " ", "·": "-", "•": "-", "«": '"', "»": '"', "→": "->", "×": "x", "\t": " "})
MOST_PARTS = 3
WHEN_ROW = 1


def build(envelope: Envelope) -> bytes:
    return json.dumps({"text": text_of(envelope)}, ensure_ascii=False).encode()


def text_of(envelope: Envelope) -> str:
    """The subject, then as many facts and words as there is room for, then the link."""
    letter = story.of(envelope)
    link = letter.url
    facts = [row.value.split("\n")[0] for row in letter.rows[WHEN_ROW : WHEN_ROW + 1]]
    pieces = [simple(piece) for piece in (letter.subject, *facts, *(block.text for block in letter.blocks)) if piece]
    for room in range(MOST_PARTS * 153, 0, -1):
        text, _ = story.fit(pieces, room, between="\n")
        whole = f"{simple(text)}\n{link}" if link else simple(text)
        if parts(whole) <= MOST_PARTS:
            return whole
    return link


def simple(text: str) -> str:
    """Signs that phones have in their small alphabet, where they say the same."""
    return unicodedata.normalize("NFC", text).translate(PLAIN)


def parts(text: str) -> int:
    if all(sign in BASIC or sign in TWICE for sign in text):
        length, single, each = len(text) + sum(sign in TWICE for sign in text), 160, 153
    else:
        length, single, each = story.units(text), 70, 67
    return 1 if length <= single else -(-length // each)
