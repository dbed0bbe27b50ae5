import sys

from django.core.management.base import BaseCommand

from notices.proof import comparing, verifying


class Command(BaseCommand):
    help = (
        "Verifies a proof of notice: that nothing in it was changed, left out, added or put in another order. "
        "With --database also that it was made here, and that the database still says the same; what came since is "
        "reported, and is no fault. Exit status: 0 intact, 1 not, with the first broken entry and why."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("file", help="The ZIP.")
        parser.add_argument("--head", default="", help="The head that whoever made it has kept.")
        parser.add_argument("--database", action="store_true", help="Compare it with the database, too.")

    def handle(self, *, file, head, database, **options):
        try:
            with open(file, "rb") as pack_file:
                self._verify(pack_file, head=head, database=database)
        except (OSError, verifying.Broken) as error:
            self.stdout.write(f"Not verified. {error}")
            sys.exit(1)

    def _verify(self, file, *, head, database):
        pack = verifying.verify(file)
        if head and head.strip().lower() != pack.head:
            raise verifying.Broken(f"It is another pack: its head is {pack.head}.")
        self.stdout.writelines(f"{line}\n" for line in verifying.sentences(pack))
        if database:
            found = comparing.compare(file, pack)
            self.stdout.writelines(f"{line}\n" for line in comparing.sentences(found))
            if not found.agrees:
                raise verifying.Broken("The pack and the database do not say the same.")
