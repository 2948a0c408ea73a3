import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.nlu import intent_storage
from bot.nlu.blocks import Blocks
from bot.nlu.intent_model import fit

RNG = np.random.default_rng(0)
CENTRES = {"card": [1, 0, 0, 0], "balance": [0, 1, 0, 0], "other": [0, 0, 1, 1]}
LABELS = [label for label in CENTRES for _ in range(20)]


@pytest.fixture(scope="module")
def rows():
    vectors = [np.array([CENTRES[label]]) + RNG.normal(0, 0.15, (1, 4)) for label in LABELS]
    return [{"encoder": vector, "words": csr_matrix(np.abs(vector).round(1))} for vector in vectors]


@pytest.fixture(scope="module")
def blocks(rows):
    return Blocks.measure(rows, {"encoder": 3})


@pytest.fixture(scope="module")
def fitted(rows, blocks):
    return fit(blocks.join(rows), LABELS, ridges=[0.1, 1], sharpnesses=[1.5])


def test_a_message_is_like_itself(rows, blocks):
    features = blocks.join(rows)
    assert np.allclose(np.diag(features.similarity(features)), 1, atol=1e-5)


def test_shares_follow_the_weights(blocks):
    assert blocks.shares == {"encoder": 0.75, "words": 0.25}


def test_an_empty_row_is_like_nothing(rows, blocks):
    empty = {"encoder": blocks.centres["encoder"][None], "words": csr_matrix((1, 4))}
    assert np.allclose(blocks.join([empty]).similarity(blocks.join(rows)), 0)


def test_what_it_was_fitted_on_is_understood(rows, blocks, fitted):
    probabilities = fitted.model.probabilities(blocks.join(rows))
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (fitted.model.labels[probabilities.argmax(axis=1)] == LABELS).all()


def test_left_out_scores_are_those_of_a_model_without_the_example(rows, blocks):
    features = blocks.join(rows)
    whole = fit(features, LABELS, [0.1], [1.5])
    rest = fit(blocks.join(rows[1:]), LABELS[1:], [0.1], [1.5]).model
    alone = rest.probabilities(blocks.join(rows[:1]))[0]
    assert whole.left_out[0].argmax() == alone.argmax()
    assert whole.left_out[0].max() == pytest.approx(alone.max(), abs=0.05)


def test_what_was_written_is_read(tmp_path, rows, blocks, fitted):
    intent_storage.write(tmp_path, blocks, fitted, LABELS)
    same_blocks, same_model = intent_storage.read(tmp_path)
    before = fitted.model.probabilities(blocks.join(rows[:5]))
    assert np.array_equal(same_model.probabilities(same_blocks.join(rows[:5])), before)
    with np.load(tmp_path / intent_storage.LEFT_OUT) as left_out:
        assert left_out["right"].mean() > 0.9
        assert (left_out["best"] >= left_out["second"]).all()
