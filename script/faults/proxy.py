"""A TCP proxy that can make the host behind it vanish: proxy.py PORT TARGET_PORT

SIGUSR1: the host vanishes; what is open is swallowed in silence for good, and so is what is opened from now on.
SIGUSR2: it is back; what is opened from now on is forwarded.
SIGHUP: it is replaced by another of its name; what is open is swallowed, and what is opened from now on is forwarded.
"""

import asyncio
import os
import signal
import sys

port, target = int(sys.argv[1]), int(sys.argv[2])
vanished = False
swallowing = asyncio.Event()


async def pipe(reader, writer, swallowed):
    try:
        while data := await reader.read(65536):
            if not swallowed.is_set():
                writer.write(data)
                await writer.drain()
    except ConnectionError:
        pass
    # Nobody behind a vanished host learns that a connection was closed.
    if not swallowed.is_set():
        writer.close()


async def accept(reader, writer):
    swallowed = swallowing
    if vanished:
        while await reader.read(65536):
            pass
        return
    try:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", target)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pipe(reader, server_writer, swallowed), pipe(server_reader, writer, swallowed))


def replace():
    global swallowing
    swallowing.set()
    swallowing = asyncio.Event()


def vanish():
    global vanished
    vanished = True
    replace()


def come_back():
    global vanished
    vanished = False


async def main():
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, vanish)
    loop.add_signal_handler(signal.SIGUSR2, come_back)
    loop.add_signal_handler(signal.SIGHUP, replace)
    loop.add_signal_handler(signal.SIGTERM, os._exit, 0)
    server = await asyncio.start_server(accept, "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main())
