"""Kernel ridge classification: as good as logistic regression here, solved at once, and left-out scores come for free."""

from dataclasses import dataclass
from itertools import product

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
        return (self.sparse @ other.sparse.T).toarray() + self.dense @ other.dense.T


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
    """Fit with the ridge and the sharpness whose left-out probabilities are best.

    Args:
        features: of the examples.
        labels: an intent for each example.
        ridges: candidates for the strength of the regularisation.
        sharpnesses: candidates for the sharpness of the kernel.
    """
    names, intents = np.unique(labels, return_inverse=True)
    similarity = features.similarity(features)
    fits = []
    for sharpness, ridge in product(sharpnesses, ridges):
        coefficients, bias, scores = _solve(_kernel(similarity, sharpness), intents, ridge)
        loss, temperature = _calibrate(scores, intents)
        model = IntentModel(names, features, sharpness, coefficients, bias, temperature)
        fits.append((loss, Fit(model, softmax(scores / temperature, axis=1))))
    return min(fits, key=lambda scored: scored[0])[1]


def _kernel(similarity: np.ndarray, sharpness: float) -> np.ndarray:
    return np.exp(sharpness * (similarity - 1), dtype=np.float32)


def _solve(kernel: np.ndarray, intents: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least squares against one column an intent: coefficients, bias and the score of each example when left out."""
    counts = np.bincount(intents)
    targets = np.where(np.arange(len(counts)) == intents[:, None], 1, -1).astype(np.float32)
    # A rare intent's examples weigh more, by the root: full balance would drag doubtful messages into the small ones.
    weights = np.sqrt(counts.mean() / counts)[intents]
    inverse = _inverse(kernel + np.diag(ridge / weights).astype(np.float32))
    bias = (inverse @ targets).sum(axis=0) / inverse.sum()
    coefficients = inverse @ (targets - bias)
    left_out = targets - coefficients / np.diag(inverse)[:, None]
    return coefficients, bias, left_out


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

    found = minimize_scalar(loss, bounds=(-4, 1), method="bounded")
    return float(found.fun), float(np.exp(found.x))
