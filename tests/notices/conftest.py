from tests.fixtures.mailserver import mailserver

__all__ = ["mailserver"]
