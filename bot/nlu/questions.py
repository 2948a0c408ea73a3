"""The cells' example questions: which of them a message is like, and which point and entry of each task it asks for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.model import BARE, GENERAL
from bot.nlu.kernel_model import Features, Head, fit, kernel_of

_FEATURES, _BOOKS = "cells", "books.npz"
_KINDS = ("point", "entry")
# Directions of the encoder's 512 that are kept of the examples: of scripts/choose_weights.py's messages as many are right
# with 256 or 160 as with all, and each saves memory and time with every example that is added.
_WIDTH = 192
_Found = TypeVar("_Found")
_Says = Callable[[str, str], NDArray[Any]]  # kind, task -> probabilities of the labels, shape (messages, labels)


class OfTask(Mapping[str, _Found]):
    """What is worked out of a task once somebody asks for it: of twenty tasks a message concerns a few."""

    def __init__(self, tasks: Iterable[str], find: Callable[[str], _Found]):
        self._tasks, self._find = frozenset(tasks), cache(find)

    def __getitem__(self, task: str) -> _Found:
        if task not in self._tasks:
            raise KeyError(task)
        return self._find(task)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)


@dataclass(frozen=True)
class Asked:
    """What a message has of the example questions.

    Attributes:
        near: (key of an entry, likeness of its likest example).
        fits: task -> key of an entry that is near -> how likely the entry is of all of its task.
        points: task -> points with how likely each is of that task, likeliest first.
        plain: the same of the points that are asked for and nothing narrower.
    """

    near: list[tuple[str, float]]
    fits: Mapping[str, dict[str, float]]
    points: Mapping[str, list[tuple[str, float]]]
    plain: Mapping[str, list[tuple[str, float]]]


@dataclass(frozen=True)
class Book:
    """The examples of one task with the barest questions beside them, and what was learned of them.

    Attributes:
        rows: where they stand, shape (examples,).
        labels: kind -> the points, or entries, that they ask for.
        heads: kind -> what tells these apart, where there are several.
    """

    rows: NDArray[Any]
    labels: dict[str, list[str]]
    heads: dict[str, Head]

    def says(self, kind: str, kernel: NDArray[Any]) -> NDArray[Any]:
        """Probabilities of the labels, shape (messages, labels); what stands alone is certain."""
        return self.heads[kind].probabilities(kernel) if kind in self.heads else np.ones((len(kernel), 1))

    def first(self, says: NDArray[Any], length: int) -> list[tuple[str, float]]:
        """The likeliest points with their probabilities."""
        order = np.argsort(-says, kind="stable")[:length]
        return [(self.labels["point"][i], float(says[i])) for i in order]

    @cached_property
    def _bare(self) -> tuple[list[int], list[str]]:
        """Where among the entries the barest questions stand, and the points they ask for."""
        found = [(i, entry.split("/")[1]) for i, entry in enumerate(self.labels["entry"]) if _is_bare(entry)]
        return [i for i, _ in found], [point for _, point in found]

    def plain(self, says: NDArray[Any], length: int) -> list[tuple[str, float]]:
        """The likeliest of the points that are asked for in general, with the probabilities of just that."""
        columns, points = self._bare
        found = says[columns]
        return [(points[i], float(found[i])) for i in np.argsort(-found, kind="stable")[:length]]


@dataclass(frozen=True)
class Questions:
    """All example questions, those of one task side by side.

    Attributes:
        features: of the examples; a question of several entries of a cell is one.
        keys: of each example, `task/point/entry/kind` of the entries that it stands under.
        asks: of each example, the first of the entries that have a question in common: they answer the same
            question for different people, and nothing in it tells them apart.
        sharpness: of the kernel.
        plane: the directions in which the examples differ most, shape (width of a message, kept directions).
        books: task -> its book.
    """

    features: Features
    keys: list[tuple[str, ...]]
    asks: list[str]
    sharpness: float
    plane: NDArray[Any]
    books: dict[str, Book]

    @classmethod
    def learn(cls, features: Features, keys: list[tuple[str, ...]], ridge: float, sharpness: float) -> "Questions":
        """Learn of each task to tell its points and its entries apart.

        Of left-out examples the most alike one is of the right entry of its cell for 64 of 100, these heads name it for 71.

        Args:
            features: of the examples.
            keys: of each example, all of one cell; those of a task stand together.
            ridge: strength of the regularisation.
            sharpness: of the kernel.
        """
        books, asks = {}, _asks(keys)
        plane = _plane(features.dense)
        features = _onto(plane, features)
        tasks, at = (np.array([first.split("/")[place] for first, *_ in keys]) for place in (0, 1))
        shared = np.array([_is_bare(first) and first.startswith(f"{GENERAL}/") for first, *_ in keys])
        for task in np.unique(tasks[~shared]):
            own = (tasks == task) & ~shared
            # In general one asks of a task only what it has cells for.
            rows = np.flatnonzero(own | shared & np.isin(at, at[own]))
            given: dict[str, list[str | None]] = {
                "point": at[rows].tolist(),
                "entry": [asks[row] for row in rows],
            }
            told = Features(features.sparse[rows], features.dense[rows])
            several = {kind: labels for kind, labels in given.items() if len(set(labels)) > 1}
            # As the heads have them.
            named = {kind: sorted(set(map(str, labels))) for kind, labels in given.items()}
            heads = fit(told, several, ridge, sharpness).model.heads
            books[str(task)] = Book(rows, named, {kind: h for kind, h in heads.items() if isinstance(h, Head)})
        return cls(features, keys, asks, sharpness, plane, books)

    def write(self, folder: Path) -> None:
        """Write what `read` gives back."""
        self.features.write(folder, _FEATURES)
        arrays: dict[str, Any] = {
            "keys": np.array(list(map(" ".join, self.keys))),
            "asks": np.array(self.asks),
            "sharpness": np.array(self.sharpness),
            "plane": self.plane,
        }
        for task, book in self.books.items():
            arrays[f"{task}/rows"] = book.rows
            for kind, labels in book.labels.items():
                arrays[f"{task}/{kind}/labels"] = np.array(labels)
            for kind, head in book.heads.items():
                at = f"{task}/{kind}"
                arrays[f"{at}/coefficients"], arrays[f"{at}/bias"] = head.coefficients, head.bias
                arrays[f"{at}/temperature"] = np.array(head.temperature)
        np.savez(folder / _BOOKS, **arrays)

    @classmethod
    def read(cls, folder: Path) -> "Questions | None":
        """Read; None where there were none to learn."""
        if not (folder / _BOOKS).exists():
            return None
        with np.load(folder / _BOOKS) as file:
            arrays = dict(file)
        books = {}
        for name, rows in arrays.items():
            task, _, rest = name.partition("/")
            if rest == "rows":
                heads = {k: _head(arrays, f"{task}/{k}") for k in _KINDS if f"{task}/{k}/bias" in arrays}
                labels = {kind: arrays[f"{task}/{kind}/labels"].tolist() for kind in _KINDS}
                books[task] = Book(rows, labels, heads)
        keys, asks = [tuple(key.split()) for key in arrays["keys"].tolist()], arrays["asks"].tolist()
        features = Features.read(folder, _FEATURES)
        return cls(features, keys, asks, float(arrays["sharpness"]), arrays["plane"], books)

    def asked(self, messages: Features, most: int, length: int) -> Iterator[Asked]:
        """What each message has of the questions.

        Args:
            messages: their features.
            most: how many entries are named.
            length: how many points of a task.
        """
        similar = _onto(self.plane, messages).similarity(self.features)
        kernel = kernel_of(similar, self.sharpness)

        @cache
        def says(kind: str, task: str) -> NDArray[Any]:
            return self.books[task].says(kind, kernel[:, self.books[task].rows])

        for place, likeness in enumerate(similar):
            near = self._near(likeness, most)
            yield Asked(
                near,
                OfTask({key.split("/")[0] for key, _ in near}, partial(self._fits, says, place, near)),
                OfTask(self.books, partial(self._points, says, place, length)),
                OfTask(self.books, partial(self._plain, says, place, length)),
            )

    def _fits(self, says: _Says, place: int, near: list[tuple[str, float]], task: str) -> dict[str, float]:
        columns = {key: self._columns[key] for key, _ in near if key.startswith(f"{task}/")}
        return {key: float(says("entry", task)[place, c]) if c is not None else 0.0 for key, c in columns.items()}

    def _points(self, says: _Says, place: int, length: int, task: str) -> list[tuple[str, float]]:
        return self.books[task].first(says("point", task)[place], length)

    def _plain(self, says: _Says, place: int, length: int, task: str) -> list[tuple[str, float]]:
        return self.books[task].plain(says("entry", task)[place], length)

    @cached_property
    def _columns(self) -> dict[str, int | None]:
        """Of each key the column of its entry among those of its task; None for what stands in none."""
        columns = {
            task: {entry: n for n, entry in enumerate(book.labels["entry"])} for task, book in self.books.items()
        }
        places = ((key, key.split("/")[0], asks) for keys, asks in zip(self.keys, self.asks) for key in keys)
        return {key: columns.get(task, {}).get(asks) for key, task, asks in places}

    def _near(self, likeness: NDArray[Any], most: int) -> list[tuple[str, float]]:
        """The entries whose examples a message is most like, with the likeness of the likest, out of that to each."""
        found: dict[str, float] = {}
        # Only the head of the ranking is sorted: the whole takes a millisecond for every clause.
        many = min(3 * most, len(likeness))
        head = np.sort(np.argpartition(-likeness, many - 1)[:many])
        order = head[np.argsort(-likeness[head], kind="stable")]
        for place, says in zip(order.tolist(), likeness[order].tolist()):
            for key in self.keys[place]:
                found.setdefault(key, says)
        return list(found.items())[:most]


def _plane(dense: NDArray[Any]) -> NDArray[Any]:
    """The directions in which rows are longest, shape (width, at most `_WIDTH`)."""
    _, directions = np.linalg.eigh(dense.T @ dense)
    kept: NDArray[Any] = directions[:, ::-1][:, :_WIDTH].astype(dense.dtype)
    return kept


def _onto(plane: NDArray[Any], messages: Features) -> Features:
    """Messages as seen on the plane, where each stays as long as it was: its likeness to itself is 1."""
    seen = messages.dense @ plane
    shorter = np.linalg.norm(messages.dense, axis=1) / np.maximum(np.linalg.norm(seen, axis=1), 1e-9)
    return Features(messages.sparse, seen * shorter[:, None].astype(seen.dtype))


def _entry(key: str) -> str:
    """The entry of an example, whatever its kind; who asks for nothing narrower asks the same of every task."""
    place, _, kind = key.rpartition("/")
    return f"{GENERAL}/{key.split('/')[1]}/0/{BARE}" if kind == BARE else place


def _is_bare(key: str) -> bool:
    return key.endswith(f"/{BARE}")


def _asks(keys: list[tuple[str, ...]]) -> list[str]:
    """Of each example the first entry of its cell that asks the same: its own, or one that shares a question with it."""
    same: dict[str, str] = {}

    def first(entry: str) -> str:
        while same.get(entry, entry) != entry:
            entry = same[entry]
        return entry

    for entries in (list(map(_entry, of_question)) for of_question in keys):
        for entry in entries[1:]:
            one, other = sorted((first(entry), first(entries[0])))
            same[other] = one
    return [first(_entry(of_question[0])) for of_question in keys]


def _head(arrays: dict[str, NDArray[Any]], at: str) -> Head:
    labels, coefficients = arrays[f"{at}/labels"], arrays[f"{at}/coefficients"]
    return Head(labels, coefficients, arrays[f"{at}/bias"], float(arrays[f"{at}/temperature"]))
