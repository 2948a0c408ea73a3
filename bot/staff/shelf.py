"""What is drafted of the knowledge: a table beside the conversations, and how drafts come to be published.

A place is a part of a file that is drafted by itself; several may be published together. Whatever ends the process, a
file is the old one or the new one. The lines of the audit are written before it, all at once, and settled after it:
who finds some that are not settled does the rest.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import BotError
from bot.knowledge import edit
from bot.knowledge.examples import examples_of
from bot.knowledge.loader import load
from bot.knowledge.model import Knowledge
from bot.staff.audit import Audit
from bot.stores.database import create_engine, make_tables
from bot.stores.published import Published

PUBLISHED = "publish"
_BEGUN = "publishing"  # a line of the audit that is not settled yet

_metadata = sa.MetaData()
_drafts = sa.Table(
    "staff_drafts",
    _metadata,
    sa.Column("place", sa.String(200), primary_key=True),
    sa.Column("who", sa.String(20), nullable=False),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    sa.Column("base", sa.Text, nullable=False),  # what was published when it was begun
    sa.Column("text", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class Place:
    """A part of a knowledge file: the file below `knowledge/`, and the keys that lead to the part."""

    file: str
    keys: tuple[str | int, ...]

    @property
    def id(self) -> str:
        """As the audit, the drafts and the forms name it."""
        return f"{self.file}:{'/'.join(map(str, self.keys))}"

    @property
    def task(self) -> str:
        """The task of a cell or a way."""
        return Path(self.file).stem

    @property
    def address(self) -> str:
        """Of its page."""
        kind = {"points": "cell", "procedures": "way"}.get(self.file.partition("/")[0])
        own = f"{kind}/{self.task}" if kind else "document"
        return f"/staff/knowledge/{own}/{self.keys[-1]}"

    @classmethod
    def of_cell(cls, task: str, point: str) -> "Place":
        """Where a cell stands."""
        return cls(f"points/{task}.yml", (point,))

    @classmethod
    def of_way(cls, task: str, number: int) -> "Place":
        """Where a way stands."""
        return cls(f"procedures/{task}.yml", ("variants", number))

    @classmethod
    def of_document(cls, id_: str) -> "Place":
        """Where it stands what a document is."""
        return cls("sources.yml", (id_,))

    @classmethod
    def of(cls, id_: str) -> "Place":
        """The place of an id."""
        file, _, keys = id_.partition(":")
        return cls(file, tuple(int(key) if key.isdecimal() else key for key in keys.split("/")))


@dataclass(frozen=True)
class Draft:
    """What somebody would have a place say."""

    place: Place
    who: str
    time: datetime
    base: str
    text: str


@dataclass(frozen=True)
class Standing:
    """What a place says, and what it is to say."""

    place: Place
    published: str
    draft: Draft | None

    @property
    def text(self) -> str:
        """What is worked on."""
        return self.draft.text if self.draft else self.published

    @property
    def seen(self) -> str:
        """What a form carries to tell on what it was based."""
        return hashlib.sha256(f"{self.published}\0{self.text}".encode()).hexdigest()[:16]

    @property
    def overtaken(self) -> bool:
        """Whether something else was published since the draft was begun."""
        return self.draft is not None and self.draft.base != self.published


class Conflict(BotError):
    """Somebody else was faster; `standing` is what they left."""

    def __init__(self, standing: Standing):
        self.standing = standing
        super().__init__("别人刚改过这一格")


class NeedsTraining(BotError):
    """The change touches example questions, which are learned."""


class Shelf:
    """What all workers tell, and their drafts."""

    def __init__(self, database_url: str, audit: Audit, published: Published):
        self.published = published
        self._audit = audit
        self._engine = create_engine(database_url)
        self._made = False

    async def standing(self, place: Place) -> Standing:
        """What a place says; LookupError where there is no such place."""
        return await asyncio.to_thread(self._standing, place)

    async def drafts(self) -> list[Draft]:
        """All drafts, the newest first."""
        return await asyncio.to_thread(self._find)

    async def standings(self) -> list[Standing]:
        """All places that are drafted, the newest first."""
        return await asyncio.to_thread(self._standings)

    async def drafted(self, known: Knowledge) -> Knowledge:
        """What would be told if all drafts were published.

        Raises:
            KnowledgeError: they have faults.
        """
        return await asyncio.to_thread(self._drafted, known)

    async def save(self, place: Place, seen: str, text: str, who: str) -> None:
        """Keep a draft in the place of what was seen.

        Raises:
            Conflict: the place says something else by now.
        """
        await asyncio.to_thread(self._save, place, seen, text, who)

    async def discard(self, place: Place, seen: str, who: str) -> None:
        """Throw a draft away; raises as `save`."""
        await asyncio.to_thread(self._discard, place, seen, who)

    async def publish(self, seen: Mapping[Place, str], who: str) -> None:
        """Let everybody read the drafts of some places, as they were seen.

        Raises:
            Conflict: a place says something else by now, or something else was published since a draft was begun.
            KnowledgeError: the drafts have faults.
            NeedsTraining: they have other example questions.
            OSError: it can't be written.
        """
        await asyncio.to_thread(self._publish, seen, who)

    async def settle(self) -> None:
        """Bring a publication to its end in which a process was ended."""
        await asyncio.to_thread(self._settle)

    def _standing(self, place: Place) -> Standing:
        return Standing(place, self._part(place), next(iter(self._find(place)), None))

    def _standings(self) -> list[Standing]:
        return [Standing(draft.place, self._part(draft.place), draft) for draft in self._find()]

    def _find(self, place: Place | None = None) -> list[Draft]:
        query = sa.select(_drafts).order_by(_drafts.c.time.desc())
        query = query.where(_drafts.c.place == place.id) if place else query
        with self._begin() as connection:
            return [
                Draft(Place.of(row.place), row.who, row.time, row.base, row.text) for row in connection.execute(query)
            ]

    def _drafted(self, known: Knowledge) -> Knowledge:
        changes = [(draft.place, draft.base, draft.text) for draft in self._find()]
        return self._whole(self._texts(changes), known)

    def _save(self, place: Place, seen: str, text: str, who: str) -> None:
        with self._alone():
            standing = self._seen(place, seen)
            # What was published meanwhile was seen beside the draft: the draft stands on it now.
            row = {"who": who, "time": datetime.now(timezone.utc), "base": standing.published, "text": text}
            with self._begin() as connection:
                connection.execute(_drafts.delete().where(_drafts.c.place == place.id))
                if text != standing.published:
                    connection.execute(_drafts.insert().values(place=place.id, **row))
            self._audit.note_now(who, "draft", [(place.id, standing.text, text)])

    def _discard(self, place: Place, seen: str, who: str) -> None:
        with self._alone():
            standing = self._seen(place, seen)
            self._forget([place])
            self._audit.note_now(who, "discard", [(place.id, standing.text, standing.published)])

    def _publish(self, seen: Mapping[Place, str], who: str) -> None:
        with self._alone():
            standings = [self._seen(place, one) for place, one in seen.items()]
            for standing in standings:
                if standing.draft is None or standing.overtaken:
                    raise Conflict(standing)
            changes = [(standing.place, standing.published, standing.text) for standing in standings]
            texts = self._texts(changes)
            self._whole(texts)
            for place, before, after in changes:
                if place.file.startswith("points/") and examples_of(before) != examples_of(after):
                    raise NeedsTraining
            numbers = self._audit.note_now(who, _BEGUN, [(place.id, before, after) for place, before, after in changes])
            self._finish(numbers, texts, list(seen))

    def _settle(self) -> None:
        if self._audit.lines_now([_BEGUN], most=1):
            with self._alone():
                pass

    def _finish_begun(self) -> None:
        lines = self._audit.lines_now([_BEGUN], most=1000)
        if not lines:
            return
        changes = [(Place.of(line.place), line.before, line.after) for line in lines]
        todo = [change for change in changes if self._part(change[0]) == change[1]]
        self._finish([line.number for line in lines], self._texts(todo), [place for place, _, _ in changes])

    def _finish(self, numbers: list[int], texts: Mapping[Path, str], places: list[Place]) -> None:
        try:
            self.published.replace(texts)
        except OSError:
            # Nothing has happened yet, and nothing is to happen behind the back of who was told so.
            self._audit.settle(numbers, "failed")
            raise
        self._forget(places)
        self._audit.settle(numbers, PUBLISHED)

    def _texts(self, changes: Iterable[tuple[Place, str, str]]) -> dict[Path, str]:
        """What the files are to hold after some changes."""
        texts: dict[Path, str] = {}
        for place, _, after in changes:
            path = self._path(place)
            texts[path] = edit.replaced(texts.get(path) or self.published.text(path), place.keys, after)
        return texts

    def _whole(self, texts: Mapping[Path, str], known: Knowledge | None = None) -> Knowledge:
        """The knowledge with other texts in some files."""
        return load(self.published.folder, {**({} if known else self.published.texts()), **texts}, known)

    def _part(self, place: Place) -> str:
        return edit.part(self.published.text(self._path(place)), place.keys)

    def _path(self, place: Place) -> Path:
        return self.published.folder / place.file

    def _seen(self, place: Place, seen: str) -> Standing:
        standing = self._standing(place)
        if standing.seen != seen:
            raise Conflict(standing)
        return standing

    def _forget(self, places: Iterable[Place]) -> None:
        with self._begin() as connection:
            connection.execute(_drafts.delete().where(_drafts.c.place.in_([place.id for place in places])))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self.published.alone():
            self._finish_begun()
            yield

    def _begin(self) -> Any:
        if not self._made:
            make_tables(_metadata, self._engine)
            self._made = True
        return self._engine.begin()
