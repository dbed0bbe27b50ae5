"""What is refused for good while one worker sends, in a row: by everybody, and by each domain."""

from collections import defaultdict
from datetime import datetime

from notices.channels.base import ChannelError
from notices.pipeline.deliver import refusing
from notices.pipeline.deliver.batches import Claims
from notices.pipeline.deliver.refusing import Refusal, Row


class Refusals:
    """Kept here until it is too much, or the worker is done: mostly something else is accepted before that."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims
        self._in_a_row: list[Refusal] = []
        self._of_domain: defaultdict[str, list[Refusal]] = defaultdict(list)
        self._took: set[str] = set()
        self._worked = False

    def accepted(self, address: str) -> None:
        self._worked = True
        if self._of_domain or self.claims.troubles:
            domain = refusing.domain_at(self.claims.outlet, address)
            self._of_domain.pop(domain, None)
            if domain in self.claims.troubles:
                self._took.add(domain)
        self._in_a_row.clear()

    def refused(self, address: str, error: ChannelError) -> None:
        domain = "" if error.of_us else refusing.domain_at(self.claims.outlet, address)
        refusal = Refusal(domain, str(error))
        self._in_a_row.append(refusal)
        self._of_domain[domain].append(refusal)

    @property
    def are_too_many(self) -> bool:
        outlet, troubles = self.claims.outlet, self.claims.troubles
        if not outlet.stop_after or not self._of_domain:
            return False
        before = 0 if self._worked else outlet.errors_in_row
        counted = {} if self._worked else troubles
        if before + refusing.counts(outlet, counted, [one.domain for one in self._in_a_row]) >= outlet.stop_after:
            return True
        of_each = ((domain, len(one)) for domain, one in self._of_domain.items() if domain)
        return any(self._before(domain) + number >= outlet.stop_after for domain, number in of_each)

    def _before(self, domain: str) -> int:
        row = self.claims.troubles.get(domain, Row())
        return 0 if domain in self._took or row.is_stopped else row.errors

    def tell(self, *, now: datetime) -> None:
        """May be said again if the database was away: nothing is forgotten before it is told, nor told twice."""
        is_news = bool(self._of_domain or self._took or (self._worked and self.claims.outlet.errors_in_row))
        if is_news:
            everything = [one for refusals in self._of_domain.values() for one in refusals]
            refusing.told(
                self.claims.outlet,
                list(self._in_a_row),
                of_domains=everything,
                worked=self._worked,
                took=self._took,
                now=now,
            )
        self._in_a_row.clear()
        self._of_domain.clear()
        self._took.clear()
        self._worked = False
        if is_news:
            self.claims.troubles = refusing.known(self.claims.outlet)
