"""How long the codec takes for each hostile body: `python benchmarks/wechat_codec.py` (at most 50 ms each)."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.channels.wechat_codec import MAX_BYTES, Cipher, Malformed, Refused, read_message  # noqa: E402

LIMIT_MS = 50
ROUNDS = 20
HEAD = "<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><MsgType>text</MsgType>"


def bodies() -> dict[str, bytes]:
    """Bodies of at most `MAX_BYTES`, each made to be slow somewhere."""
    laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    quadratic = f'<!DOCTYPE x [<!ENTITY a "{"a" * 30000}">]><xml>{"&a;" * 8000}</xml>'
    written = {
        "billion laughs": f'<!DOCTYPE x [<!ENTITY a0 "lol">{laughs}]>{HEAD}<Content>&a9;</Content></xml>',
        "quadratic blow-up": quadratic,
        "outside entity": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///dev/zero">]>{HEAD}<Content>&e;</Content></xml>',
        "outside DTD": f'<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">{HEAD}</xml>',
        "bare DOCTYPE": f"<!DOCTYPE xml>{HEAD}</xml>",
        "deep": "<a>" * (MAX_BYTES // 3),
        "deep in a field": f"{HEAD}<A>" + "<a>" * (MAX_BYTES // 4),
        "wide": HEAD + "".join(f"<a{n}/>" for n in range(8000)),
        "wide and nested": f"{HEAD}<A>" + "<a/>" * 15000,
        "one field doubled": HEAD + "<a/>" * 15000,
        "many attributes": "<xml " + " ".join(f"a{n}='1'" for n in range(6000)) + ">",
        "one attribute": "<xml a='" + "a" * 65000,
        "many references": f"{HEAD}<Content>" + "&lt;" * 16000 + "</Content></xml>",
        "many CDATA": f"{HEAD}<Content>" + "<![CDATA[a]]>" * 4900 + "</Content></xml>",
        "many comments": HEAD + "<!---->" * 9000 + "</xml>",
        "many instructions": HEAD + "<?a?>" * 12000 + "</xml>",
        "long text": f"{HEAD}<Content>" + "医" * 21000 + "</Content></xml>",
        "cut off": HEAD + "<Content><![CDATA[" + "a" * 65000,
        "no XML": "<" * MAX_BYTES,
        "JSON": '{"a":' * 13000,
        "UTF-16 DOCTYPE": "",
        "NUL": "\0" * MAX_BYTES,
    }
    made = {name: text.encode()[:MAX_BYTES] for name, text in written.items()}
    made["UTF-16 DOCTYPE"] = f"<!DOCTYPE xml>{HEAD}</xml>".encode("utf-16")
    made["GBK"] = ("医" * 30000).encode("gbk")
    made["random"] = bytes(range(256)) * 256
    return made


def worst(call: Callable[..., object], *given: Any) -> float:
    """The slowest of several calls, in milliseconds of processor time: other programs on the machine don't count."""
    slowest = 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        with suppress(Malformed, Refused):
            call(*given)
        slowest = max(slowest, (time.process_time() - started) * 1000)
    return slowest


def main() -> int:
    """Measure; 1 if something is over the limit."""
    cipher = Cipher("A" * 43, "wx0123456789abcdef")
    measured = {f"parse: {name}": worst(read_message, body) for name, body in bodies().items()}
    encrypted = cipher.encrypt(b"a" * 48000, b"0" * 16)
    measured["decrypt: 64 KiB for this account"] = worst(cipher.decrypt, encrypted)
    measured["decrypt: 64 KiB of padding"] = worst(cipher.decrypt, "A" * (MAX_BYTES - 20))
    measured["decrypt: 64 KiB of no base64"] = worst(cipher.decrypt, "!" * MAX_BYTES)
    for name, milliseconds in measured.items():
        print(f"{milliseconds:7.2f} ms  {name}")
    slowest = max(measured.values())
    print(f"slowest: {slowest:.2f} ms (limit {LIMIT_MS} ms, worst of {ROUNDS} rounds)")
    return int(slowest > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
