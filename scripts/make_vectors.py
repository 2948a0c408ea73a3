"""Writes data/vectors.npz, the second encoder's vectors of the training sentences: python scripts/make_vectors.py.

Run it when many sentences are new: a training encodes those that are missing itself, 30 ms each.
"""

from bot.runtime import prepare

prepare()

import os  # noqa: E402  (Rasa reads its settings at import)

from threadpoolctl import threadpool_limits  # noqa: E402

from bot.nlu import vectors  # noqa: E402
from bot.nlu.cascade_classifier import encode  # noqa: E402
from bot.nlu.dialects import read_dialects  # noqa: E402
from bot.nlu.reader import Reader  # noqa: E402
from bot.nlu.text import normalise, spoken  # noqa: E402
from bot.nlu_data import read  # noqa: E402
from bot.paths import DATA, KNOWLEDGE, VECTORS  # noqa: E402


def main() -> None:
    texts = [normalise(sentence.text) for sentence in read(DATA / "nlu")]
    reader = Reader.learn(texts, read_dialects(KNOWLEDGE / "dialects.yml"))
    texts = [spoken(reader.read(text)) for text in texts]
    with threadpool_limits(os.cpu_count()):
        found = vectors.complete(texts, vectors.read(VECTORS), encode)
    vectors.write(VECTORS, dict(zip(texts, found)))
    print(f"写好了 {len(set(texts))} 个向量：{VECTORS.name}")


if __name__ == "__main__":
    main()
