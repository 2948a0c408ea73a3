"""More slow clients than the process may open files, against the real server with its real deadlines."""

import asyncio
import shlex
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from tests.serving import Server

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

HEAD = b"POST /webhooks/wechat/webhook HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_three_hundred_slow_clients_at_256_files(model_path: Path, tmp_path: Path) -> None:
    serve = f"ulimit -n 256 && exec {shlex.quote(sys.executable)} -m bot serve --port 0"
    with Server(tmp_path, command=["bash", "-c", serve]) as server:
        connections = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(300)]
        for number, (_, writer) in enumerate(connections):
            writer.write(HEAD if number % 2 else b"GET / HT")
        began = time.monotonic()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as client:
            open_, waits = len(connections), []
            while open_ and time.monotonic() < began + 40:
                for number, (_, writer) in enumerate(connections):
                    if not writer.transport.is_closing():
                        writer.write(b"1\r\nx\r\n" if number % 2 else b"x")
                asked = time.monotonic()
                async with client.get(f"{server.url}/livez") as alive:
                    assert alive.status == 200
                waits.append(time.monotonic() - asked)
                await asyncio.sleep(0.5)
                open_ = sum(not (reader.at_eof() or reader.exception()) for reader, _ in connections)
        print(f"all gone after {time.monotonic() - began:.1f} s, /livez at most {max(waits):.2f} s")
        assert not open_ and time.monotonic() - began < 30
        assert "Too many open files" not in server.log.read_text()
