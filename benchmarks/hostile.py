"""The longest time that 200 characters can take, by crafted texts, by search, and by 20,000 messages at random.

    python benchmarks/hostile.py                    # every text function, then whole messages
    python benchmarks/hostile.py --search 2000      # looks longer for something slow
    python benchmarks/hostile.py --fuzz 20000 --seed 1

Prints a table; ends with 1 where something took longer than it may.
"""

from bot.runtime import prepare, settle

prepare()

import argparse  # noqa: E402  (Rasa reads its settings at import)
import asyncio  # noqa: E402
import random  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterable, Iterator  # noqa: E402
from contextlib import suppress  # noqa: E402
from functools import partial  # noqa: E402
from statistics import quantiles  # noqa: E402

from hypothesis import HealthCheck, Phase, given, settings, target  # noqa: E402
from hypothesis import seed as seeded  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from bot.assistant import Assistant, new_sender  # noqa: E402
from bot.edge import MAX_CHARACTERS, NothingSaid, TextTooLong, clean  # noqa: E402
from bot.paths import DATA, KNOWLEDGE, ROOT  # noqa: E402
from bot.stores import forget  # noqa: E402
from bot.yamlfile import read_yaml  # noqa: E402

# Milliseconds of CPU: of a text function, of understanding and answering a message; and of the clock, for any message at random.
FUNCTION, MESSAGE, RANDOM = 10, 100, 300

# What the text functions look for, and what makes them look twice.
_WORDS = """
an ang xi xian yue yibao zhuang q guashi bangding 医宝 帮定 鱼额 月 余额
北京 朝阳区 鼓楼区 伊犁 东莞长安 从江苏 居民和 广东省深圳市 医保在 参保 老家 这边 在 是 的
不是 不对 而是 啊 呃 顺便 另外 还有就是 以及 再问 怎么 查吗 要带 把 没有 有没有 还是 微信 支付宝 SDK
1 12 138 0013 一 零 壹 Ⅰ ① ٣ O l x X E 654002 12393 2025 元 年 号 号码 后面是 我叫 姓名 张 欧阳 阿 · 路 小区 栋 单元 室 - 之 附
/ \\ , ， 、 。 : ： ( ) 【 】 【手机号】 { } 👨\u200d👩\u200d👧 각 龘 𠀀 ﷺ ẞ İ
"""
# Blanks, what is not seen, and what stands on the sign before it.
_SIGNS = " \t\u3000\u200b\u200d\ufe0f\u20e3\u0301\u0338"
PIECES = [*_WORDS.split(), *_SIGNS]


def crafted() -> Iterator[str]:
    """Texts of 200 characters made to be slow: one piece again and again, and two in turn."""
    for first in PIECES:
        yield _filled(first)
    for first, second in zip(PIECES, PIECES[1:] + PIECES[:1]):
        yield _filled(first + second)
    dice = random.Random(0)
    for _ in range(200):
        yield _filled("".join(dice.choices(PIECES, k=dice.randint(2, 12))))
    for low, high in (
        (0x4E00, 0x9FA5),
        (0x20000, 0x2A6D0),
        (0x20, 0x7E),
        (0x300, 0x36F),
        (0xFDF0, 0xFDFB),
        (0x30, 0x39),
    ):
        yield "".join(chr(dice.randint(low, high)) for _ in range(MAX_CHARACTERS))
    yield "an" * 20 + "q"
    yield "啊" * 150 + "不是啊"


def _filled(pattern: str) -> str:
    return (pattern * MAX_CHARACTERS)[:MAX_CHARACTERS]


def messages(count: int, seed: int) -> Iterator[str]:
    """Messages at random: letters, digits, scripts, combining marks, places, conjunctions, whole sentences."""
    dice = random.Random(seed)
    sentences = _sentences()
    alphabets = [
        "abcdefghijklmnopqrstuvwxyz",
        "anigux",
        "0123456789 -/、,:Xx",
        "".join(map(chr, range(0x300, 0x370))) + "ao1一",
        "的了么呢吧医保卡绑查码我妈在",
        "，。？！；…~ \u3000/【】{}\"'\\<>&%",
        "零一二三四五六七八九十壹贰叁①②⑴⒈Ⅰ٠١٢१२OlI",
    ]
    ranges = [(0x4E00, 0x9FA5), (0x20000, 0x2A6D0), (0x400, 0x4FF), (0x600, 0x6FF), (0x900, 0x97F), (0xAC00, 0xD7A3), (0x1F300, 0x1F9FF), (0x2000, 0x206F), (0xFB00, 0xFDFF), (0x20, 0x2FFF)]  # fmt: skip

    def part() -> str:
        kind, length = dice.randrange(5), dice.randint(1, 60)
        if kind == 0:
            return "".join(dice.choices(dice.choice(alphabets), k=length))
        if kind == 1:
            low, high = dice.choice(ranges)
            return "".join(chr(dice.randint(low, high)) for _ in range(length))
        if kind == 2:
            return str(dice.choice(PIECES)) * dice.randint(1, 30)
        if kind == 3:
            return "".join(dice.choices(PIECES, k=length // 4 + 1))
        return dice.choice(sentences)

    for _ in range(count):
        yield "".join(part() for _ in range(dice.randint(1, 5)))[: dice.choice((20, 60, MAX_CHARACTERS))]


def _sentences() -> list[str]:
    from bot.nlu_data import read

    return [sentence.text for sentence in read(DATA / "nlu")]


def functions() -> dict[str, Callable[[str], object]]:
    """Every function that reads a person's text, each as it is used."""
    from bot.channels.wechat_text import split
    from bot.nlu import gazetteer
    from bot.nlu.clauses import ClauseSplitter, boundaries, cut
    from bot.nlu.dialects import Dialects, read_dialects
    from bot.nlu.reader import Reader
    from bot.nlu.region_roles import Roles, resolve
    from bot.nlu.repairs import repaired
    from bot.nlu.term_extractor import TermExtractor
    from bot.nlu.terms import TermFinder
    from bot.nlu.text import normalise, spoken
    from bot.nlu.tfidf import characters, sounds
    from bot.privacy import mask, mask_together

    config = {item["name"].split(".")[-1]: item for item in read_yaml(ROOT / "config.yml")["pipeline"]}
    regions = read_yaml(KNOWLEDGE / "regions.yml")
    places = gazetteer.Gazetteer(gazetteer.build(gazetteer.read_locations(), regions, gazetteer.read_words()))
    roles = Roles(regions["roles"])
    terms = {**TermExtractor.get_default_config(), **config["TermExtractor"]}
    lexicons = {
        entity: {value: entry["names"] for value, entry in read_yaml(ROOT / file).items()}
        for entity, file in terms["lexicons"].items()
    }
    finder = TermFinder(lexicons, read_yaml(ROOT / terms["negations"]))
    clauses = {**ClauseSplitter.get_default_config(), **config["ClauseSplitter"]}
    between = boundaries(*(clauses[words] for words in ("conjunctions", "particles", "corrections")))
    dialects = read_dialects(KNOWLEDGE / "dialects.yml")
    reader = Reader.learn([normalise(sentence) for sentence in _sentences()], dialects)
    return {
        "normalise": normalise,
        "spoken": spoken,
        "clean": _clean,
        "mask": mask,
        "mask_together": lambda text: mask_together([text] * 4),
        "find_places": lambda text: gazetteer.find_places(text, places),
        "resolve": lambda text: resolve(text, gazetteer.find_places(text, places), roles),
        "terms": finder.find,
        "clauses": lambda text: cut(text, between, clauses["shortest"]),
        "repaired": repaired,
        "dialects": Dialects(dialects).standard,
        "spelling": reader._speller.read,
        "read": reader.read,
        "characters": characters,
        "sounds": sounds,
        "wechat_split": partial(split, limit=300),
    }


def _clean(text: str) -> str | None:
    try:
        return clean(text)
    except (TextTooLong, NothingSaid):
        return None


def milliseconds(function: Callable[[str], object], text: str, tries: int = 10) -> float:
    """The CPU time of the quickest of some calls: what others do on the machine does not count."""
    times = []
    for _ in range(tries):
        started = time.process_time()
        function(text)
        times.append(time.process_time() - started)
    return min(times) * 1000


def longest(function: Callable[[str], object], texts: Iterable[str]) -> tuple[float, str]:
    """The most that one of the texts takes, and that text."""
    worst = (0.0, "")
    for text in texts:
        # Looked at again only where it would count.
        if milliseconds(function, text, tries=1) > worst[0]:
            worst = max(worst, (milliseconds(function, text), text))
    return worst


def search(function: Callable[[str], object], examples: int, seed: int) -> tuple[float, str]:
    """The slowest text that Hypothesis comes to by making slow ones slower."""
    piece = st.one_of(st.sampled_from(PIECES), st.characters(), st.text(max_size=4))
    repeated = st.tuples(piece, st.integers(1, 100)).map(lambda pair: pair[0] * pair[1])
    texts = st.lists(repeated, min_size=1, max_size=8).map(lambda parts: _filled("".join(parts) or "a"))
    worst = (0.0, "")

    @seeded(seed)
    @settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate, Phase.target], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(texts)
    def look(text: str) -> None:
        nonlocal worst
        took = milliseconds(function, text)
        worst = max(worst, (took, text))
        target(took)

    look()
    return worst


class Talk:
    """One conversation after the other with the assistant, a message at a time."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.say("怎么绑定")

    def say(self, text: str) -> None:
        """A turn from its text to its answers, in a conversation of its own."""
        asyncio.run(self._say(text))

    async def _say(self, text: str) -> None:
        sender = new_sender()
        with suppress(TextTooLong, NothingSaid):
            await self._assistant.say(sender, text)
        # Thousands of conversations in memory make Python's garbage collection slow.
        await forget(self._assistant.agent.tracker_store, sender)


def load() -> Assistant:
    """The assistant with the model of the files as they are."""
    from bot import logs
    from bot.training import ensure_model

    logs.configure("ERROR")
    assistant = Assistant.load(ensure_model(print))
    settle()  # as the server does
    return assistant


def fuzz(assistant: Assistant, count: int, seed: int) -> bool:
    """Say that many messages; whether none took longer than it may."""
    talk, clock, cpu = Talk(assistant), [], []
    for number, text in enumerate(messages(count, seed)):
        began, started = time.perf_counter(), time.process_time()
        talk.say(text)
        clock.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - started) * 1000)
        if clock[-1] > RANDOM:
            print(f"{number}: {clock[-1]:.0f} ms, CPU {cpu[-1]:.0f} ms: {text!r}", flush=True)
    for name, times in (("clock", clock), ("CPU", cpu)):
        parts = quantiles(times, n=100)
        print(f"{name}: median {parts[49]:.1f} ms, p99 {parts[98]:.1f} ms, longest {max(times):.1f} ms")
    slow, dear = (sum(took > RANDOM for took in times) for times in (clock, cpu))
    print(f"{count} messages, seed {seed}: {slow} over {RANDOM} ms of the clock, {dear} of CPU")
    return not slow


def measure(examples: int, seed: int) -> bool:
    """Print the longest times; whether all are within what they may take."""
    fine = True
    asked: list[tuple[str, Callable[[str], object], int]] = [
        *((name, function, FUNCTION) for name, function in functions().items()),
        ("message", Talk(load()).say, MESSAGE),
    ]
    print("| function | crafted ms | searched ms | may take | slowest text |\n|---|---|---|---|---|")
    for name, function, limit in asked:
        function("预热")
        by_hand, by_search = longest(function, crafted()), search(function, examples, seed)
        took, text = max(by_hand, by_search)
        fine = fine and took <= limit
        print(f"| {name} | {by_hand[0]:.1f} | {by_search[0]:.1f} | {limit} | {ascii(text[:16])} |", flush=True)
    return fine


def main() -> None:
    """Measure, or say messages at random."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", type=int, default=300, help="texts that the search tries for each function")
    parser.add_argument("--fuzz", type=int, default=0, help="say so many messages at random instead")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    fine = fuzz(load(), arguments.fuzz, arguments.seed) if arguments.fuzz else measure(arguments.search, arguments.seed)
    sys.exit(not fine)


if __name__ == "__main__":
    main()
