"""The settings of a worker that dies of one reader's letter, as of a fault in a library in C or of a lack of memory."""

import os
import signal

from django.apps import AppConfig

from commsplan.settings import *  # noqa: F403
from commsplan.settings import INSTALLED_APPS as USUAL


class Deadly(AppConfig):
    name = "tests.faults.site"
    label = "deadly"

    def ready(self) -> None:
        from notices.pipeline.deliver import contents  # noqa: PLC0415  it has models

        usual = contents.Mails.of

        def die_or(mails, row):
            if row.address == os.environ["DEADLY"]:
                os.kill(os.getpid(), signal.SIGKILL)
            return usual(mails, row)

        contents.Mails.of = die_or  # type: ignore[method-assign]


INSTALLED_APPS = [*USUAL, "tests.faults.site.deadly.Deadly"]
