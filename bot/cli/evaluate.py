"""`yibao evaluate`."""

import argparse
import asyncio
import csv
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import BotError
from bot.paths import DATA, ROOT, VAR

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from bot.evaluation import Answer, Question, Report
    from bot.nlu_data import Sentence

HELP = "用带标签的问题评测：准确率、各意图、要点、渠道、地区和它的身份、危险、把握是否可信，并画图、列出错句"

_ROBUSTNESS = ROOT / "tests" / "nlu" / "robustness.tsv"
_NEAREST = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="文件",
        type=Path,
        nargs="?",
        help="列：text intent，可有 also channel region hazard places（a+b 或写在 also 里，两个都算对；"
        "写“事/要点”就连要点一起评；places 写“湖南=insured+上海=aside”）；也可以是 Rasa 句子文件的目录",
    )
    parser.add_argument("--out", metavar="目录", type=Path, default=VAR / "evaluation", help="图和错句写到这里")
    parser.add_argument(
        "--robustness", action="store_true", help="改用项目自带的变体句（错别字、方言、夹拼音等），按种类列表"
    )
    parser.add_argument("--model", metavar="模型", type=Path, help="不写就用现在的模型")


def run(arguments: argparse.Namespace) -> int:
    from bot import evaluation, logs
    from bot.assistant import Assistant
    from bot.training import ensure_model

    file = _ROBUSTNESS if arguments.robustness else arguments.file
    if file is None:
        raise BotError("没有写要评测的文件：yibao evaluate 文件.tsv，或加 --robustness。")
    rows = read(file)
    questions = questions_of(rows, file)
    logs.configure("ERROR")
    assistant = Assistant.load(arguments.model or ensure_model(lambda line: print(line, file=sys.stderr)))
    answers = asyncio.run(answer(assistant, questions))
    report = evaluation.report(questions, answers)
    if arguments.robustness:
        right = [evaluation.is_right(q, a) for q, a in zip(questions, answers)]
        for kind, count, accuracy in evaluation.by_kind([row["kind"] for row in rows], right):
            print(f"{accuracy:7.3f}  {count:4d} 句  {kind}")
    else:
        _print_intents(report)
    _print_summary(report)
    arguments.out.mkdir(parents=True, exist_ok=True)
    _write(arguments.out, questions, answers)
    print(f"图和错句在 {arguments.out}")
    return 0


def read(file: Path) -> list[dict[str, str]]:
    """The rows of a TSV, or of a folder of Rasa's NLU files; BotError where that is not what it is."""
    if file.is_dir():
        from bot.nlu_data import read as sentences

        rows = [{"text": sentence.text, "intent": _label(sentence)} for sentence in sentences(file)]
        if not rows:
            raise BotError(f"{file} 里没有句子。")
        return rows
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise BotError(f"{file} 读不出来，应该是 UTF-8 的 TSV 文件。") from error
    if not rows or not {"text", "intent"} <= rows[0].keys():
        raise BotError(f"{file} 里没有句子，或者缺少 text、intent 两列。")
    for number, row in enumerate(rows, 2):
        if not ((row["text"] or "").strip() and (row["intent"] or "").strip(" +")):
            raise BotError(f"{file} 第 {number} 行没有句子，或者没有标签。")
    return rows


def questions_of(rows: list[dict[str, str]], file: Path) -> list["Question"]:
    """The rows as questions; BotError where a place has no role."""
    from bot.evaluation import ROLES, question

    try:
        return [question(row) for row in rows]
    except ValueError as error:
        raise BotError(
            f"{file}：places 里的“{error}”要写成“地名=身份”，身份是 {'、'.join(ROLES.values())}。"
        ) from error


async def answer(assistant: "Assistant", questions: list["Question"]) -> list["Answer"]:
    """What the assistant makes of each question outside a conversation; BotError where it takes one for no message."""
    from bot.assistant import as_turn
    from bot.edge import NothingSaid, TextTooLong
    from bot.evaluation import NO_HAZARD, Answer, points, role

    answers = []
    for question in questions:
        try:
            parsed = await assistant.parse(question.text)
        except (NothingSaid, TextTooLong) as error:
            raise BotError(f"这一句太长或者没有内容，评不了：{question.text[:40]}") from error
        turn = as_turn(parsed)
        asked_back = turn.intent == "nlu_fallback"
        ranking = [entry for entry in turn.ranking if entry[0] != "nlu_fallback"]
        guess, confidence = ranking[0] if ranking else ("", 0.0)
        found = {
            kind: frozenset(e["value"] for e in turn.entities if e["entity"] == kind) for kind in ("channel", "region")
        }
        understood = parsed["understood"]
        told = frozenset() if asked_back else points(understood, guess)
        hazard = understood["hazard"] or NO_HAZARD
        roles = ((str(e["value"]), role(e)) for e in parsed["entities"])
        places = frozenset((value, its) for value, its in roles if its)
        answers.append(Answer(guess, confidence, asked_back, found["channel"], found["region"], told, hazard, places))
    return answers


def _print_intents(report: "Report") -> None:
    print("  精确    召回     F1   句数  意图、实体、危险或地方的身份")
    for score in report.intents + report.entities + report.hazards + report.roles:
        print(f"{score.precision:6.3f}  {score.recall:6.3f}  {score.f1:6.3f}  {score.support:4d}  {score.name}")


def _print_summary(report: "Report") -> None:
    print(f"共 {report.count} 句，准确率 {report.accuracy:.3f}，宏平均 F1 {report.macro_f1:.3f}")
    print(f"医保问题准确率 {report.in_scope_accuracy:.3f}，误拒 {report.wrongly_refused:.3f}", end="，")
    print(f"与医保无关的认出 {report.out_of_scope_recall:.3f}，反问 {report.asked_back:.3f}")
    if report.pointed:
        print(f"要点准确率 {report.point_accuracy:.3f}（{report.pointed} 句标了要点，事和要点都要对）", end="，")
        print(f"事对的里面 {report.point_accuracy_of_right:.3f}")
    if not math.isnan(report.false_alarms):
        print(f"没有危险的句子里误报 {report.false_alarms:.3f}")
    print(f"把握的误差 ECE {report.calibration_error:.3f}，对错可分 AUROC {report.auroc:.3f}")


def _write(folder: Path, questions: list["Question"], answers: list["Answer"]) -> None:
    import numpy as np

    from bot import evaluation, pictures
    from bot.errors import KnowledgeError
    from bot.knowledge.loader import shipped

    try:
        titles = {id_: procedure.title for id_, procedure in shipped().procedures.items()}
    except KnowledgeError:
        titles = {}
    pairs = list(zip(questions, answers))
    pictures.confusion_matrix(
        [(evaluation.expected(q, a), a.guess or "（没听懂）") for q, a in pairs], titles, folder / "confusion.png"
    )
    right = np.array([evaluation.is_right(q, a) for q, a in pairs])
    pictures.reliability(evaluation.bins(right, np.array([a.confidence for a in answers])), folder / "reliability.png")
    wrong = (pair for pair in pairs if not evaluation.is_right_to_the_point(*pair))
    errors = sorted(wrong, key=lambda pair: -pair[1].confidence)
    with (folder / "errors.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["confidence", "expected", "understood", "text", "nearest"])
        for (q, a), near in zip(errors, _nearest([q.text for q, _ in errors])):
            writer.writerow([f"{a.confidence:.3f}", "+".join(map(str, q.labels)), _understood(q, a), q.text, near])


def _understood(question: "Question", answer: "Answer") -> str:
    """What the question was taken for, with the point where that is judged."""
    named = sorted(answer.points) if question.has_point else []
    return "+".join(f"{answer.guess}/{point}" for point in named) or answer.guess


def _nearest(texts: list[str]) -> list[str]:
    """For each text the training sentences that lie nearest, as the encoder sees it."""
    from bot.nlu.sentence_encoder import encoder
    from bot.nlu_data import read

    if not texts:
        return []
    training = list(read(DATA / "nlu"))
    closeness = encoder().encode(texts) @ encoder().encode([sentence.text for sentence in training]).T
    return [
        " | ".join(f"{_label(training[i])}: {training[i].text}" for i in (-row).argsort()[:_NEAREST])
        for row in closeness
    ]


def _label(sentence: "Sentence") -> str:
    return f"{sentence.intent}/{sentence.point}" if sentence.point else sentence.intent
