"""What one outlet bears: when the other side says that we are too fast, everybody waits, and the urgent ask again."""

from time import monotonic

REST, LONGEST_REST = 0.5, 15.0  # seconds
URGENT_SECONDS = 2.0  # how often one that is urgent asks meanwhile whether it still is


class Pace:
    """Until `tired_until` nothing leaves, but that one that is urgent asks now and then."""

    def __init__(self, tired_until: float = 0.0) -> None:
        self.tired_until = tired_until
        self._rest, self._urgent_at = REST, 0.0

    @property
    def is_tired(self) -> bool:
        return monotonic() < self.tired_until

    def slow_down(self, wished: float) -> None:
        """The whole outlet, for a moment; longer when it goes on."""
        self._urgent_at = monotonic() + URGENT_SECONDS
        self.tired_until = max(self.tired_until, monotonic() + min(max(self._rest, wished), LONGEST_REST))
        self._rest = min(2 * self._rest, LONGEST_REST)

    def accepted(self) -> None:
        """What is urgent may follow at once."""
        self._rest, self._urgent_at = REST, 0.0

    def may_ask(self) -> bool:
        """Whether one that is urgent may try it now; then the next one waits a while."""
        if not self.is_tired or monotonic() < self._urgent_at:
            return False
        self._urgent_at = monotonic() + URGENT_SECONDS
        return True
