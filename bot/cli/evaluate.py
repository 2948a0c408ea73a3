"""`yibao evaluate`."""

import argparse
import asyncio
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import BotError
from bot.paths import DATA, ROOT, VAR

if TYPE_CHECKING:
    from bot.evaluation import Answer, Question, Report

HELP = "用带标签的问题评测：准确率、各意图、渠道和地区、把握是否可信，并画图、列出错句"

_ROBUSTNESS = ROOT / "tests" / "nlu" / "robustness.tsv"
_NEAREST = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="文件.tsv", type=Path, nargs="?", help="列：text intent，可有 channel region（a+b 两个都算对）"
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
    rows = _rows(file)
    questions = [evaluation.question(row) for row in rows]
    logs.configure("ERROR")
    assistant = Assistant.load(arguments.model or ensure_model(lambda line: print(line, file=sys.stderr)))
    answers = asyncio.run(_answers(assistant, questions))
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


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise BotError(f"{file} 读不出来，应该是 UTF-8 的 TSV 文件。") from error
    if not rows or not {"text", "intent"} <= rows[0].keys():
        raise BotError(f"{file} 里没有句子，或者缺少 text、intent 两列。")
    return rows


async def _answers(assistant, questions: list["Question"]) -> list["Answer"]:
    from bot.evaluation import Answer

    answers = []
    for question in questions:
        turn = await assistant.understand(question.text)
        asked_back = turn.intent == "nlu_fallback"
        ranking = [entry for entry in turn.ranking if entry[0] != "nlu_fallback"]
        guess, confidence = ranking[0] if ranking else ("", 0.0)
        found = {
            kind: frozenset(e["value"] for e in turn.entities if e["entity"] == kind) for kind in ("channel", "region")
        }
        answers.append(Answer(guess, confidence, asked_back, found["channel"], found["region"]))
    return answers


def _print_intents(report: "Report") -> None:
    print("  精确    召回     F1   句数  意图或实体")
    for score in report.intents + report.entities:
        print(f"{score.precision:6.3f}  {score.recall:6.3f}  {score.f1:6.3f}  {score.support:4d}  {score.name}")


def _print_summary(report: "Report") -> None:
    print(f"共 {report.count} 句，准确率 {report.accuracy:.3f}，宏平均 F1 {report.macro_f1:.3f}")
    print(f"医保问题准确率 {report.in_scope_accuracy:.3f}，误拒 {report.wrongly_refused:.3f}", end="，")
    print(f"与医保无关的认出 {report.out_of_scope_recall:.3f}，反问 {report.asked_back:.3f}")
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
    errors = sorted(((q, a) for q, a in pairs if not evaluation.is_right(q, a)), key=lambda pair: -pair[1].confidence)
    with (folder / "errors.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["confidence", "expected", "understood", "text", "nearest"])
        for (q, a), near in zip(errors, _nearest([q.text for q, _ in errors])):
            writer.writerow([f"{a.confidence:.3f}", "+".join(q.intents), a.guess, q.text, near])


def _nearest(texts: list[str]) -> list[str]:
    """For each text the training sentences that lie nearest, as the encoder sees it."""
    from bot.nlu.sentence_encoder import encoder
    from bot.nlu_data import read

    if not texts:
        return []
    training = list(read(DATA / "nlu"))
    closeness = encoder().encode(texts) @ encoder().encode([sentence.text for sentence in training]).T
    return [
        " | ".join(f"{training[i].intent}: {training[i].text}" for i in (-row).argsort()[:_NEAREST])
        for row in closeness
    ]
