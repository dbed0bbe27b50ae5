"""`python -m commsplan.embedded demo` or `run`: everything on one machine, until Ctrl-C or `stop`."""

import argparse
import io
import signal
import sys

from commsplan.embedded import NotStarted, background
from commsplan.embedded.stopping import stop
from commsplan.embedded.supervisor import Supervisor


def main() -> int:
    parser = argparse.ArgumentParser(prog="commsplan", description="Runs CommsPlan on this machine.")
    parser.add_argument("what", choices=["demo", "run", "stop"], help="with the sample organisation, empty, or no more")
    parser.add_argument("--follow-parent", action="store_true", help="stop when the process that started this one dies")
    options = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if options.follow_parent:
        background.stop_with_parent()
    try:
        if options.what == "stop":
            return stop()
        return Supervisor(sample=options.what == "demo").run()
    except NotStarted as error:
        sys.exit(str(error))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.exit(main())
