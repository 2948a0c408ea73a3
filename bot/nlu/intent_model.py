"""Kernel classification solved at once, with left-out scores for free: ridge regression, discriminant analysis, or both."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg.lapack import spotrf, spotri
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax


@dataclass(frozen=True)
class Features:
    """Messages as rows; two messages are as similar as the product of their rows, 1 for a message with itself.

    Attributes:
        sparse: shape (messages, grams).
        dense: shape (messages, width).
    """

    sparse: csr_matrix
    dense: np.ndarray

    def similarity(self, other: "Features") -> np.ndarray:
        """Similarity of each message to each of `other`, shape (messages, other messages)."""
        return (self.sparse @ other._columns).toarray() + self.dense @ other.dense.T

    @cached_property
    def _columns(self) -> csr_matrix:
        # Turned once: scipy would do it for every message, which takes longer than the product.
        return self.sparse.T.tocsr()


@dataclass(frozen=True)
class IntentModel:
    """Sees how close a message is to every example.

    Attributes:
        labels: names of the intents, shape (n,).
        examples: what it was fitted on.
        sharpness: how fast an example's influence fades with distance.
        coefficients: of the examples for each intent, shape (examples, n).
        bias: shape (n,).
        temperature: scores are divided by it before they become probabilities.
    """

    labels: np.ndarray
    examples: Features
    sharpness: float
    coefficients: np.ndarray
    bias: np.ndarray
    temperature: float

    def probabilities(self, features: Features) -> np.ndarray:
        """Probabilities of the intents, shape (messages, n), rows sum to 1."""
        scores = _kernel(features.similarity(self.examples), self.sharpness) @ self.coefficients + self.bias
        return softmax(scores / self.temperature, axis=1)


@dataclass(frozen=True)
class Fit:
    """A fitted model, and for each example the probabilities of a model that never saw it, shape (examples, n)."""

    model: IntentModel
    left_out: np.ndarray


def fit(features: Features, labels: list[str], ridges: list[float], sharpnesses: list[float]) -> Fit:
    """Fit with the ridge, the sharpness and the share of discriminant analysis whose left-out probabilities are best.

    Args:
        features: of the examples.
        labels: an intent for each example.
        ridges: candidates for the strength of the regularisation.
        sharpnesses: candidates for the sharpness of the kernel.
    """
    names, intents = np.unique(labels, return_inverse=True)
    similarity = features.similarity(features)
    fits = []
    for sharpness in sharpnesses:
        kernel = _kernel(similarity, sharpness)
        for head in (head for ridge in ridges for head in _heads(kernel, intents, ridge)):
            loss, temperature = _calibrate(head.left_out, intents)
            model = IntentModel(names, features, sharpness, head.coefficients, head.bias, temperature)
            fits.append((loss, Fit(model, softmax(head.left_out / temperature, axis=1))))
    return min(fits, key=lambda scored: scored[0])[1]


def _kernel(similarity: np.ndarray, sharpness: float) -> np.ndarray:
    return np.exp(sharpness * (similarity - 1), dtype=np.float32)


@dataclass(frozen=True)
class _Head:
    """Scores of the intents as a linear function of a kernel row, and those of each example when left out."""

    coefficients: np.ndarray
    bias: np.ndarray
    left_out: np.ndarray

    def through(self, matrix: np.ndarray, shift: np.ndarray) -> "_Head":
        """The head whose scores are these times a matrix, plus a shift."""
        return _Head(self.coefficients @ matrix, self.bias @ matrix + shift, self.left_out @ matrix + shift)

    def calibrated(self, intents: np.ndarray) -> "_Head":
        """The head whose scores are log probabilities, but for a constant."""
        temperature = _calibrate(self.left_out, intents)[1]
        return _Head(self.coefficients / temperature, self.bias / temperature, self.left_out / temperature)

    def halfway(self, other: "_Head") -> "_Head":
        """The mean of two heads."""
        return _Head(
            (self.coefficients + other.coefficients) / 2,
            (self.bias + other.bias) / 2,
            (self.left_out + other.left_out) / 2,
        )


def _heads(kernel: np.ndarray, intents: np.ndarray, ridge: float) -> Iterator[_Head]:
    """Regression, which is best with many examples; discriminant analysis, best with few; and halfway between."""
    counts = np.bincount(intents)
    # A rare intent's examples weigh more, by the root: full balance would drag doubtful messages into the small ones.
    weights = np.sqrt(counts.mean() / counts)[intents].astype(np.float32)
    regression = _regression(kernel, intents, weights, ridge)
    discriminant = _discriminant(regression, intents, weights)
    yield regression
    yield discriminant
    yield regression.calibrated(intents).halfway(discriminant.calibrated(intents))


def _regression(kernel: np.ndarray, intents: np.ndarray, weights: np.ndarray, ridge: float) -> _Head:
    """Least squares against one column an intent."""
    targets = np.eye(intents.max() + 1, dtype=np.float32)[intents]
    inverse = _inverse(kernel + np.diag(ridge / weights))
    bias = (inverse @ targets).sum(axis=0) / inverse.sum()
    coefficients = inverse @ (targets - bias)
    return _Head(coefficients, bias, targets - coefficients / np.diag(inverse)[:, None])


def _discriminant(regression: _Head, intents: np.ndarray, weights: np.ndarray) -> _Head:
    """Penalised discriminant analysis out of the regression's scores (Hastie, Buja, Tibshirani 1995, Annals of Statistics 23).

    The intents' mean scores are those of left-out examples: of seen ones they are too good where the ridge is weak.
    """
    share = np.bincount(intents, weights=weights) / weights.sum()
    means = np.stack([np.average(regression.left_out[intents == i], axis=0) for i in range(len(share))]) - share
    rotation = np.linalg.inv(np.eye(len(share)) - means) / share
    shift = -share @ rotation - np.einsum("ij,ji->i", means, rotation) / 2
    return regression.through(rotation.astype(np.float32), shift.astype(np.float32))


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Inverse of a positive definite matrix, a third of the work of a general one."""
    factor, fault = spotrf(matrix, lower=True)
    if fault:
        raise np.linalg.LinAlgError("the kernel is not positive definite: use a larger ridge")
    half, _ = spotri(factor, lower=True)
    lower = np.tril(half)
    return lower + np.tril(half, -1).T


def _calibrate(scores: np.ndarray, intents: np.ndarray) -> tuple[float, float]:
    """The smallest mean log loss that any temperature gives, and that temperature (Guo et al. 2017, arXiv:1706.04599)."""
    rows = np.arange(len(intents))

    def loss(log_temperature: float) -> float:
        return -log_softmax(scores / np.exp(log_temperature), axis=1)[rows, intents].mean()

    found = minimize_scalar(loss, bounds=(-5, 4), method="bounded")
    return float(found.fun), float(np.exp(found.x))
