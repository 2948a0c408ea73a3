"""Whatever people type and tap, in any order: the conversation goes on."""

import asyncio

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from bot.assistant import Turn
from bot.cli.conversation import Conversation
from bot.paths import DATA
from bot.yamlfile import read_yaml

# 8 walks of 30 messages take half a minute. Always the same ones: a failure is the code's, not the dice's.
WALKS = settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a failure is shown as it came: making it smaller takes minutes
    suppress_health_check=list(HealthCheck),
)
TAPS_TO_GET_OUT = 5

CHANNELS = ["国家医保APP", "支付宝", "微信", "网站", "电话", "线下窗口"]
PLACES = ["伊犁", "广东", "深圳", "新疆", "朝阳区", "湖南", "上海", "霍尔果斯"]
CORRECTIONS = st.one_of(
    st.builds("不是{}，是{}".format, st.sampled_from(CHANNELS), st.sampled_from(CHANNELS)),
    st.builds("我没有{}".format, st.sampled_from(CHANNELS)),
    st.builds("说错了，我在{}参保".format, st.sampled_from(PLACES)),
    st.builds("我在{}，我妈在{}参保".format, st.sampled_from(PLACES), st.sampled_from(PLACES)),
    st.builds("改成{}，{}的".format, st.sampled_from(CHANNELS), st.sampled_from(PLACES)),
)
NONSENSE = st.one_of(
    st.text(max_size=220),
    st.text(alphabet="的了么呢吧医保卡绑查码", min_size=1, max_size=12),
    st.sampled_from(["/restart", '/inform{"region": "广东省"}', "{{x}}", "😂", "……", "/start_over", "0", "99"]),
)


def _training_sentences() -> list[str]:
    items = (item for file in sorted((DATA / "nlu").glob("*.yml")) for item in read_yaml(file)["nlu"])
    return [line.removeprefix("- ") for item in items for line in item["examples"].splitlines()]


class Walk(RuleBasedStateMachine):
    """One person with no plan."""

    def __init__(self, assistant):
        super().__init__()
        self.talk = Conversation(assistant)
        self.said: list[str] = []  # by the bot, a turn each

    @rule(text=st.sampled_from(_training_sentences()))
    def ask(self, text):
        self._say(text)

    @rule(text=CORRECTIONS)
    def correct(self, text):
        self._say(text)

    @rule(text=NONSENSE)
    def babble(self, text):
        self._say(text)

    @precondition(lambda self: self.talk.buttons)
    @rule(number=st.integers(min_value=0, max_value=11))
    def tap(self, number):
        self._say(self.talk.buttons[number % len(self.talk.buttons)]["title"])

    @precondition(lambda self: self.said)
    @rule()
    def say_it_again(self):
        self._say(self.last)

    def teardown(self):
        """Nobody is caught: the last button of every question leads to something that is no question."""
        for _ in range(TAPS_TO_GET_OUT):
            if not self.talk.buttons:
                return
            if self._say(self.talk.buttons[-1]["title"]).outcome != "ask":
                return
        raise AssertionError(f"还在问：{self.said[-1]}")

    def _say(self, text: str) -> Turn:
        self.last = text
        turn = asyncio.run(self.talk.say(text))
        texts = [reply["text"] for reply in turn.replies]
        shown = texts + [button["title"] for reply in turn.replies for button in reply["buttons"]]
        assert texts and all(text.strip() for text in shown), turn
        assert not any(brace in line for line in shown for brace in "{}"), shown
        # What can't be read at all (blank, too long) is answered without the dialogue.
        unreadable = turn.intent is None
        assert unreadable or turn.outcome != "error", turn
        assert self.talk.buttons or unreadable or turn.outcome in ("answer", "unknown", "smalltalk"), turn
        self.said.append("\n".join(texts))
        assert unreadable or len(self.said) < 3 or len(set(self.said[-3:])) > 1, self.said[-1]
        return turn


def test_any_walk_goes_on(assistant):
    run_state_machine_as_test(lambda: Walk(assistant), settings=WALKS)
