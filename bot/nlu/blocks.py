"""Puts the features of several featurizers side by side, so that each has the say it is given."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack, issparse, vstack

from bot.nlu.intent_model import Features

Row = dict[str, np.ndarray | csr_matrix]


@dataclass(frozen=True)
class Blocks:
    """Which featurizers a message's row is made of, and how.

    Attributes:
        shares: featurizer -> its part in the similarity of two messages; all together 1.
        centres: dense featurizer -> mean vector, shape (width,). Encoders' vectors share a direction that tells nothing.
    """

    shares: dict[str, float]
    centres: dict[str, np.ndarray]

    @classmethod
    def measure(cls, rows: list[Row], weights: dict[str, float]) -> "Blocks":
        """Learn shares and centres from examples; a featurizer without a weight gets 1."""
        named = {name: weights.get(name, 1.0) for name in sorted(rows[0])}
        total = sum(named.values())
        centres = {
            name: np.vstack([row[name] for row in rows]).mean(axis=0) for name in named if not issparse(rows[0][name])
        }
        return cls({name: weight / total for name, weight in named.items()}, centres)

    def join(self, rows: list[Row]) -> Features:
        """Features of messages, each given as featurizer -> row of shape (1, width)."""
        sparse, dense = [csr_matrix((len(rows), 0), dtype=np.float32)], [np.empty((len(rows), 0), dtype=np.float32)]
        for name, share in self.shares.items():
            if name in self.centres:
                block = np.vstack([row[name] for row in rows]) - self.centres[name]
                dense.append(block * _scales((block**2).sum(axis=1), share)[:, None])
            else:
                block = vstack([row[name] for row in rows], format="csr", dtype=np.float32)
                counts = np.diff(block.indptr)
                squares = np.bincount(np.repeat(np.arange(len(rows)), counts), block.data**2, minlength=len(rows))
                # On the numbers themselves: scipy's own product takes ten times as long for the one row of a message.
                block.data *= np.repeat(_scales(squares, share), counts)
                sparse.append(block)
        return Features(hstack(sparse, format="csr", dtype=np.float32), np.hstack(dense).astype(np.float32))


def _scales(squares: np.ndarray, share: float) -> np.ndarray:
    """What to multiply rows by, so that their squares sum to the share; an empty row stays empty."""
    return np.sqrt(share / np.where(squares > 0, squares, 1)).astype(np.float32)
