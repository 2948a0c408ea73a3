"""Puts the features of several featurizers side by side, so that each has the say it is given."""

import json
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from bot.nlu.kernel_model import Features

Row = dict[str, Any]  # featurizer -> array or csr_matrix, shape (1, width)


@dataclass(frozen=True)
class Blocks:
    """Which featurizers a message's row is made of, and how.

    Attributes:
        shares: featurizer -> its part in the similarity of two messages; all together 1.
        centres: dense featurizer -> mean vector, shape (width,). Encoders' vectors share a direction that tells nothing.
    """

    shares: dict[str, float]
    centres: dict[str, NDArray[Any]]

    @classmethod
    def measure(cls, rows: list[Row], weights: dict[str, float]) -> "Blocks":
        """Learn shares and centres from examples; a featurizer without a weight gets 1."""
        named = {name: weights.get(name, 1.0) for name in sorted(rows[0])}
        total = sum(named.values())
        centres = {
            name: np.vstack([row[name] for row in rows]).mean(axis=0) for name in named if not issparse(rows[0][name])
        }
        return cls({name: weight / total for name, weight in named.items()}, centres)

    def write(self, folder: Path) -> None:
        """Write what `read` gives back."""
        (folder / "shares.json").write_text(json.dumps(self.shares, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / "centres.npz", **self.centres)

    @classmethod
    def read(cls, folder: Path) -> "Blocks":
        """Read; FileNotFoundError where nothing was written."""
        shares = json.loads((folder / "shares.json").read_text(encoding="utf-8"))
        with np.load(folder / "centres.npz") as centres:
            return cls(shares, dict(centres))

    def join(self, rows: list[Row]) -> Features:
        """Features of messages, each given as featurizer -> row of shape (1, width)."""
        dense = [np.empty((len(rows), 0), dtype=np.float32)]
        for name, centre in self.centres.items():
            block = np.vstack([row[name] for row in rows]) - centre
            dense.append(block * _scale((block**2).sum(axis=1), self.shares[name])[:, None])
        return Features(self._join_sparse(rows), np.hstack(dense).astype(np.float32))

    def _join_sparse(self, rows: list[Row]) -> csr_matrix:
        # On the numbers themselves: scipy's own stacking takes several times as long for the one row of a message.
        names = [name for name in self.shares if name not in self.centres]
        if not names:
            return csr_matrix((len(rows), 0), dtype=np.float32)
        starts = dict(zip(names, accumulate((rows[0][name].shape[1] for name in names), initial=0)))
        parts = [(row[name], starts[name], self.shares[name]) for row in rows for name in names]
        data = [part.data * _scale(part.data @ part.data, share) for part, _, share in parts]
        indices = [part.indices + start for part, start, _ in parts]
        ends = np.cumsum([0, *(sum(row[name].nnz for name in names) for row in rows)])
        width = sum(rows[0][name].shape[1] for name in names)
        return csr_matrix((np.concatenate(data), np.concatenate(indices), ends), shape=(len(rows), width))


def _scale(square: NDArray[Any] | np.float32, share: float) -> NDArray[Any]:
    """What to multiply a row by, so that its squares sum to the share; an empty row stays empty."""
    factor: NDArray[Any] = np.sqrt(share / np.where(square > 0, square, 1)).astype(np.float32)
    return factor
