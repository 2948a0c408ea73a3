import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.nlu.blocks import Blocks
from bot.nlu.kernel_model import KernelModel, fit

RNG = np.random.default_rng(0)
CENTRES = {"card": [1, 0, 0, 0], "balance": [0, 1, 0, 0], "other": [0, 0, 1, 1]}
TASKS = [label for label in CENTRES for _ in range(20)]
# Labels of another kind, across the first: what is asked of each.
POINTS = ["fee" if number % 2 else "time" for number in range(len(TASKS))]
ASKED = {"fee": [0, 0, 0, 0, 1], "time": [0, 0, 0, 0, -1]}


def row(task, point):
    vector = np.array([[*CENTRES[task], 0]]) + np.array([ASKED[point]]) + RNG.normal(0, 0.15, (1, 5))
    return {"encoder": vector, "words": csr_matrix(np.abs(vector).round(1))}


ROWS = [row(task, point) for task, point in zip(TASKS, POINTS)]


@pytest.fixture(scope="module")
def blocks():
    return Blocks.measure(ROWS, {"encoder": 3})


@pytest.fixture(scope="module")
def features(blocks):
    return blocks.join(ROWS)


@pytest.fixture(scope="module")
def fitted(features):
    return fit(features, {"task": TASKS, "point": POINTS}, ridge=0.1, sharpness=1.5)


class TestBlocks:
    def test_a_message_is_like_itself(self, features):
        assert np.allclose(np.diag(features.similarity(features)), 1, atol=1e-5)

    def test_shares_follow_the_weights(self, blocks):
        assert blocks.shares == {"encoder": 0.75, "words": 0.25}

    def test_an_empty_row_is_like_nothing(self, blocks, features):
        empty = {"encoder": blocks.centres["encoder"][None], "words": csr_matrix((1, 5))}
        assert np.allclose(blocks.join([empty]).similarity(features), 0)

    @pytest.mark.parametrize("name", ["encoder", "words"])
    def test_one_kind_of_features_is_enough(self, name):
        rows = [{name: row[name]} for row in ROWS]
        features = Blocks.measure(rows, {}).join(rows)
        assert np.allclose(np.diag(features.similarity(features)), 1, atol=1e-5)

    def test_what_was_written_is_read(self, tmp_path, blocks, features):
        blocks.write(tmp_path)
        same = Blocks.read(tmp_path)
        assert same.shares == blocks.shares
        assert np.array_equal(same.join(ROWS[:3]).similarity(features), blocks.join(ROWS[:3]).similarity(features))

    def test_where_nothing_was_written_nothing_is_read(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            Blocks.read(tmp_path)
        with pytest.raises(FileNotFoundError):
            KernelModel.read(tmp_path)


class TestHeads:
    def test_every_kind_of_label_has_probabilities_of_its_own(self, features, fitted):
        says = fitted.model.probabilities(features)
        for kind, labels in (("task", TASKS), ("point", POINTS)):
            assert np.allclose(says[kind].sum(axis=1), 1, atol=1e-5)
            names = fitted.model.heads[kind].labels
            assert names.tolist() == sorted(set(labels))
            assert (names[says[kind].argmax(axis=1)] == labels).all()

    def test_a_head_is_the_same_beside_others_and_alone(self, features, fitted):
        alone = fit(features, {"point": POINTS}, 0.1, 1.5)
        beside = fitted.model.probabilities(features)["point"]
        assert np.allclose(alone.model.probabilities(features)["point"], beside, atol=1e-5)

    def test_kernel_that_can_not_be_solved_is_refused(self, features):
        with pytest.raises(np.linalg.LinAlgError):
            fit(features, {"task": TASKS}, -2.0, 1.5)


class TestLeftOut:
    """What the model says of an example that it never saw."""

    @staticmethod
    def without(blocks, number, labels, **more):
        """The scores of an example by the model that is really fitted on the others."""
        others = [n for n in range(len(ROWS)) if n != number]
        rest = fit(blocks.join([ROWS[n] for n in others]), {"task": [labels[n] for n in others]}, 0.1, 1.5).model
        return rest.probabilities(blocks.join([ROWS[number]]))["task"][0]

    @pytest.mark.parametrize("number", [0, 7, 20, 33, 45, 59])
    def test_probabilities_are_those_of_a_model_without_it(self, blocks, fitted, number):
        alone = self.without(blocks, number, TASKS)
        said = fitted.left_out["task"][number]
        assert said.argmax() == alone.argmax()
        # Temperature and the share of discriminant analysis are chosen on one example less.
        assert np.allclose(said, alone, atol=0.03)

    def test_regression_is_exactly_that_without_it(self, features):
        """Before they are made probabilities the scores agree to the last digit that single precision has."""
        from bot.nlu.kernel_model import _half_kernel, _Solver

        targets = np.eye(3, dtype=np.float32)[np.unique(TASKS, return_inverse=True)[1]]
        half = _half_kernel(features, 1.5)
        kernel = np.triu(half) + np.triu(half, 1).T
        whole = _Solver(kernel.copy(), 0.1).regression(targets)
        for number in (0, 25, 59):
            others = np.delete(np.arange(len(ROWS)), number)
            rest = _Solver(kernel[np.ix_(others, others)], 0.1).regression(targets[others])
            alone = kernel[number, others] @ rest.coefficients + rest.bias
            assert np.allclose(whole.left_out[number], alone, atol=1e-3)


class TestWithoutLabel:
    """An example that has no label of a kind."""

    @pytest.fixture(scope="class")
    def half(self, features):
        given = [label if number % 3 else None for number, label in enumerate(POINTS)]
        return given, fit(features, {"task": TASKS, "point": given}, 0.1, 1.5)

    def test_it_has_no_say(self, blocks, features, half):
        given, with_others = half
        known = [number for number, label in enumerate(given) if label is not None]
        alone = fit(blocks.join([ROWS[n] for n in known]), {"point": [given[n] for n in known]}, 0.1, 1.5).model
        says = with_others.model.probabilities(features)["point"]
        assert np.allclose(says, alone.probabilities(features)["point"], atol=0.05)

    def test_it_is_understood_by_the_others(self, features, half):
        given, fitted = half
        says = fitted.left_out["point"]
        names = fitted.model.heads["point"].labels
        unknown = [number for number, label in enumerate(given) if label is None]
        assert says.shape == (len(POINTS), 2)
        assert [names[says[n].argmax()] for n in unknown] == [POINTS[n] for n in unknown]

    def test_heads_of_other_kinds_do_not_suffer(self, features, fitted, half):
        says = half[1].model.probabilities(features)["task"]
        assert np.allclose(says, fitted.model.probabilities(features)["task"], atol=1e-5)


class TestFlags:
    """Labels of which an example has any number."""

    @pytest.fixture(scope="class")
    def flagged(self, features):
        sets = [frozenset({task, point}) for task, point in zip(TASKS, POINTS)]
        return sets, fit(features, {"task": TASKS}, 0.1, 1.5, {"both": sets})

    def test_each_has_a_probability_of_its_own(self, features, flagged):
        sets, fitted = flagged
        names, says = fitted.model.heads["both"].labels, fitted.model.probabilities(features)["both"]
        assert names.tolist() == sorted({*TASKS, *POINTS})
        assert [frozenset(names[row >= 0.5]) for row in says] == sets

    def test_an_example_that_nobody_looked_at_has_no_say(self, blocks, features, flagged):
        sets, _ = flagged
        unseen = [labels if number % 4 else None for number, labels in enumerate(sets)]
        known = [number for number in range(len(ROWS)) if number % 4]
        with_unseen = fit(features, {"task": TASKS}, 0.1, 1.5, {"both": unseen}).model
        few = fit(
            blocks.join([ROWS[number] for number in known]),
            {"task": [TASKS[number] for number in known]},
            0.1,
            1.5,
            {"both": [sets[number] for number in known]},
        ).model
        told, alone = (model.probabilities(features)["both"] for model in (with_unseen, few))
        assert np.allclose(told, alone, atol=0.1)

    def test_what_was_written_is_read(self, tmp_path, features, flagged):
        model = flagged[1].model
        model.write(tmp_path)
        same = KernelModel.read(tmp_path).probabilities(features)["both"]
        assert np.array_equal(same, model.probabilities(features)["both"])


def test_what_was_written_is_read(tmp_path, features, fitted):
    fitted.model.write(tmp_path)
    same = KernelModel.read(tmp_path)
    assert (same.sharpness, list(same.heads)) == (1.5, ["task", "point"])
    before, after = fitted.model.probabilities(features), same.probabilities(features)
    assert all(np.array_equal(before[kind], after[kind]) for kind in ("task", "point"))
