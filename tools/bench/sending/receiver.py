"""`python -m tools.bench.sending.receiver PORT FILE`: a mail server that remembers who got what.

It writes one line for each message that it answers with 250: recipient and Message-ID. Slower than smtp-sink, so it is
for counting, not for measuring.
"""

import asyncio
import sys
from pathlib import Path

MESSAGE_ID = b"message-id:"


class Session(asyncio.Protocol):
    def __init__(self, file):
        self.file = file
        self.waiting = b""
        self.is_data = False
        self.recipient = b""

    def connection_made(self, transport) -> None:
        self.transport = transport
        transport.write(b"220 receiver\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while self._step():
            pass

    def _step(self) -> bool:
        mark = b"\r\n.\r\n" if self.is_data else b"\r\n"
        said, found, rest = self.waiting.partition(mark)
        if not found:
            return False
        self.waiting = rest
        if self.is_data:
            self._keep(said)
        else:
            self._answer(said)
        return True

    def _answer(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            self.transport.write(b"250-receiver\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
        elif verb == b"DATA":
            self.is_data = True
            self.transport.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            if verb == b"RCPT":
                self.recipient = line.partition(b"<")[2].partition(b">")[0]
            self.transport.write(b"250 ok\r\n")

    def _keep(self, content: bytes) -> None:
        self.is_data = False
        lines = content.partition(b"\r\n\r\n")[0].splitlines()
        key = next((line[len(MESSAGE_ID) :].strip() for line in lines if line.lower().startswith(MESSAGE_ID)), b"")
        self.file.write(self.recipient + b" " + key + b"\n")
        self.transport.write(b"250 kept\r\n")


async def serve(port: int, file: Path) -> None:
    with file.open("ab", buffering=0) as kept:
        server = await asyncio.get_running_loop().create_server(lambda: Session(kept), "127.0.0.1", port)
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
