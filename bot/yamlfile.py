"""Reads YAML files: one library and one version of the language, 1.2, in which `no` is a word."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def read_yaml(path: Path) -> Any:
    """The tree of a file, None where it is empty.

    Raises:
        OSError, UnicodeDecodeError, ruamel.yaml.error.YAMLError: it can't be read.
    """
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def read_yaml_with_lines(path: Path) -> Any:
    """The same, its maps and lists with the lines (`lc`) where their parts stand; several times slower."""
    return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
