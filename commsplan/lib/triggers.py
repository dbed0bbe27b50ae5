from django.db import connection


def expect_many_rows() -> None:
    """Call inside a transaction that is about to change thousands of rows of tables with a history.

    The triggers read a setting, and one that is not set raises and catches an error per row. Rolling that back goes
    through all deferred checks of the transaction each time, which makes 100,000 rows take minutes, not seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")
