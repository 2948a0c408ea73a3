"""The codec against Tencent's published vectors, wechatpy's, and whatever else there is."""

import base64

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.wechat_codec import (
    MAX_AGE,
    Cipher,
    Incoming,
    Malformed,
    Refused,
    check_age,
    check_signature,
    decrypt,
    read_fields,
    read_message,
    sign,
    write_envelope,
    write_text,
)
from tests.wechat import ACCOUNT, PERSON, VECTORS, event_xml, text_xml, xml

OFFICIAL = {vector["id"]: vector for vector in VECTORS["official"]}
SECURE = [vector for vector in VECTORS["secure"] if "plaintext_xml" in vector]


def cipher_of(vector: dict) -> Cipher:
    return Cipher(vector["encoding_aes_key"], vector["appid"])


@pytest.mark.parametrize("vector", VECTORS["official"] + VECTORS["plain"], ids=lambda v: v["id"])
def test_signature_of_the_address(vector: dict) -> None:
    if "signature" in vector:
        check_signature(vector["signature"], vector["token"], vector["timestamp"], vector["nonce"])
    else:
        assert "msg_signature" in vector


@pytest.mark.parametrize("vector", SECURE + VECTORS["replies"], ids=lambda v: v["id"])
def test_secure_vector_opens_and_closes_again(vector: dict) -> None:
    key = vector.get("previous_encoding_aes_key") or vector["encoding_aes_key"]
    cipher = Cipher(key, vector["appid"])
    check_signature(vector["msg_signature"], vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert cipher.decrypt(vector["encrypt"]).decode() == vector["plaintext_xml"]
    if "random16" in vector:
        assert cipher.encrypt(vector["plaintext_xml"].encode(), vector["random16"].encode()) == vector["encrypt"]


def test_tencents_secure_post_opens() -> None:
    vector = OFFICIAL["tencent-docs-secure-post"]
    assert cipher_of(vector).decrypt(vector["encrypt"]).decode() == vector["plaintext"]


def test_tencents_reply_comes_out_byte_for_byte() -> None:
    vector = OFFICIAL["tencent-docs-secure-reply"]
    encrypted = cipher_of(vector).encrypt(vector["plaintext"].encode(), vector["random16"].encode())
    assert encrypted == vector["encrypt"]
    assert sign(vector["token"], vector["timestamp"], vector["nonce"], encrypted) == vector["msg_signature"]


def test_tencents_compatible_sample_opens() -> None:
    vector = OFFICIAL["tencent-sample-2014-compat-mode"]
    assert cipher_of(vector).decrypt(read_fields(vector["body"].encode())["Encrypt"]).decode() == vector["plaintext"]


def test_the_key_that_opens_is_told() -> None:
    vector = next(v for v in VECTORS["secure"] if v["id"] == "key-rotation-previous-key")
    present = Cipher(vector["encoding_aes_key"], vector["appid"])
    previous = Cipher(vector["previous_encoding_aes_key"], vector["appid"])
    plain, used = decrypt(vector["encrypt"], [present, previous])
    assert plain.decode() == vector["plaintext_xml"] and used is previous


@pytest.mark.parametrize(
    "timestamp", ["", "-1", "１７６００００００００", "9" * 400, "1760000000.0", " 1760000000", "0x1"]
)
def test_a_time_that_is_none_is_refused(timestamp: str) -> None:
    with pytest.raises(Refused):
        check_age(timestamp, 1760000000)


def test_a_time_may_be_off_by_five_minutes() -> None:
    check_age("1760000000", 1760000000 + MAX_AGE)
    for off in (-MAX_AGE - 1, MAX_AGE + 1):
        with pytest.raises(Refused):
            check_age("1760000000", 1760000000 + off)


@pytest.mark.parametrize("given_", ["", "é" * 40, "0" * 40, "\ud800"])
def test_a_wrong_signature_is_refused(given_: str) -> None:
    with pytest.raises(Refused):
        check_signature(given_, "token", "1", "2")


def test_a_message_of_each_kind_is_read() -> None:
    text = read_message(text_xml("你好 😀 <b>&", bizmsgmenuid="101").encode())
    assert (text.account, text.person, text.content, text.choice) == (ACCOUNT, PERSON, "你好 😀 <b>&", "101")
    click = read_message(event_xml("CLICK", "/bind_family").encode())
    assert (click.kind, click.event, click.event_key) == ("event", "CLICK", "/bind_family")


def test_menu_events_may_nest() -> None:
    nested = event_xml("scancode_push", "k").replace(
        "</xml>",
        "<SendPicsInfo><PicList><item><PicMd5Sum>a</PicMd5Sum></item><item><PicMd5Sum>b</PicMd5Sum></item></PicList>"
        "</SendPicsInfo></xml>",
    )
    assert read_message(nested.encode()).event == "scancode_push"


def test_the_key_is_that_of_one_message_of_one_person() -> None:
    def key(body: str) -> str:
        return read_message(body.encode()).key

    assert key(text_xml("a", id_=1)) == key(text_xml("a", id_=1))
    assert key(text_xml("a", id_=1)) != key(text_xml("a", id_=1, person="oOther"))
    assert key(text_xml("a", id_=1)) != key(text_xml("a", id_=2))
    assert key(event_xml("CLICK", "/a")) != key(event_xml("CLICK", "/b"))
    assert key(event_xml("CLICK", "/a")) != key(event_xml("CLICK", "/a", created=1760000001))


_ENTITY = '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
_LAUGHS = "<!DOCTYPE xml [" + "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9)) + "]>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"Encrypt":"x"}',
        text_xml("a").encode()[:-9],
        text_xml("你好").encode("gbk"),
        ('<?xml version="1.0" encoding="gbk"?>' + text_xml("你好")).encode("gbk"),
        (_ENTITY + text_xml("a").replace("<![CDATA[a]]>", "&a;")).encode(),
        (_LAUGHS + text_xml("a").replace("<![CDATA[a]]>", "&a9;")).encode(),
        ("<!DOCTYPE xml>" + text_xml("a")).encode(),
        ("<!DOCTYPE xml>" + text_xml("a")).encode("utf-16"),
        ("<!DOCTYPE xml>" + text_xml("a")).encode("utf-16-le"),
        text_xml("a").encode("utf-16"),
        text_xml("a", Content2="b").replace("Content2", "Content").encode(),
        text_xml("a").replace("<![CDATA[a]]>", "<b>a</b>").encode(),
        text_xml("a").replace("<![CDATA[a]]>", "&nobody;").encode(),
        text_xml("a").replace("<![CDATA[a]]>", "&#0;").encode(),
        xml().encode(),
        text_xml("a", person="").encode(),
        text_xml("a", person="o" * 129).encode(),
        text_xml("a").replace("xml>", "html>").encode(),
        b"<a>" * 15000,
        text_xml("a").replace("</xml>", "<a/>" * 9000 + "</xml>").encode(),
        text_xml("a").replace("</xml>", "<A>" + "<a/>" * 9000 + "</A></xml>").encode(),
        b"<xml>" + b"<a>" * 9 + b"</a>" * 9 + b"</xml>",
    ],
)
def test_what_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_message(body)


def test_no_declaration_chooses_another_encoding() -> None:
    body = '<?xml version="1.0" encoding="gbk"?>' + text_xml("你好")
    assert read_message(body.encode()).content == "你好"


@pytest.mark.parametrize("text", ["a]]>b", "a\x00\x0b\ud800b", "😀👨‍👩‍👧", "]]>]]>", "<b>&amp;", "\t\n"])
def test_any_text_is_safe_in_an_answer(text: str) -> None:
    answer = write_text(Incoming(ACCOUNT, PERSON, "1", "text"), text, 1760000000)
    fields = read_fields(answer.encode())
    assert (fields["ToUserName"], fields["FromUserName"], fields["CreateTime"]) == (PERSON, ACCOUNT, "1760000000")
    assert fields["Content"] == "".join(c for c in text if c not in "\x00\x0b\ud800")


def _read(body: bytes) -> Incoming | str:
    """The message, or why there is none."""
    try:
        return read_message(body)
    except Malformed as error:
        return str(error)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(b"<xml>\xff</xml>")
def test_no_body_gives_anything_but_a_message_or_a_named_error(body: bytes) -> None:
    assert _read(body)


_TAGS = st.sampled_from(["xml", "ToUserName", "FromUserName", "MsgType", "Content", "MsgId", "Encrypt", "a"])
_PIECES = st.one_of(
    _TAGS.map("<{}>".format),
    _TAGS.map("</{}>".format),
    st.sampled_from(
        ["<![CDATA[", "]]>", "<!--", "-->", "<?x?>", "<!DOCTYPE a>", "&a;", "&#0;", "&lt;", "a='b'", "\x00"]
    ),
    st.text(max_size=5),
)


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=40))
def test_no_markup_gives_anything_but_a_message_or_a_named_error(pieces: list[str]) -> None:
    body = "".join(pieces).encode("utf-8", "replace")
    assert _read(body)


@settings(deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode()))
def test_nothing_opens_but_what_was_closed_with_the_key(encrypted: str) -> None:
    cipher = Cipher(VECTORS["plain"][0]["encoding_aes_key"], "wx0123456789abcdef")
    with pytest.raises(Refused):
        cipher.decrypt(encrypted)


@settings(deadline=None)
@given(st.binary(max_size=300), st.binary(min_size=16, max_size=16), st.text(max_size=30))
def test_what_is_closed_opens_for_the_same_account_only(plain: bytes, prefix: bytes, nonce: str) -> None:
    key = VECTORS["plain"][0]["encoding_aes_key"]
    encrypted = Cipher(key, "wx0123456789abcdef").encrypt(plain, prefix)
    assert Cipher(key, "wx0123456789abcdef").decrypt(encrypted) == plain
    for other in ("wx0123456789abcde", "wx0123456789abcdef0", "0123456789abcdef", ""):
        with pytest.raises(Refused):
            Cipher(key, other).decrypt(encrypted)
    envelope = read_fields(write_envelope(encrypted, "token", "1760000000", nonce).encode("utf-8", "replace"))
    assert envelope["Encrypt"] == encrypted and envelope["TimeStamp"] == "1760000000"


@pytest.mark.parametrize("flipped", range(32))
def test_a_changed_byte_is_refused(flipped: int) -> None:
    vector = VECTORS["secure"][0]
    data = bytearray(base64.b64decode(vector["encrypt"]))
    data[-1 - flipped] ^= 1
    with pytest.raises(Refused):
        cipher_of(vector).decrypt(base64.b64encode(data).decode())
