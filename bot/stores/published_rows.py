"""The published knowledge in the database, for several machines: rows in place of files, which were its first version."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import BotError
from bot.stores.database import create_engine, make_tables
from bot.stores.published import Files, Stamps, locked

_CARRIED = ("sources.yml", "points/*.yml", "procedures/*.yml")  # what can be published
_LOCK = 0x79696261  # of PostgreSQL's own, while one publishes

_metadata = sa.MetaData()
_rows = sa.Table(
    "knowledge_files",
    _metadata,
    sa.Column("file", sa.String(100), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # grows with every change of any file
    sa.Column("carried", sa.Boolean, nullable=False),  # the files have it too: it came from them, or was exported
)


class Rows:
    """Rows in place of files: what all machines tell. Only what the model learned still comes from the files."""

    def __init__(self, url: str, folder: Path):
        self.folder, self._files = folder, Files(folder)
        self._engine = create_engine(url)
        self._made = False

    def begin(self) -> None:
        """Make the files its first version, where it has none."""
        with self.alone():
            if not self.texts():
                self._write(self._shipped(), carried=True)

    def stamps(self) -> Stamps:
        """The number of the change that each row is of; of files without a row what `Files` has."""
        with self._begin() as connection:
            found = connection.execute(sa.select(_rows.c.file, _rows.c.number)).fetchall()
        return {**self._files.stamps(), **{self.folder / row.file: (row.number,) for row in found}}

    def texts(self) -> dict[Path, str]:
        """All rows."""
        with self._begin() as connection:
            found = connection.execute(sa.select(_rows.c.file, _rows.c.text)).fetchall()
        return {self.folder / row.file: row.text for row in found}

    def text(self, path: Path) -> str:
        """The row, or the file where there is none."""
        query = sa.select(_rows.c.text).where(_rows.c.file == self._name(path))
        with self._begin() as connection:
            found: str | None = connection.execute(query).scalar()
        return self._files.text(path) if found is None else found

    def replace(self, texts: Mapping[Path, str]) -> None:
        """Write the rows, all or none."""
        self._write(texts, carried=False)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process of all machines at a time."""
        if self._engine.dialect.name == "sqlite":
            with locked(Path(self._engine.url.database)):
                yield
            return
        with self._begin() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield

    def differs(self) -> list[Path]:
        """The files that say something else than the rows."""
        shipped = self._shipped()
        return [path for path, text in sorted(self.texts().items()) if shipped.get(path) != text]

    def export(self) -> list[Path]:
        """Write into the files what was published, and remember that they have it.

        Returns:
            the files that are others now.

        Raises:
            BotError: they can't be written.
        """
        with self.alone():
            others = self.differs()
            texts = self.texts()
            try:
                self._files.replace({path: texts[path] for path in others})
            except OSError as error:
                raise BotError(f"写不到 {self.folder}（{error.strerror}）") from error
            self._write(texts, carried=True)
        return others

    def take_in(self, all_of_it: bool = False) -> list[Path]:
        """Let what stands in the files be what all machines tell.

        Args:
            all_of_it: also in place of what was published and never exported.

        Returns:
            the files that the rows have changed with.

        Raises:
            BotError: something was published that the files never had.
        """
        with self.alone():
            shipped, lost = self._shipped(), self.not_exported()
            lost = [path for path in lost if shipped.get(path) != self.text(path)]
            if lost and not all_of_it:
                names = "、".join(self._name(path) for path in lost)
                raise BotError(
                    f"工作台上改过、还没导出过：{names}。先 yibao knowledge export，合并好再 import；"
                    "确实不要那些改动，用 import --replace"
                )
            before = self.texts()
            changed = [path for path, text in sorted(shipped.items()) if before.get(path) != text]
            self._write(shipped, carried=True)
            with self._begin() as connection:
                kept = [self._name(path) for path in shipped]
                connection.execute(_rows.delete().where(_rows.c.file.not_in(kept)))
        return changed

    def not_exported(self) -> list[Path]:
        """The rows that were published after the last export or import."""
        query = sa.select(_rows.c.file).where(_rows.c.carried.is_(False)).order_by(_rows.c.file)
        with self._begin() as connection:
            return [self.folder / row.file for row in connection.execute(query)]

    def _shipped(self) -> dict[Path, str]:
        paths = (path for pattern in _CARRIED for path in sorted(self.folder.glob(pattern)))
        return {path: path.read_text("utf-8") for path in paths}

    def _write(self, texts: Mapping[Path, str], carried: bool) -> None:
        with self._begin() as connection:
            told = dict(connection.execute(sa.select(_rows.c.file, _rows.c.text)).all())
            number = (connection.execute(sa.select(sa.func.max(_rows.c.number))).scalar() or 0) + 1
            for path, text in texts.items():
                name = self._name(path)
                same = told.get(name) == text
                if same and not carried:
                    continue
                values = {"carried": carried, **({} if same else {"text": text, "number": number})}
                here = _rows.c.file == name
                if name in told:
                    connection.execute(_rows.update().where(here).values(values))
                else:
                    connection.execute(_rows.insert().values(file=name, **values))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _begin(self) -> Any:
        if not self._made:
            make_tables(_metadata, self._engine)
            self._made = True
        return self._engine.begin()
