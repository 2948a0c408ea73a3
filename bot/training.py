"""Trains the model when it is missing or out of date."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from bot import models
from bot.errors import ModelError
from bot.knowledge.examples import examples
from bot.paths import CONFIG, DATA, DOMAIN, KNOWLEDGE, MODELS, ROOT

# What training reads. The texts of the knowledge are not among it: they may change without training.
_INPUTS = (CONFIG, DOMAIN, ROOT / "requirements.lock")
TEXTS = ("phrases.yml", "menu.yml", "sources.yml", "points.yml", "facts.yml")
_FOLDERS = ((DATA, "*.yml"), (KNOWLEDGE / "dictionary", "*.txt"), (ROOT / "bot" / "nlu", "*.py"))
# Of the cells only their example questions are learned.
_CELLS = KNOWLEDGE / "points"


def ensure_model(say: Callable[[str], None], force: bool = False) -> Path:
    """The model of the files as they are, trained if there is none.

    Args:
        say: is told what happens, a line at a time.
        force: train in any case.

    Raises:
        ModelError: the training failed, or the model is not what was trained; the message says why.
    """
    if not force and (chosen := models.chosen()):
        say(f"用选定的模型：{chosen.name}")
        return chosen
    path = MODELS / f"yibao-{fingerprint()}.tar.gz"
    if path.exists() and not force:
        models.verify(path)
        say(f"模型是最新的，没有变化：{path.name}")
        return path
    say("正在训练模型，大约要一分钟……")
    return _train(path, say)


def fingerprint() -> str:
    """A short hash of everything that training reads."""
    digest = hashlib.sha256()
    for file in _inputs():
        digest.update(file.relative_to(ROOT).as_posix().encode())
        digest.update(file.read_bytes())
    for entry, text in examples(_CELLS):
        digest.update(f"{entry}\t{text}\n".encode())
    return digest.hexdigest()[:12]


def _inputs() -> list[Path]:
    lexicons = [file for file in sorted(KNOWLEDGE.glob("*.yml")) if file.name not in TEXTS]
    return [*_INPUTS, *lexicons, *(file for folder, pattern in _FOLDERS for file in sorted(folder.rglob(pattern)))]


def _train(path: Path, say: Callable[[str], None]) -> Path:
    import rasa

    name = path.name.removesuffix(".tar.gz")
    try:
        result = rasa.train(
            str(DOMAIN), str(CONFIG), str(DATA), output=str(MODELS), fixed_model_name=name, force_training=True
        )
    except SystemExit as error:  # rasa ends the process on faults in the data
        raise ModelError("训练失败：数据有误，请先运行 yibao validate。") from error
    except Exception as error:
        raise ModelError(f"训练失败：{error}") from error
    if result.model is None:
        raise ModelError("训练失败：没有得到模型，请先运行 yibao validate。")
    models.seal(path)
    say(f"训练好了：{path.name}")
    return path
