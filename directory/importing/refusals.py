class Refused(Exception):
    """Nothing was changed; the text says why, in a sentence for the reader."""


class Unreadable(Refused):
    """The file as a whole cannot be read."""

    def __init__(self, sentence: str, *, row: int | None = None, column: str = ""):
        super().__init__(sentence)
        self.row = row
        self.column = column

    def __str__(self) -> str:
        if not self.row:
            return self.args[0]
        return f"Row {self.row}{f', column {self.column}' if self.column else ''}: {self.args[0]}"


class MappingRefused(Refused):
    """The columns do not say enough, or say the same twice."""

    def __init__(self, sentences: list[str]):
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class LostLease(Refused):
    """Somebody else has taken over."""
