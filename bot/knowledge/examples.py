"""The example questions of the cells, which the understanding learns: which cell's entry is a message like?"""

from pathlib import Path

from ruamel.yaml import YAML


def examples(folder: Path) -> list[tuple[str, str]]:
    """`task/point/number/kind` of each example question of the cells in a folder, and its text."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for point, cell in (YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}).items():
            for number, entry in enumerate(cell if isinstance(cell, list) else []):
                for kind in ("asks", "yes", "no"):
                    found += [(f"{path.stem}/{point}/{number}/{kind}", text) for text in entry.get(kind) or []]
    return found
