"""`python -m commsplan.embedded.catcher`: one SMTP port, one web port, one folder of mails."""

import argparse
import asyncio
import signal
import sys
import threading
from pathlib import Path

from commsplan.embedded import NotStarted
from commsplan.embedded.catcher import smtp
from commsplan.embedded.catcher.mailbox import Mailbox
from commsplan.embedded.catcher.web import CatcherServer


def main() -> None:
    options = read_options()
    try:
        asyncio.run(serve(options.host, options.smtp_port, options.web_port, options.folder))
    except NotStarted as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The mail catcher could not start: {error.strerror or error}.")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="catcher", description="Catches mail and shows it in the browser.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--web-port", type=int, default=8025)
    parser.add_argument("--folder", type=Path, default=Path("data/mail"))
    return parser.parse_args()


async def serve(host: str, smtp_port: int, web_port: int, folder: Path) -> None:
    mailbox = Mailbox(folder)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    web = CatcherServer((host, web_port), mailbox)
    async with await loop.create_server(lambda: smtp.server(mailbox), host, smtp_port, backlog=256):
        threading.Thread(target=web.serve_forever, daemon=True).start()
        print(f"Catching mail on {host}:{smtp_port}, showing it on http://{host}:{web_port}/", flush=True)
        await stopping.wait()
    web.shutdown()


if __name__ == "__main__":
    main()
