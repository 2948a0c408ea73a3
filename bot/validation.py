"""Every fault of the files that people edit, in one run: knowledge, NLU, domain, stories, rules and responses."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from bot import lexicons, nlu_data, paths, wording
from bot.channels.wechat_menu import MenuError, load_menu
from bot.dialogue.plan import GRAVE
from bot.dialogue.thresholds import DANGER
from bot.dialogue.understand import ACTS, NONE, OUT_OF_SCOPE
from bot.errors import KnowledgeError
from bot.knowledge import preview
from bot.knowledge.loader import Fault, load, overdue
from bot.knowledge.model import Door, Knowledge
from bot.knowledge.points import tasks
from bot.nlu.labels import SentenceLabel
from bot.paths import CONFIG, DATA, DOMAIN, KNOWLEDGE, ROOT
from bot.yamlfile import read_yaml_with_lines

_TESTS, _STAFF = ROOT / "tests" / "nlu", ROOT / "bot" / "staff"
# Named by Rasa itself, not declared in the domain.
_BUILT_IN = {"action_listen", "action_deactivate_loop", "action_restart", "nlu_fallback", "procedure_form"}
# The intent of sentences that have no other label than a hazard: bot/nlu/importer.py.
_HAZARD = "hazard"
_TOLD = "other_told"  # what is told and is no fact of facts.yml
_PAYLOAD = re.compile(r"/(\w+)")
_POINT_OF_PAYLOAD = re.compile(r'"point": *"(\w+)"')
_WEB, _ERROR = "web_", "error_"
_DUMMY = "某某"


def faults(against: Path | None = None) -> list[Fault]:
    """All faults, by file and line.

    Args:
        against: a TSV of questions that no training sentence may come near.
    """
    try:
        knowledge, found = load(KNOWLEDGE), []
    except KnowledgeError as error:
        knowledge, found = None, list(error.faults)
    files = _Files()
    found += files.faults
    businesses = set(knowledge.procedures) if knowledge else set()
    found += nlu_data.faults(DATA / "nlu", _TESTS, businesses, against, KNOWLEDGE / "points")
    if knowledge:
        found += [*_unbound(knowledge, files), *_labels(knowledge, files), *_payloads(knowledge, files)]
        found += [*_phrases(knowledge, files), *_rendered(knowledge)]
    found += [*_undeclared(files), *_listed(files), *_names(), *_texts_of_staff(files)]
    return sorted(set(found))


def warnings(today: date) -> list[str]:
    """What should be looked at but stops nothing: documents whose review is due."""
    try:
        knowledge = load(KNOWLEDGE)
    except KnowledgeError:
        return []
    return [
        f"sources.yml：《{knowledge.documents[id_].title}》应在 {knowledge.documents[id_].review_by} 前复核，已经过期"
        for id_ in overdue(knowledge, today)
    ]


class _Files:
    """The domain, the configuration and the data files as trees that know their lines."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.domain, self.config = (self._read(path) or {} for path in (DOMAIN, CONFIG))
        self.phrases = self._read(KNOWLEDGE / "phrases.yml", told=True)
        self.staff = self._read(_STAFF / "texts.yml")
        self.wechat_menu = self._read(KNOWLEDGE / "wechat_menu.yml")
        self.trees = {path: self._read(path) for path in sorted(DATA.rglob("*.yml"))}
        self.tests = {path: self._read(path) for path in sorted(_TESTS.glob("*.yml"))}
        self.code = wording.read_code(paths.ROOT)
        self.page = wording.read_page(paths.ROOT / "bot" / "web")

    @property
    def intents(self) -> set[str]:
        return set(self.domain.get("intents") or [])

    def entries(self, key: str) -> Iterator[tuple[Path, Any]]:
        """Every item under a top-level key of a data file."""
        for path, tree in self.trees.items():
            if isinstance(tree, dict):
                yield from ((path, entry) for entry in tree.get(key) or [])

    def labelled(self) -> Iterator[tuple[Path, int, SentenceLabel]]:
        """Every label of sentences, trained on or measured with: file, line, label."""
        for path, tree in {**self.trees, **self.tests}.items():
            for entry in (tree or {}).get("nlu") or []:
                yield path, entry.lc.line + 1, SentenceLabel.parse(str(entry.get("intent")))

    def responses(self) -> dict[str, tuple[Path, int, Any]]:
        found = {}
        for path, tree in self.trees.items():
            for name, texts in ((tree or {}).get("responses") or {}).items():
                found[name] = (path, tree["responses"].lc.key(name)[0] + 1, texts)
        return found

    def steps(self) -> Iterator[tuple[Path, int, str, str]]:
        """Every intent and action named in a rule or story: file, line, kind, name."""
        for key in ("rules", "stories"):
            for path, story in self.entries(key):
                for step in _flat(story.get("steps") or []):
                    for kind in ("intent", "action"):
                        if kind in step:
                            yield path, step.lc.key(kind)[0] + 1, kind, step[kind]

    def payloads(self) -> Iterator[tuple[Path, int, str]]:
        """What every button sends that is written in a file: file, line, payload."""
        for path, _, texts in self.responses().values():
            for button in (button for text in texts for button in text.get("buttons") or []):
                yield path, button.lc.key("payload")[0] + 1, str(button["payload"])
        path, menu = KNOWLEDGE / "wechat_menu.yml", self.wechat_menu or CommentedMap()
        if "greeting" in menu:
            yield path, menu.lc.key("greeting")[0] + 1, str(menu["greeting"])
        for item in (item for group in menu.get("menu") or [] for item in group.get("items") or []):
            if "payload" in item:
                yield path, item.lc.key("payload")[0] + 1, str(item["payload"])

    def _read(self, path: Path, told: bool = False) -> Any:
        """The tree, None after noting why there is none, or where that is told already."""
        try:
            return read_yaml_with_lines(path)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            found = fault(path, mark.line + 1 if mark else 1, f"YAML 写法有误：{error.problem}")
        except (OSError, UnicodeDecodeError):
            found = fault(path, 1, "读不了，或不是 UTF-8 编码")
        self.faults += [] if told else [found]
        return None


def fault(path: Path, line: int, message: str) -> Fault:
    """A fault in a file of the project."""
    return Fault(path.relative_to(ROOT).as_posix(), line, message)


def _flat(steps: list[Any]) -> Iterator[Any]:
    for step in steps:
        if "or" in step:
            yield from step["or"]
        else:
            yield step


def _unbound(knowledge: Knowledge, files: _Files) -> Iterator[Fault]:
    """One id binds a procedure, its intent, its rule, its sentences and its test sentences."""
    in_rules = {name for path, _, kind, name in files.steps() if kind == "intent" and "rules" in path.parts}
    for id_ in knowledge.procedures:
        path = KNOWLEDGE / "procedures" / f"{id_}.yml"
        if id_ not in files.intents:
            yield fault(path, 1, f"domain.yml 的 intents 里没有 {id_}")
        if id_ not in in_rules:
            yield fault(path, 1, f"data/rules 里没有规则提到 {id_}")
        for folder in (DATA / "nlu", _TESTS):
            if not (folder / f"{id_}.yml").exists():
                yield fault(path, 1, f"缺少 {(folder / id_).relative_to(ROOT).as_posix()}.yml")


def _labels(knowledge: Knowledge, files: _Files) -> Iterator[Fault]:
    """Behind the slash of a label stands a point, an act, a fact, a danger or a kind of refusal, behind each plus a fact."""
    points = {*knowledge.points, *ACTS, *knowledge.facts, _TOLD, *NONE}
    kinds = {id_.removeprefix("refuse_") for id_ in knowledge.phrases if id_.startswith("refuse_")} - {*NONE}
    known = {_HAZARD: ({*DANGER, "none"}, "危险"), OUT_OF_SCOPE: (kinds, "拒答（phrases.yml 的 refuse_*）")}
    seen = set()
    for path, line, label in files.labelled():
        names, what = known.get(label.intent, (points, "要点、动作或情况"))
        if label.point not in names and (label.point or label.intent == _HAZARD):
            yield fault(path, line, f"没有这个{what}：{label.point or '（空）'}")
        for fact in {*label.facts} - {*knowledge.facts}:
            yield fault(path, line, f"没有这个情况：{fact or '（空）'}")
        if path in files.trees:
            seen.add((label.intent, label.point))
    for kind in sorted(kinds):
        if (OUT_OF_SCOPE, kind) not in seen:
            yield _of_phrase(files, f"refuse_{kind}", f"没有例句标着 {OUT_OF_SCOPE}/{kind}，这句永远说不到")
    for danger in sorted(DANGER):
        if (_HAZARD, danger) not in seen:
            yield fault(DATA / "nlu" / "hazards" / f"{danger}.yml", 1, f"没有例句标着 {_HAZARD}/{danger}")


def _payloads(knowledge: Knowledge, files: _Files) -> Iterator[Fault]:
    """Every button starts an intent, and asks for a point that there is."""
    try:
        load_menu(KNOWLEDGE / "wechat_menu.yml")
    except MenuError as error:
        yield fault(KNOWLEDGE / "wechat_menu.yml", 1, str(error))
    for path, line, payload in files.payloads():
        intent, point = _PAYLOAD.match(payload), _POINT_OF_PAYLOAD.search(payload)
        if not intent or intent[1] not in files.intents:
            yield fault(path, line, f"按钮的 payload 不是已有的 intent：{payload}")
        if point and point[1] not in knowledge.points and point[1] not in ACTS:
            yield fault(path, line, f"按钮的 payload 里没有这个要点：{point[1]}")


def _phrases(knowledge: Knowledge, files: _Files) -> Iterator[Fault]:
    """Every phrase that the code says is there with all its placeholders filled, and no other is."""
    phrases, code = knowledge.phrases, files.code
    uses = [use for use in code.uses if use.book == "phrases"]
    wanted = {*(f"door_{door}" for door in get_args(Door)), *(f"danger_{name}" for name in DANGER)}
    wanted |= {f"danger_{name}_after" for name in GRAVE}
    wanted |= {"verdict_yes", "verdict_no", "refuse_none"}
    wanted |= {f"{_WEB}{name}" for name in files.page}
    for id_ in sorted(wanted - set(phrases)):
        yield fault(KNOWLEDGE / "phrases.yml", 1, f"缺少这句话：{id_}")
    for use in uses:
        for id_ in use.ids:
            if id_ not in phrases:
                yield Fault(use.file, use.line, f"phrases.yml 里没有这句话：{id_}")
    for id_, text in phrases.items():
        if not (id_ in wanted or _is_said(id_, code)):
            yield _of_phrase(files, id_, f"没有代码用到这句话：{id_}")
        try:
            names = wording.placeholders(text)
            text.format(**dict.fromkeys(names, _DUMMY))
        except (ValueError, KeyError, IndexError, AttributeError, TypeError):
            yield _of_phrase(files, id_, f"{id_}：花括号不成对，或者里面不只是一个名字")
            continue
        left = _left_open(names, [use for use in uses if id_ in use.ids], uses)
        if id_.startswith(_WEB):  # the page fills them itself
            left = names - files.page.get(id_.removeprefix(_WEB), frozenset())
        if left:
            yield _of_phrase(files, id_, f"{id_}：没有人填 {'、'.join(f'{{{name}}}' for name in sorted(left))}")


def _texts_of_staff(files: _Files) -> Iterator[Fault]:
    """Every text that the staff's pages say is there, and no other."""
    texts: Any = files.staff or {}
    uses = [use for use in files.code.uses if use.book == "texts"]
    for use in uses:
        for id_ in use.ids:
            if id_ not in texts:
                yield Fault(use.file, use.line, f"texts.yml 里没有这句话：{id_}")
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted(_STAFF.rglob("*.html")))
    for id_ in texts:
        if not files.code.names(id_) and f"texts.{id_}" not in pages:
            yield fault(_STAFF / "texts.yml", texts.lc.key(id_)[0] + 1, f"没有代码用到这句话：{id_}")


def _is_said(id_: str, code: wording.Code) -> bool:
    """Whether the code says a phrase; those of the page are named by it, or by the code of an error."""
    if not id_.startswith(_WEB):
        return code.names(id_)
    name = id_.removeprefix(_WEB)
    return id_ in code.texts or (name.startswith(_ERROR) and name.removeprefix(_ERROR) in code.texts)


def _rendered(knowledge: Knowledge) -> Iterator[Fault]:
    """Every way and every point as people read it: nothing in it waits to be filled in."""
    # The phrases around them have faults of their own, told above.
    knowledge = knowledge.model_copy(update={"phrases": defaultdict(str)})
    for task in tasks(knowledge):
        for kind, pieces in (("procedures", _ways_of(knowledge, task)), ("points", _points_of(knowledge, task))):
            for where, said in pieces:
                if "{" in said or "}" in said:
                    yield fault(KNOWLEDGE / kind / f"{task}.yml", 1, f"{where}：说出来还带着花括号")


def _ways_of(knowledge: Knowledge, task: str) -> Iterator[tuple[str, str]]:
    for number, way in enumerate(preview.ways(knowledge, task, preview.Scope())):
        yield f"variants.{number}", way.reply.text
        yield f"variants.{number}", way.short


def _points_of(knowledge: Knowledge, task: str) -> Iterator[tuple[str, str]]:
    for shown in preview.points(knowledge, task, preview.Scope()):
        if shown.owner is None:
            yield from ((f"{shown.point}.{number}", line.text) for number, line in enumerate(shown.lines))


def _left_open(names: frozenset[str], own: Iterable[wording.Use], uses: Iterable[wording.Use]) -> frozenset[str]:
    """The placeholders that a use leaves open; of a phrase that no use names, those that all leave open that may be its."""
    if own := list(own):
        return frozenset().union(*(names - (use.filled or frozenset()) for use in own))
    may_be = [names - (use.filled or frozenset()) for use in uses if not use.ids]
    return min(may_be, key=len, default=names)


def _of_phrase(files: _Files, id_: str, message: str) -> Fault:
    line = files.phrases.lc.key(id_)[0] + 1 if files.phrases else 1
    return fault(KNOWLEDGE / "phrases.yml", line, message)


def _undeclared(files: _Files) -> Iterator[Fault]:
    """Names that stand in a rule, story or NLU file but nowhere else, and what is declared for nobody."""
    intents, responses = files.intents, files.responses()
    actions = set(files.domain.get("actions") or []) | set(responses) | _BUILT_IN
    used = set()
    for path, line, kind, name in files.steps():
        known = intents | _BUILT_IN if kind == "intent" else actions
        used.add(name)
        if name not in known:
            yield fault(path, line, f"没有声明这个 {kind}：{name}")
    for name, (path, line, _) in responses.items():
        # The code puts an intent's name behind `utter_` where the answer to it is a response.
        if name not in {*used, *files.code.texts, *(f"utter_{intent}" for intent in intents)}:
            yield fault(path, line, f"没有规则、故事或代码用到这条回复：{name}")
    for path, line, label in files.labelled():
        if label.intent not in {*intents, _HAZARD}:
            yield fault(path, line, f"domain.yml 的 intents 里没有 {label.intent}")
    said = {label.intent for path, _, label in files.labelled() if path in files.trees}
    for number, intent in enumerate(files.domain.get("intents") or []):
        if intent not in said:
            yield fault(DOMAIN, files.domain["intents"].lc.item(number)[0] + 1, f"意图 {intent} 没有一句例句")


def _listed(files: _Files) -> Iterator[Fault]:
    """Lists of intents and entities agree: those of the rules and of the configuration with the domain's."""
    ruled = {name for path, _, kind, name in files.steps() if kind == "intent" and "rules" in path.parts}
    for intent in sorted(files.intents - ruled):
        if intent not in {path.stem for path in (KNOWLEDGE / "procedures").glob("*.yml")}:  # told with the task
            yield _in_domain(files, "intents", intent, f"data/rules 里没有规则提到 {intent}")
    entities = files.domain.get("entities") or []
    for component in files.config.get("pipeline") or []:
        for key in ("unsafe", "leaning", "unlabelled"):
            for place, intent in enumerate(component.get(key) or []):
                if intent not in files.intents:
                    line = component[key].lc.item(place)[0] + 1
                    yield fault(CONFIG, line, f"domain.yml 的 intents 里没有 {intent}")
        named = [
            *(component.get("lexicons") or {}),
            *(f"{name}_excluded" for name in component.get("excludable") or []),
        ]
        for entity in named:
            if entity not in entities:
                yield fault(CONFIG, component.lc.line + 1, f"domain.yml 的 entities 里没有 {entity}")
    for path, line, label in files.labelled():
        own = path.parent in (DATA / "nlu", _TESTS) and (KNOWLEDGE / "procedures" / path.name).exists()
        if own and label.intent != path.stem:
            yield fault(path, line, f"这个文件里只能是 {path.stem} 的句子，这里标着 {label.intent}")


def _in_domain(files: _Files, key: str, name: str, message: str) -> Fault:
    return fault(DOMAIN, files.domain[key].lc.item(files.domain[key].index(name))[0] + 1, message)


def _names() -> Iterator[Fault]:
    """No name means two things."""
    for name, before in lexicons.twice(KNOWLEDGE):
        path, other = KNOWLEDGE / f"{name.lexicon}.yml", f"{before.lexicon}.yml"
        told = f"“{name.text}”在 {other} 第{before.line}行已经是 {before.meaning} 的名字"
        yield fault(path, name.line, told)
