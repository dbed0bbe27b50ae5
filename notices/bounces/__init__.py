"""What a mail that came back says: read from its bytes alone, without a database."""

from notices.bounces.reading import read
from notices.bounces.reports import About, Kind, Report

__all__ = ["About", "Kind", "Report", "read"]
