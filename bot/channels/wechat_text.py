"""What the bot says, cut to WeChat's measure: pages with links, or messages with menus. Pure."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

# WeChat takes about 2047 bytes (reports; not documented).
LIMIT = 1800

_LINK = re.compile(r"<a [^>]*>.*?</a>")
# Where a line that is too long may break: after these.
_STOPS = "。；！？，、"


@dataclass(frozen=True)
class Choice:
    """Something to tap: its title, and what it stands for.

    `value` is a payload, or blocks that are to be shown next (see `dump`).
    """

    title: str
    value: str

    @property
    def id(self) -> str:
        """Digits, the same for the same value: an old link still leads to what it stood for."""
        return str(int(hashlib.sha256(self.value.encode()).hexdigest()[:12], 16))

    @property
    def link(self) -> str:
        """The choice as a link in a text: a tap sends the title with the id."""
        title = self.title.translate({ord("<"): "＜", ord(">"): "＞", ord("\n"): " "})
        return f'<a href="weixin://bizmsgmenu?msgmenucontent={quote(title, safe="")}&msgmenuid={self.id}">{title}</a>'


@dataclass(frozen=True)
class Block:
    """A text with its choices, which belong under it."""

    text: str
    choices: tuple[Choice, ...] = ()


def blocks_of(replies: Iterable[dict[str, Any]]) -> list[Block]:
    """The contract's messages as blocks; a card's text is already written for reading line by line."""
    blocks = [
        Block(reply["text"].strip(), tuple(Choice(b["title"], b["payload"]) for b in reply["buttons"]))
        for reply in replies
    ]
    return [block for block in blocks if block.text or block.choices]


def dump(blocks: list[Block]) -> str:
    """Blocks as text, to be stored."""
    return json.dumps([[b.text, [[c.title, c.value] for c in b.choices]] for b in blocks], ensure_ascii=False)


def load(text: str) -> list[Block]:
    """The inverse of `dump`."""
    return [Block(said, tuple(Choice(*choice) for choice in choices)) for said, choices in json.loads(text)]


def page(blocks: list[Block], more: str) -> tuple[str, list[Choice]]:
    """Everything as one text of links; what is too much stands behind a last link with the title `more`.

    Returns:
        the text, and all choices that it shows or leads to.
    """
    texts = ["\n".join([b.text, *(c.link for c in b.choices)]).strip() for b in blocks]
    choices = [choice for block in blocks for choice in block.choices]
    pages = split("\n\n".join(texts), LIMIT)
    if len(pages) == 1:
        return pages[0], choices
    # The link's length does not depend on what it leads to, but for a digit or two.
    room = LIMIT - len(Choice(more, "").link.encode()) - 8
    first, *rest = split("\n\n".join(texts), room)
    onward = Choice(more, dump([Block(text) for text in rest]))
    return f"{first}\n{onward.link}", [*choices, onward]


def messages(blocks: list[Block], limit: int = LIMIT) -> list[Block]:
    """As few messages as will do: texts are joined up to the next choices, and split where too long."""
    found, texts = [], []
    for block in blocks:
        texts.append(block.text)
        if block.choices:
            *before, last = split("\n\n".join(texts), limit)
            found += [*(Block(text) for text in before), Block(last, block.choices)]
            texts = []
    return found + [Block(text) for text in split("\n\n".join(texts), limit) if text]


def split(text: str, limit: int) -> list[str]:
    """Cut into pieces of at most `limit` UTF-8 bytes: between lines, in long lines after a stop, never in a link."""
    pieces, current = [], ""
    for line in text.split("\n"):
        for part in _parts(line, limit):
            joined = f"{current}\n{part}" if current else part
            if _size(joined) <= limit:
                current = joined
                continue
            pieces.append(current)
            current = part
    pieces.append(current)
    return [piece.strip("\n") for piece in pieces if piece.strip()] or [""]


def _parts(line: str, limit: int) -> list[str]:
    if _size(line) <= limit:
        return [line]
    parts, current = [], ""
    for atom in _atoms(line):
        while current and _size(current + atom) > limit:
            # Rather after a sentence or clause, unless that wastes more than half.
            stop = max(current.rfind(mark) for mark in _STOPS) + 1
            cut = stop if 2 * _size(current[:stop]) > limit and "<a " not in current[stop:] else len(current)
            parts.append(current[:cut])
            current = current[cut:]
        current += atom
    return [*parts, current]


def _atoms(line: str) -> list[str]:
    """Characters and whole links."""
    atoms, end = [], 0
    for found in _LINK.finditer(line):
        atoms += [*line[end : found.start()], found.group()]
        end = found.end()
    return [*atoms, *line[end:]]


def _size(text: str) -> int:
    return len(text.encode())
