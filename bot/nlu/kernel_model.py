"""Kernel classification of several kinds at once: one matrix is solved for all heads, with left-out scores nearly for free."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import spotrf, spotrs
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, load_npz, save_npz
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LogisticRegression

_BLOCK = 1024  # rows of the kernel that are worked on at a time
_PROBES = 256  # for the diagonal of an inverse; each of its numbers is then right to some 3 % of 1
_ROUNDS = 3  # in which an example without a label takes on what the others say of it
# What the model said of each example when it had not seen it: scripts/choose_thresholds.py reads it out of the archive.
LEFT_OUT = "left_out.npz"


@dataclass(frozen=True)
class Features:
    """Messages as rows; two messages are as similar as the product of their rows, 1 for a message with itself.

    Attributes:
        sparse: shape (messages, grams).
        dense: shape (messages, width).
    """

    sparse: csr_matrix
    dense: NDArray[Any]

    def similarity(self, other: "Features") -> NDArray[Any]:
        """Similarity of each message to each of `other`, shape (messages, other messages)."""
        likeness: NDArray[Any] = (self.sparse @ other._columns).toarray() + self.dense @ other.dense.T
        return likeness

    def write(self, folder: Path, name: str) -> None:
        """Write what `read` gives back."""
        save_npz(folder / f"{name}_sparse.npz", self.sparse)
        np.save(folder / f"{name}_dense.npy", self.dense)

    @classmethod
    def read(cls, folder: Path, name: str) -> "Features":
        """Read; FileNotFoundError where nothing was written."""
        return cls(load_npz(folder / f"{name}_sparse.npz"), np.load(folder / f"{name}_dense.npy"))

    @cached_property
    def _columns(self) -> csr_matrix:
        # Turned once: scipy would do it for every message, which takes longer than the product.
        return self.sparse.T.tocsr()


@dataclass(frozen=True)
class Linear:
    """Labels of one kind with a score each that is linear in a kernel row.

    Attributes:
        labels: their names, shape (n,).
        coefficients: of the examples for each label, shape (examples, n).
        bias: shape (n,).
    """

    labels: NDArray[Any]
    coefficients: NDArray[Any]
    bias: NDArray[Any]

    def scores(self, kernel: NDArray[Any]) -> NDArray[Any]:
        """Of each message and label, shape (messages, n)."""
        found: NDArray[Any] = kernel @ self.coefficients + self.bias
        return found


@dataclass(frozen=True)
class Head(Linear):
    """Labels of which a message has one; scores are divided by the temperature before they become probabilities."""

    temperature: float

    def probabilities(self, kernel: NDArray[Any]) -> NDArray[Any]:
        """Probabilities of the labels, shape (messages, n), rows sum to 1."""
        says: NDArray[Any] = softmax(self.scores(kernel) / self.temperature, axis=1)
        return says


@dataclass(frozen=True)
class Flags(Linear):
    """Labels of which a message has any number; a score is the logarithm of a label's odds."""

    def probabilities(self, kernel: NDArray[Any]) -> NDArray[Any]:
        """Probabilities of the labels, shape (messages, n), each of its own."""
        says: NDArray[Any] = expit(self.scores(kernel))
        return says


@dataclass(frozen=True)
class KernelModel:
    """Sees how close a message is to every example.

    Attributes:
        examples: what it was fitted on.
        sharpness: how fast an example's influence fades with distance.
        heads: kind of label -> its head.
    """

    examples: Features
    sharpness: float
    heads: dict[str, Head | Flags]

    def probabilities(self, features: Features) -> dict[str, NDArray[Any]]:
        """Kind -> probabilities of its labels, shape (messages, n)."""
        kernel = kernel_of(features.similarity(self.examples), self.sharpness)
        return {kind: head.probabilities(kernel) for kind, head in self.heads.items()}

    def write(self, folder: Path) -> None:
        """Write what `read` gives back."""
        self.examples.write(folder, "examples")
        shape = {"sharpness": self.sharpness, "heads": list(self.heads)}
        (folder / "model.json").write_text(json.dumps(shape), encoding="utf-8")
        for kind, head in self.heads.items():
            np.savez(folder / f"head_{kind}.npz", **vars(head))

    @classmethod
    def read(cls, folder: Path) -> "KernelModel":
        """Read; FileNotFoundError where nothing was written."""
        shape = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        heads: dict[str, Head | Flags] = {}
        for kind in shape["heads"]:
            with np.load(folder / f"head_{kind}.npz") as arrays:
                heads[kind] = (Head if "temperature" in arrays else Flags)(**arrays)
        return cls(Features.read(folder, "examples"), shape["sharpness"], heads)


@dataclass(frozen=True)
class Fit:
    """A fitted model, and by kind the probabilities of a model that never saw the example, shape (examples, n)."""

    model: KernelModel
    left_out: dict[str, NDArray[Any]]


def fit(
    features: Features,
    labels: dict[str, list[str | None]],
    ridge: float,
    sharpness: float,
    flags: dict[str, list[frozenset[str] | None]] | None = None,
) -> Fit:
    """Fit a head for each kind of label; per kind the share of discriminant analysis is taken that left-out examples like best.

    Args:
        features: of the examples.
        labels: kind -> a label for each example, None where it has none of this kind.
        ridge: strength of the regularisation.
        sharpness: of the kernel.
        flags: kind -> all labels of each example, None where nobody has looked.
    """
    solver = _Solver(_half_kernel(features, sharpness), ridge)
    heads: dict[str, Head | Flags] = {}
    left_out = {}
    for kind, given in labels.items():
        known = np.array([label is not None for label in given])
        names, targets = np.unique([label for label in given if label is not None], return_inverse=True)
        candidates = [(_calibrate(h.left_out[known], targets), h) for h in _heads(solver, known, targets)]
        (_, temperature), best = min(candidates, key=lambda scored: scored[0][0])
        heads[kind] = Head(names, best.coefficients, best.bias, temperature)
        left_out[kind] = softmax(best.left_out / temperature, axis=1)
    for kind, sets in (flags or {}).items():
        heads[kind], left_out[kind] = _flags(solver, sets)
    return Fit(KernelModel(features, sharpness, heads), left_out)


def kernel_of(similarity: NDArray[Any], sharpness: float) -> NDArray[Any]:
    """How near messages are, from how similar they are: 1 for the same, fading with the distance."""
    kernel: NDArray[Any] = np.exp(sharpness * (similarity - 1), dtype=np.float32)
    return kernel


def _half_kernel(features: Features, sharpness: float) -> NDArray[Any]:
    """The kernel of examples with each other, shape (examples, examples), of which only the upper half is filled."""
    count = len(features.dense)
    kernel = np.zeros((count, count), dtype=np.float32)
    for start in range(0, count, _BLOCK):
        rows, others = slice(start, start + _BLOCK), slice(start, None)
        block = (features.sparse[rows] @ features.sparse[others].T).toarray()
        kernel[rows, others] = kernel_of(block + features.dense[rows] @ features.dense[others].T, sharpness)
    return kernel


class _Solver:
    """Regularised least squares on a kernel, for any targets, after one factorisation; the kernel is used up."""

    def __init__(self, kernel: NDArray[Any], ridge: float):
        count = len(kernel)
        kernel[np.diag_indices(count)] += ridge
        # Turned, it is in LAPACK's order already, and its lower half is the filled one: a copy would be 2 GB.
        self._factor, fault = spotrf(kernel.T, lower=True, overwrite_a=True, clean=False)
        if fault:
            raise np.linalg.LinAlgError("the kernel is not positive definite: use a larger ridge")
        self.diagonal = self._inverse_diagonal(count, ridge)
        self._ones = self._solve(np.ones((count, 1), dtype=np.float32))

    def regression(self, targets: NDArray[Any]) -> "_Scores":
        """Least squares against one column a label, with a bias."""
        solved = self._solve(targets)
        bias = solved.sum(axis=0) / self._ones.sum()
        coefficients = solved - self._ones * bias
        return _Scores(coefficients, bias, targets - coefficients / self.diagonal[:, None])

    def _inverse_diagonal(self, count: int, ridge: float) -> NDArray[Any]:
        """Estimated with random signs (Bekas, Kokiopoulou, Saad 2007, Applied Numerical Mathematics 57), exact for few.

        The inverse itself would take as long again as the factor.
        """
        if count <= _PROBES:
            return np.diag(self._solve(np.eye(count, dtype=np.float32))).copy()
        probes = np.random.default_rng(0).choice(np.array([-1, 1], dtype=np.float32), (count, _PROBES))
        found = np.einsum("ij,ij->i", probes, self._solve(probes)) / _PROBES
        within: NDArray[Any] = found.clip(1 / (1 + ridge), 1 / ridge)  # no number of the true diagonal lies outside
        return within

    def _solve(self, targets: NDArray[Any]) -> NDArray[Any]:
        solved: NDArray[Any] = spotrs(self._factor, np.asfortranarray(targets, dtype=np.float32), lower=True)[0]
        return solved


@dataclass(frozen=True)
class _Scores:
    """Scores of the labels as a linear function of a kernel row, and those of each example when left out."""

    coefficients: NDArray[Any]
    bias: NDArray[Any]
    left_out: NDArray[Any]

    def through(self, matrix: NDArray[Any], shift: NDArray[Any]) -> "_Scores":
        """The scores times a matrix, plus a shift."""
        return _Scores(self.coefficients @ matrix, self.bias @ matrix + shift, self.left_out @ matrix + shift)

    def calibrated(self, known: NDArray[Any], targets: NDArray[Any]) -> "_Scores":
        """The scores as log probabilities, but for a constant."""
        temperature = _calibrate(self.left_out[known], targets)[1]
        return _Scores(self.coefficients / temperature, self.bias / temperature, self.left_out / temperature)

    def halfway(self, other: "_Scores") -> "_Scores":
        """The mean of two."""
        pairs = ((self.coefficients, other.coefficients), (self.bias, other.bias), (self.left_out, other.left_out))
        return _Scores(*((one + two) / 2 for one, two in pairs))


def _heads(solver: _Solver, known: NDArray[Any], targets: NDArray[Any]) -> Iterator[_Scores]:
    """Regression, which is best with many examples; discriminant analysis, best with few; and halfway between."""
    wanted = np.full((len(known), targets.max() + 1), 1 / (targets.max() + 1), dtype=np.float32)
    wanted[known] = np.eye(targets.max() + 1, dtype=np.float32)[targets]
    regression = _regression(solver, known, wanted)
    discriminant = _discriminant(regression, known, targets)
    yield regression
    yield discriminant
    yield regression.calibrated(known, targets).halfway(discriminant.calibrated(known, targets))


def _regression(solver: _Solver, known: NDArray[Any], wanted: NDArray[Any]) -> _Scores:
    """Least squares in which an example that is not known has no say: its left-out score becomes its own target."""
    regression = solver.regression(wanted)
    for _ in range(0 if known.all() else _ROUNDS):
        wanted[~known] = regression.left_out[~known]
        regression = solver.regression(wanted)
    return regression


def _flags(solver: _Solver, sets: list[frozenset[str] | None]) -> tuple[Flags, NDArray[Any]]:
    """The head of labels that come in any number, and what it says of each example when left out.

    Each label's scores become probabilities by a logistic curve through the left-out ones (Platt 1999).
    """
    known = np.array([labels is not None for labels in sets])
    names = np.array(sorted(frozenset().union(*(labels for labels in sets if labels))))
    wanted = np.array([[name in (labels or ()) for name in names] for labels in sets], dtype=np.float32)
    scores = _regression(solver, known, wanted.copy())
    curves = [
        LogisticRegression(C=1e4).fit(scores.left_out[known, i : i + 1], wanted[known, i]) for i in range(len(names))
    ]
    slope = np.array([curve.coef_[0, 0] for curve in curves], dtype=np.float32)
    shift = np.array([curve.intercept_[0] for curve in curves], dtype=np.float32)
    flags = Flags(names, scores.coefficients * slope, scores.bias * slope + shift)
    return flags, expit(scores.left_out * slope + shift)


def _discriminant(regression: _Scores, known: NDArray[Any], targets: NDArray[Any]) -> _Scores:
    """Penalised discriminant analysis out of the regression's scores (Hastie, Buja, Tibshirani 1995, Annals of Statistics 23).

    The labels' mean scores are those of left-out examples: of seen ones they are too good where the ridge is weak.
    """
    scores = regression.left_out[known]
    share = np.bincount(targets) / len(targets)
    means = np.stack([scores[targets == i].mean(axis=0) for i in range(len(share))]) - share
    rotation = np.linalg.inv(np.eye(len(share)) - means) / share
    shift = -share @ rotation - np.einsum("ij,ji->i", means, rotation) / 2
    return regression.through(rotation.astype(np.float32), shift.astype(np.float32))


def _calibrate(scores: NDArray[Any], targets: NDArray[Any]) -> tuple[float, float]:
    """The smallest mean log loss that any temperature gives, and that temperature (Guo et al. 2017, arXiv:1706.04599)."""
    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        mean: float = -log_softmax(scores / np.exp(log_temperature), axis=1)[rows, targets].mean()
        return mean

    found = minimize_scalar(loss, bounds=(-5, 4), method="bounded")
    return float(found.fun), float(np.exp(found.x))
