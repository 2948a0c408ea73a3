"""Reads YAML files: one library and one version of the language, 1.2, in which `no` is a word."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def read_yaml(path: Path) -> Any:
    """The tree of a file, None where it is empty.

    Raises:
        OSError, UnicodeDecodeError, ruamel.yaml.error.YAMLError: it can't be read.
    """
    return parse_yaml(path.read_text(encoding="utf-8"))


def parse_yaml(text: str) -> Any:
    """The tree of a text; raises YAMLError."""
    return YAML(typ="safe").load(text)


def read_yaml_with_lines(path: Path) -> Any:
    """The same as `read_yaml`, its maps and lists with the lines (`lc`) where their parts stand; several times slower."""
    return parse_yaml_with_lines(path.read_text(encoding="utf-8"))


def parse_yaml_with_lines(text: str) -> Any:
    """The same of a text."""
    return YAML(typ="rt").load(text)
