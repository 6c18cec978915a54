"""Clients for the scenarios beside it: plain sockets, so that a thousand of them take little of the machine."""

import asyncio
import json
import sys
import time


def promise(holds, text):
    """Prints a promise with what was measured."""
    print("ok" if holds else "FAILED", text, flush=True)
    promise.failed = promise.failed or not holds


promise.failed = False


def end():
    sys.exit(1 if promise.failed else 0)


def percentile(values, share):
    """In milliseconds; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def post(query):
    body = json.dumps({"query": query})
    return (
        "POST /graphql HTTP/1.1\r\nHost: quoin\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: quoin\r\n\r\n".encode()


class Client:
    """A connection that is opened again when it was closed. `body` is that of the last response."""

    def __init__(self, port, source=None):
        self.port, self.source, self.reader = port, source, None

    async def send(self, request):
        """Status, headers and seconds. An OSError or an incomplete read says that there was no response."""
        begin = time.monotonic()
        if self.reader is None:
            source = (self.source, 0) if self.source else None
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=source)
        try:
            self.writer.write(request)
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            status, headers = int(head.split(" ", 2)[1]), head.split("\r\n")[1:]
            length = next((int(line[15:]) for line in headers if line.startswith("content-length:")), None)
            if length is None:
                self.body = b""
                while size := int(await self.reader.readline(), 16):
                    self.body += (await self.reader.readexactly(size + 2))[:-2]
                await self.reader.readline()
            else:
                self.body = await self.reader.readexactly(length)
            if "connection: close" in headers:
                self.close()
            return status, headers, time.monotonic() - begin
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.reader is not None:
            self.reader = None
            self.writer.transport.abort()


async def load(port, connections, seconds, requests, pause=0.0, source=None):
    """Sends requests on so many connections for so long, each as soon as the last was answered and the pause is over.
    Returns the seconds by status, "broken" for what was not answered."""
    results = {}
    over = time.monotonic() + seconds

    async def one():
        client = Client(port, source)
        while time.monotonic() < over:
            try:
                status, _, took = await asyncio.wait_for(client.send(next(requests)), 60)
            except (OSError, EOFError, ValueError, asyncio.TimeoutError):
                status, took = "broken", 0.0
                await asyncio.sleep(0.01)
            results.setdefault(status, []).append(took)
            if pause:
                await asyncio.sleep(pause)
        client.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return results
