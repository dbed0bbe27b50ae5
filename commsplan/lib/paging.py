"""Pages of long lists: the far end costs no more than the beginning."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core import paginator
from django.db.models import QuerySet

Rows = QuerySet[Any, Any]


class Paginator(paginator.Paginator):
    """Walks the index from the nearer end and fetches the rows of one page only. Takes an ordered queryset; `dress`
    adds what only those rows need: annotations, related rows."""

    def __init__(self, rows: Rows, per_page: int, *, dress: Callable[[Any], Rows] = lambda rows: rows):
        super().__init__(rows, per_page)
        self.rows = rows
        self.dress = dress

    @cached_property
    def count(self) -> int:
        return self.rows.order_by().count()

    def page(self, number):
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        return paginator.Page(self._rows(first, last), number, self)

    def _rows(self, first: int, last: int) -> list:
        keys = self.rows.values_list("pk", flat=True)
        if first > self.count // 2:
            found = list(keys.reverse()[self.count - last : self.count - first])[::-1]
        else:
            found = list(keys[first:last])
        rows = self.rows.model._default_manager.filter(pk__in=found)
        by_key = {row.pk: row for row in self.dress(rows.order_by())}
        return [by_key[key] for key in found if key in by_key]
