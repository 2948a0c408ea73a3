"""`yibao hits`."""

import argparse
from collections import Counter

from bot.errors import BotError
from bot.paths import DATA, KNOWLEDGE, ROOT

HELP = "把一个叫法写进名单（渠道、亲属、小程序、地名）之前，先看它会碰到哪些句子"

_SHOWN = 10  # names, and sentences of each intent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("word", metavar="叫法", help="如 掌上医保")
    parser.add_argument("--all", action="store_true", help=f"每个意图的句子全列出来；不写就各列 {_SHOWN} 句")


def run(arguments: argparse.Namespace) -> int:
    from bot import hits, nlu_data
    from bot.nlu.text import normalise

    word = normalise(arguments.word)
    if not any(character.isalnum() for character in word):
        raise BotError("请写一个叫法，如 yibao hits 掌上医保")
    known = hits.known(KNOWLEDGE)
    around = sorted(hits.like(word, known), key=lambda name: (name.key != word.lower(), len(name.text)))
    for name in around[:_SHOWN]:
        same = "已经有了" if name.key == word.lower() else "有相近的"
        print(f"{same}：{name.text}（{name.lexicon}.yml 的 {name.meaning}）")
    sentences = [
        *nlu_data.read(DATA / "nlu"),
        *nlu_data.examples_of_cells(KNOWLEDGE / "points"),
        *nlu_data.read(ROOT / "tests" / "nlu"),
    ]
    found = hits.hits(word, sentences, known)
    shown: Counter[str] = Counter()
    for hit in sorted(found, key=lambda hit: (hit.sentence.intent, hit.sentence.file, hit.sentence.line)):
        sentence = hit.sentence
        shown[sentence.intent] += 1
        if arguments.all or shown[sentence.intent] <= _SHOWN:
            over = "、".join({name.key: name.text for name in hit.over}.values())
            label = f"{sentence.intent}/{sentence.point}" if sentence.point else sentence.intent
            print(f"{sentence.file}:{sentence.line}: {sentence.text}　[{label}]{f'　现在认出：{over}' if over else ''}")
    counts = "，".join(f"{intent} {count}" for intent, count in shown.most_common())
    print(f"“{word}”会碰到 {len(found)} 句{f'：{counts}' if counts else '。'}")
    return 0
