class Refused(Exception):
    """Nothing was changed; the text says why, in a sentence for the reader."""


class Unreadable(Refused):
    """The file as a whole cannot be read."""

    def __init__(self, sentence: str, *, row: int | None = None, column: str = ""):
        super().__init__(sentence)
        self.row = row
        self.column = column

    def __str__(self) -> str:
        place = ", ".join(
            ([f"row {self.row}"] if self.row else []) + ([f"column {self.column}"] if self.column else [])
        )
        return f"{place.capitalize()}: {self.args[0]}" if place else self.args[0]


class MappingRefused(Refused):
    """The columns do not say enough, or say the same twice."""

    def __init__(self, sentences: list[str]):
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class LostLease(Refused):
    """Somebody else has taken over."""
