"""What the documents name exists, and what exists is named."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from bot import metrics, settings
from bot.cli import COMMANDS
from bot.paths import ROOT

PAGES = {
    page.relative_to(ROOT).as_posix(): page.read_text("utf-8") for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
}
WHOLE = "\n".join(PAGES.values())
CODE = re.findall(r"`([^`\n]+)`", WHOLE) + re.findall(r"(?ms)^```\w*\n(.*?)^```", WHOLE)
OPERATIONS = PAGES["docs/operations.md"] + PAGES["docs/wechat.md"]


def targets() -> set[str]:
    found = re.search(r"(?m)^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"))
    return set(found[1].split())


def folders() -> Iterator[str]:
    """Every folder at the top that is kept; of the program, which is many, its parts."""
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    for file in kept:
        top, *rest = file.split("/")
        if top == "bot" and len(rest) > 1:
            yield f"bot/{rest[0]}/"
        elif top != "bot" and rest and not top.startswith("."):
            yield f"{top}/"


def test_every_setting_that_is_named_exists() -> None:
    # The variables of deploy/ are put together there into settings.
    deployed = set(re.findall(r"YIBAO_[A-Z_]+", (ROOT / "deploy" / "compose.yaml").read_text("utf-8")))
    named = set(re.findall(r"YIBAO_[A-Z_]*[A-Z]\b", WHOLE))
    assert named - settings.names() - deployed == set()


def test_every_setting_is_told_where_the_operators_look() -> None:
    assert {name for name in settings.names() if f"`{name}`" not in OPERATIONS} == set()


def test_every_command_that_is_named_exists() -> None:
    named = {word for code in CODE for word in re.findall(r"(?:^|[\s/])yibao ([a-z]+)", code)}
    assert named - {*COMMANDS} == set()


def test_every_command_is_in_the_readme() -> None:
    readme = PAGES["README.md"]
    assert [name for name in COMMANDS if not re.search(rf"`(yibao )?{name}\b", readme)] == []


def test_make_does_all_that_is_said_of_it_and_all_of_it_is_said() -> None:
    named = {word for code in CODE for word in re.findall(r"(?m)^make ([a-z][a-z-]*)", code)}
    assert named - targets() == set()
    assert targets() - named == set()


def test_every_figure_is_told_and_every_figure_told_exists() -> None:
    exist = set(re.findall(r"(?m)^# TYPE (yibao_\w+) ", metrics.page()[0].decode()))
    exist = {name for name in exist if not name.endswith("_created")}
    assert set(re.findall(r"yibao_\w+", PAGES["docs/operations.md"])) == exist


@pytest.mark.parametrize("page", PAGES)
def test_every_path_and_link_leads_somewhere(page: str) -> None:
    here = (ROOT / page).parent
    links = [link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)#]+)", PAGES[page])]
    assert [link for link in links if not (here / link).exists()] == []
    tops = {name.split("/")[0] for name in folders()}
    tests = {folder.name for folder in (ROOT / "tests").iterdir() if folder.is_dir()}
    lost = []
    for path in re.findall(r"`([\w.-]+/[\w./*<>-]*)(?:::\w+)?`", PAGES[page]):
        pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
        roots = [ROOT] if path.split("/")[0] in tops else []
        # docs/security.md names tests by their place in tests/.
        roots += [ROOT / "tests"] if path.split("/")[0] in tests else []
        if roots and not any(next(root.glob(pattern), None) for root in roots):
            lost.append(path)
    assert lost == []


def test_every_test_that_proves_something_exists() -> None:
    lost = []
    file = ""
    for path, test in re.findall(r"`([\w/.]+\.py)?(?:::(\w+))?`", PAGES["docs/security.md"]):
        file = path or file
        if test and f"def {test}(" not in (ROOT / "tests" / file).read_text("utf-8"):
            lost.append(f"{file}::{test}")
    assert lost == []


def test_every_folder_is_in_the_readme_or_the_architecture() -> None:
    told = PAGES["README.md"] + PAGES["docs/architecture.md"]
    assert sorted({folder for folder in folders() if f"`{folder}`" not in told}) == []
