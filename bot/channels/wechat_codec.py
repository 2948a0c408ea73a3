"""WeChat's wire format: signatures, encryption, XML. Pure: no clock, no network, no randomness.

Source: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
"""

import base64
import binascii
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

MAX_BYTES = 64 * 1024
MAX_AGE = 300  # seconds between WeChat's clock and ours
MAX_DEPTH = 8  # the events of scan and location menus nest
MAX_ELEMENTS = 200  # several times what the largest event has
MAX_NAME = 128  # characters of an id of an account, a person or a message
_PADDING = 32  # Tencent pads to 32 bytes, not to AES's 16

# WeChat's elements, as far as they are used, and what they are called here.
_FIELDS = {
    "ToUserName": "account",
    "FromUserName": "person",
    "CreateTime": "created",
    "MsgType": "kind",
    "MsgId": "id",
    "Content": "content",
    "Recognition": "recognition",
    "bizmsgmenuid": "choice",
    "Event": "event",
    "EventKey": "event_key",
}
_NAMES = ("account", "person", "created", "kind", "id", "choice", "event")
# XML 1.0 can't hold these, not even escaped.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Refused(Exception):
    """Not from WeChat, not for this account, or too old."""


class Malformed(Exception):
    """Not a message in WeChat's form."""


@dataclass(frozen=True)
class Incoming:
    """What a person sent or did; fields that WeChat left out are empty."""

    account: str
    person: str  # the openid
    created: str
    kind: str
    id: str = ""
    content: str = ""
    recognition: str = ""  # what a voice message was heard as
    choice: str = ""  # the id of a tapped choice
    event: str = ""
    event_key: str = ""

    @property
    def key(self) -> str:
        """The same for every delivery of one message. MsgId alone has collided between people."""
        parts = [self.account, self.person, self.kind]
        parts += (
            [self.created, self.event, self.event_key]
            if self.kind == "event"
            else [self.id or self.created + self.content]
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def sign(*parts: str) -> str:
    """WeChat's signature: SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "replace")).hexdigest()  # noqa: S324  (WeChat wants it)


def check_age(timestamp: str, now: float) -> None:
    """Raises: Refused: not a time in plain digits, or more than `MAX_AGE` off."""
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > MAX_AGE:
        raise Refused("timestamp")


def check_signature(given: str, *parts: str) -> None:
    """Compare in constant time.

    Raises:
        Refused: the signature is not that of the parts.
    """
    if not hmac.compare_digest(given.encode("utf-8", "replace"), sign(*parts).encode()):
        raise Refused("signature")


class Cipher:
    """AES-256-CBC as WeChat uses it, for one key and one account."""

    def __init__(self, aes_key: str, app_id: str):
        self._key = base64.b64decode(aes_key + "=")
        self._app_id = app_id.encode()

    def decrypt(self, encrypted: str) -> bytes:
        """Raises: Refused: not encrypted with this key for this account."""
        try:
            data = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("base64") from None
        if not data or len(data) % 16:
            raise Refused("length")
        decryptor = self._cipher().decryptor()
        data = decryptor.update(data) + decryptor.finalize()
        pad = data[-1]
        if not 1 <= pad <= _PADDING or data[-pad:] != bytes([pad]) * pad or len(data) - pad < 20:
            raise Refused("padding")
        data = data[16:-pad]
        (length,) = struct.unpack(">I", data[:4])
        if not hmac.compare_digest(data[4 + length :], self._app_id):
            raise Refused("appid")
        return data[4 : 4 + length]

    def encrypt(self, plain: bytes, random16: bytes) -> str:
        """Encrypt for this account, behind 16 random bytes."""
        data = random16 + struct.pack(">I", len(plain)) + plain + self._app_id
        pad = _PADDING - len(data) % _PADDING
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(data + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def _cipher(self) -> BlockCipher[modes.CBC]:
        return BlockCipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def decrypt(encrypted: str, ciphers: list[Cipher]) -> tuple[bytes, Cipher]:
    """Decrypt with the first key that fits; the answer must use the same.

    Raises:
        Refused: none fits.
    """
    for cipher in ciphers:
        try:
            return cipher.decrypt(encrypted), cipher
        except Refused:
            continue
    raise Refused("encryption")


def read_message(body: bytes) -> Incoming:
    """The message in plain XML.

    Raises:
        Malformed: no such message.
    """
    fields = read_fields(body)
    values = {name: fields.get(element, "") for element, name in _FIELDS.items()}
    if not (values["account"] and values["person"] and values["kind"]):
        raise Malformed("a name or the type is missing")
    if any(len(values[name]) > MAX_NAME for name in _NAMES):
        raise Malformed("a name is too long")
    return Incoming(**values)


def read_fields(body: bytes) -> dict[str, str]:
    """The texts of the elements of an `<xml>` document, without those that hold elements themselves.

    Raises:
        Malformed: not such a document, or one with a DOCTYPE, too deep, or with a field doubled or nested.
    """
    parser = DefusedXMLParser(target=_Fields(), forbid_dtd=True)
    try:
        # Text, so that no declaration in it chooses another encoding.
        parser.feed(body.decode("utf-8"))
        fields: Any = parser.close()  # what the target gives
        return dict(fields)
    except (ParseError, DefusedXmlException, UnicodeDecodeError) as error:
        raise Malformed(type(error).__name__) from None


class _Fields:
    """An expat target that keeps the fields and builds no tree."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._fields: dict[str, list[str]] = {}
        self._nested: set[str] = set()
        self._count = 0

    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        self._path.append(tag)
        self._count += 1
        depth = len(self._path)
        if depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Malformed("too deep or too many elements")
        if depth == 1 and tag != "xml":
            raise Malformed("not <xml>")
        if depth == 2:
            if tag in self._fields:
                raise Malformed("a field twice")
            self._fields[tag] = []
        if depth == 3:
            if self._path[1] in _FIELDS or self._path[1] == "Encrypt":
                raise Malformed("a field in a field")
            self._nested.add(self._path[1])

    def data(self, text: str) -> None:
        if len(self._path) == 2:
            self._fields[self._path[1]].append(text)

    def end(self, tag: str) -> None:
        self._path.pop()

    def close(self) -> dict[str, str]:
        return {tag: "".join(texts) for tag, texts in self._fields.items() if tag not in self._nested}


def write_text(message: Incoming, text: str, now: int) -> str:
    """The passive answer to a message: a text back to its sender."""
    return (
        f"<xml><ToUserName>{_cdata(message.person)}</ToUserName>"
        f"<FromUserName>{_cdata(message.account)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(text)}</Content></xml>"
    )


def write_envelope(encrypted: str, token: str, timestamp: str, nonce: str) -> str:
    """An encrypted answer with its signature."""
    return (
        f"<xml><Encrypt>{_cdata(encrypted)}</Encrypt>"
        f"<MsgSignature>{_cdata(sign(token, timestamp, nonce, encrypted))}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    )


def _cdata(text: str) -> str:
    return f"<![CDATA[{_UNPRINTABLE.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"
