"""What can be audited of the dependencies without a network: the lock, what is installed, and the holes known here."""

import re
import sysconfig
from importlib.metadata import distributions, requires

import pytest
from packaging.version import Version

from bot.paths import ROOT
from bot.yamlfile import read_yaml

LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-dev.lock")}


def _pins(lock: str) -> dict[str, Version]:
    return {name: Version(version) for name, version in re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", lock, re.MULTILINE)}


PINNED, PINNED_TO_DEVELOP = map(_pins, LOCKS.values())
ADVISORIES = read_yaml(ROOT / "deploy" / "advisories.yml")


def _name(raw: str) -> str:
    return re.sub(r"[-_.]+", "-", raw).lower()


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda advisory: f"{advisory['package']}-{advisory['id']}")
def test_no_package_has_a_known_hole(advisory: dict) -> None:
    pinned, fixed = PINNED[advisory["package"]], Version(str(advisory["fixed"]))
    # What was accepted must still be true: once the lock is past it the line can go.
    assert (pinned < fixed) == ("accepted" in advisory)


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_every_package_is_pinned_by_hash_and_no_host_is_named(lock: str) -> None:
    requirements = re.split(r"^(?=[a-z])", lock, flags=re.MULTILINE)[1:]
    assert len(requirements) == len(_pins(lock)) > 100
    assert [entry.split()[0] for entry in requirements if "--hash=sha256:" not in entry] == []
    assert "://" not in lock


def test_what_runs_is_what_is_tested_and_nothing_of_development() -> None:
    assert {name: PINNED_TO_DEVELOP[name] for name in PINNED} == PINNED
    assert not {"pytest", "hypothesis", "mypy", "ruff", "playwright", "pgserver", "wechatpy"} & set(PINNED)


def test_what_is_installed_is_what_is_locked() -> None:
    folder = sysconfig.get_path("purelib")
    installed = {_name(one.metadata["Name"]): Version(one.version) for one in distributions(path=[folder])}
    assert [name for name, version in installed.items() if PINNED_TO_DEVELOP.get(name) != version] == ["yibao-bot"]


def test_every_direct_dependency_is_chosen_for_a_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = [re.match(r"[A-Za-z0-9._-]+", wanted)[0] for wanted in requires("yibao-bot")]
    assert [name for name in names if name not in reasons] == []
