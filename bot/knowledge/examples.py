"""The example questions of the cells, which the understanding learns: which cell's entry is a message like?"""

from pathlib import Path

from bot.knowledge.model import BARE, GENERAL
from bot.yamlfile import parse_yaml


def examples(folder: Path) -> list[tuple[str, str]]:
    """`task/point/number/kind` of each example question of the cells in a folder, and its text.

    The barest questions, which stand beside the folder, are of no task: `general/point/0/bare`.
    """
    found = [(f"{GENERAL}/{point}/0/{BARE}", text) for point, text in bare_questions(folder.parent / "bare.yml")]
    for path in sorted(folder.glob("*.yml")):
        told = examples_of(path.read_text(encoding="utf-8"))
        found += [(f"{path.stem}/{place}", text) for place, text in told]
    return found


def bare_questions(path: Path) -> list[tuple[str, str]]:
    """The points and how each is asked in the fewest words, of any task; none where there is no such file."""
    read = parse_yaml(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [(point, text) for point, texts in read.items() for text in texts]


def examples_of(cells: str) -> list[tuple[str, str]]:
    """`point/number/kind` of each example question in the text of a file of cells, and its text."""
    found = []
    for point, cell in (parse_yaml(cells) or {}).items():
        for number, entry in enumerate(cell if isinstance(cell, list) else []):
            for kind in ("asks", "yes", "no", BARE):
                found += [(f"{point}/{number}/{kind}", text) for text in entry.get(kind) or []]
    return found
