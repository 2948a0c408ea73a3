import numpy as np

from bot.nlu import vectors
from bot.nlu.cascade_classifier import most_doubtful, within


def test_the_least_sure_examples_are_taken_and_some_of_each_intent():
    confidences = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9, 0.95])
    labels = ["a"] * 7 + ["b"] * 2
    assert most_doubtful(confidences, labels, 7) == [0, 1, 2, 3, 4, 7, 8]
    assert most_doubtful(confidences, labels, 8) == [0, 1, 2, 3, 4, 5, 7, 8]


def test_all_are_taken_where_there_are_fewer():
    assert most_doubtful(np.array([0.5, 0.1]), ["a", "b"], 100) == [0, 1]


def test_vectors_written_are_read_nearly_unchanged(tmp_path):
    matrix = np.random.default_rng(0).normal(size=(5, 384)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    vectors.write(tmp_path / "vectors.npz", dict(zip("abcde", matrix)))
    found = vectors.read(tmp_path / "vectors.npz")
    assert list(found) == list("abcde")
    assert min(np.dot(found[text], row) for text, row in zip("abcde", matrix)) > 0.999


def test_without_a_file_nothing_is_known(tmp_path):
    assert vectors.read(tmp_path / "none.npz") == {}


def test_only_what_is_missing_is_encoded():
    asked = []

    def encode(texts):
        asked.extend(texts)
        return np.ones((len(texts), 2))

    found = vectors.complete(["b", "a", "b"], {"a": np.zeros(2)}, encode)
    assert asked == ["b"]
    assert found.tolist() == [[1, 1], [0, 0], [1, 1]]
    assert vectors.complete(["a"], {"a": np.zeros(2)}, encode).tolist() == [[0, 0]]
    assert asked == ["b"]


def test_the_second_encoder_is_given_only_so_much_of_a_message():
    assert within(["绑" * 200]) == ["绑" * 26]
    assert within(["怎么绑定", "顺便查余额"]) == ["怎么绑定", "顺便查余额"]
    assert within(["绑" * 16, "查" * 20, "问"]) == ["绑" * 16, "查" * 4]
    assert within([""]) == [""]
