"""Multinomial logistic regression over blocks of features; its strength is chosen on the data."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

_SEED = 42


@dataclass(frozen=True)
class IntentModel:
    """Labels and a linear map from features to their scores.

    Attributes:
        labels: names of the intents, shape (n,).
        weights: shape (features, n).
        bias: shape (n,).
    """

    labels: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def probabilities(self, features: csr_matrix) -> np.ndarray:
        """Probabilities of the intents, shape (messages, n), rows sum to 1."""
        scores = features @ self.weights + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        exponents = np.exp(scores)
        return exponents / exponents.sum(axis=1, keepdims=True)


def fit(features: csr_matrix, labels: list[str], strengths: list[float], folds: int) -> IntentModel:
    """Fit with the inverse regularisation strength that loses least likelihood in cross-validation.

    Args:
        features: shape (messages, features).
        labels: an intent for each message.
        strengths: candidates for scikit-learn's `C`.
        folds: of the cross-validation; fewer where an intent has fewer messages.
    """
    names, counts = np.unique(labels, return_counts=True)
    folds = min(folds, int(counts.min()))
    best = strengths[0]
    if len(strengths) > 1 and folds > 1:
        best = min(strengths, key=lambda strength: _loss(features, labels, strength, folds))
    found = _regression(best).fit(features, labels)
    # With two classes scikit-learn keeps one row of coefficients, for the second.
    coefficients, bias = found.coef_, found.intercept_
    if len(names) == 2:
        coefficients, bias = np.vstack([-coefficients, coefficients]) / 2, np.hstack([-bias, bias]) / 2
    return IntentModel(names, coefficients.T.astype(np.float32), bias.astype(np.float32))


def stack(blocks: list[list], weights: list[float]) -> csr_matrix:
    """Blocks of feature rows side by side, each row of a block brought to the length of the block's weight.

    Args:
        blocks: for each block a list of rows, shape (1, width) each, sparse or dense.
        weights: one a block.
    """
    return hstack([weight * _unit_rows(rows) for rows, weight in zip(blocks, weights, strict=True)], format="csr")


def _unit_rows(rows: list) -> csr_matrix:
    from scipy.sparse import vstack

    matrix = vstack([csr_matrix(row, dtype=np.float32) for row in rows], format="csr")
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1)).A1
    lengths[lengths == 0] = 1
    return csr_matrix(matrix.multiply(1 / lengths[:, None]))


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, class_weight="balanced", solver="liblinear", random_state=_SEED)


def _loss(features: csr_matrix, labels: list[str], strength: float, folds: int) -> float:
    split = StratifiedKFold(folds, shuffle=True, random_state=_SEED)
    predicted = cross_val_predict(_regression(strength), features, labels, cv=split, method="predict_proba")
    columns = np.searchsorted(np.unique(labels), labels)
    return -float(np.log(np.clip(predicted[np.arange(len(labels)), columns], 1e-9, 1)).mean())
