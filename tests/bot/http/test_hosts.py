"""Only who calls this server by a name of its own is served."""

import pytest

from bot.http.hosts import is_known, is_own_origin


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:5005", "127.0.0.1:5005", "127.1.2.3", "[::1]", "[::1]:5005", "bot.example.cn:443"]
    + ["Bot.Example.CN.", "10.0.0.9", "192.0.2.5:80"],
)
def test_own_names_are_known(host) -> None:
    assert is_known(host, ("bot.example.cn", "10.0.0.9"), here="192.0.2.5")


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:5005", "10.0.0.8"]
    + [
        "bot.example.cn@evil.example",
        "bot.example.cn/x",
        "[::1",
        "::1",
        "[::2]",
        "localhost:",
        "localhost:x",
        "0.0.0.0",
    ]
    + ["ｌocalhost", "\udcff", "localhost localhost", "bot.example.cn,evil.example", "..", "[]", "127.0.0.1%2f"],
)
def test_other_names_are_not(host) -> None:
    assert not is_known(host, ("bot.example.cn", "10.0.0.9"), here="192.0.2.5")


def test_here_on_a_socket_for_both_kinds() -> None:
    assert is_known("192.0.2.5:5005", (), here="::ffff:192.0.2.5")


def test_an_origin_is_own_only_as_a_whole() -> None:
    assert is_own_origin("https://a.cn", "a.cn") and is_own_origin("http://a.cn:81", "a.cn:81")
    for origin in ("http://[", "https://a.cn.b.cn", "a.cn", "ftp://a.cn", "https://b.cn", "null", "https://"):
        assert not is_own_origin(origin, "a.cn")


def test_a_page_under_another_name_gets_nothing(served) -> None:
    """DNS rebinding: its name leads here, and the browser lets it read all it gets."""

    async def scene(raw) -> None:
        for path in ("/", "/widget.js", "/cards/bind_family", "/webhooks/web/", "/webhooks/wechat/webhook", "/nothing"):
            for host in ("Host: evil.example:5005", "Host: evil.example\r\nOrigin: http://evil.example", "X: y"):
                assert await raw.status(f"GET {path} HTTP/1.1\r\n{host}\r\n\r\n".encode()) in (403, 404), (path, host)
        sent = b"POST /webhooks/web/sessions HTTP/1.1\r\nContent-Length: 2\r\nHost: evil.example\r\n\r\n{}"
        assert await raw.status(sent) == 403
        # Who watches calls by an address.
        assert await raw.status(b"GET /livez HTTP/1.1\r\nHost: 10.1.2.3:5005\r\n\r\n") == 200
        assert await raw.status(b"GET /livez HTTP/1.0\r\n\r\n") == 200
        assert await raw.status(b"GET / HTTP/1.1\r\nHost: bot.example.cn\r\n\r\n") == 200

    served(scene, hosts=("bot.example.cn",))


def test_no_origin_is_an_error_of_the_server(served) -> None:
    async def scene(raw) -> None:
        for origin in ("http://[", "http://[::1", "//", "\xff", "http://a:b:c", "[", "http://user@:x/"):
            sent = f"GET /webhooks/web/ HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\r\n".encode("latin-1")
            assert await raw.status(sent) == 403, origin

    served(scene)
