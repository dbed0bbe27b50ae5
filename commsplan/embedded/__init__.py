"""Everything CommsPlan needs on a machine that has only Python: a real PostgreSQL, a real Valkey and a mail catcher.

Known by manage.py, the Makefile and the tests alone. In production DATABASE_URL, REDIS_URL and EMAIL_URL name servers
that somebody else runs, and nothing here is used.
"""


class NotStarted(Exception):
    """Something could not be started. Its text is one sentence that the person at the keyboard may read."""
