"""What the staff read of conversations, on real databases."""

import asyncio
import time
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered

from bot import metrics
from bot.errors import BotError
from bot.feedback import Feedback
from bot.insight import likeness, overview
from bot.insight.misses import DISLIKED, Misses
from bot.insight.proposals import ACCEPTED, DECLINED, OPEN, TAKEN, Proposals
from bot.insight.span import Span, latest
from bot.stores.tracker_store import ConversationStore
from bot.stores.turns import DOUBTFUL, MISUNDERSTOOD, SILENT, day_of
from tests.small_knowledge import small

DOMAIN = Domain.from_dict({"slots": {"procedure": {"type": "text", "mappings": [{"type": "custom"}]}}})
DAY = 86400


class Talk:
    """People who talk, and a database that keeps what they say."""

    def __init__(self, url: str):
        self.url, self.store, self.votes = url, ConversationStore(DOMAIN, url), Feedback(url)

    def say(
        self,
        text: str,
        intent: str = "bind_family",
        point: str | None = None,
        why: str = "task",
        outcome: str = "answer",
        doubt: bool = False,
        sure: float = 0.9,
        sender: str = "s",
        ago: float = 0,
        vote: int = 0,
        comment: str | None = None,
    ) -> None:
        asyncio.run(self._say(text, intent, point, why, outcome, doubt, sure, sender, ago, vote, comment))

    async def _say(self, text, intent, point, why, outcome, doubt, sure, sender, ago, vote, comment):
        tracker = await self.store.get_or_create_tracker(sender, append_action_listen=False)
        then = time.time() - ago
        task = intent if intent in small().procedures else None
        wishes = [{"task": task, "point": point}] if task or point else []
        parsed = {
            "text": text,
            "intent": {"name": intent, "confidence": sure},
            "intent_ranking": [{"name": "bind_family" if intent == "nlu_fallback" else intent, "confidence": sure}],
            "point": point,
        }
        if why != "tap":
            doubts = [{"task": "pay_visit", "point": None}] if doubt else []
            parsed["understood"] = {"why": why, "wishes": wishes, "doubt": doubts, "act": None, "facts": []}
        heard = UserUttered(text, {"name": intent}, [], parsed, then, "shell", uuid.uuid4().hex)
        said = BotUttered(f"答{text}", metadata={"metadata": {"outcome": outcome}}, timestamp=then + 0.05)
        events = [heard, *([SlotSet("procedure", task)] if task else []), said, ActionExecuted("action_listen")]
        tracker.update_with_events(events, DOMAIN, override_timestamp=False)
        await self.store.save(tracker)
        if vote:
            await self.votes.store(sender, f"{heard.message_id}-0", vote, f"答{text}", comment)

    @property
    def misses(self) -> Misses:
        return Misses(self.store.engine)

    def group(self) -> None:
        while self.misses.group_new(7):
            pass

    def overview(self, span: Span) -> overview.Overview:
        return overview.read(self.store.engine, small(), span)


@pytest.fixture
def talk(database_url: str) -> Iterator[Talk]:
    talk = Talk(database_url)
    yield talk
    talk.store.close()


def test_what_a_person_should_look_at(talk: Talk) -> None:
    talk.say("绑定要带啥", point="materials")
    talk.say("嗯嗯那个那个", intent="nlu_fallback", why="doubt", outcome="ask")
    talk.say("大概绑一下吧", intent="nlu_fallback", why="doubt")  # a guess was answered
    talk.say("绑定几点能去", point="hours", outcome="unknown")
    talk.say("绑的那个钱怎么算", doubt=True, sure=0.4)
    talk.say("绑定，很有把握", doubt=True, sure=0.95)
    talk.say("解绑要多久", intent="unbind_family", point="duration", vote=-1, comment="没说到点上")
    talk.say("/bind_family", why="tap", outcome="unknown")
    found = {group.said[0].text: group for group in talk.misses.groups(latest(1))}
    assert {text: set(group.kinds) for text, group in found.items()} == {
        "嗯嗯那个那个": {MISUNDERSTOOD},
        "大概绑一下吧": {DOUBTFUL},
        "绑定几点能去": {SILENT},
        "绑的那个钱怎么算": {DOUBTFUL},
        "解绑要多久": {DISLIKED},
    }
    disliked = found["解绑要多久"]
    assert disliked.comments == ("没说到点上",) and disliked.said[0].answer == "答解绑要多久"
    assert disliked.said[0].label == "unbind_family/duration" and found["嗯嗯那个那个"].said[0].label == "bind_family"
    assert [group.said[0].text for group in talk.misses.groups(latest(1), DISLIKED)] == ["解绑要多久"]
    assert talk.misses.count(latest(1)) == {MISUNDERSTOOD: 1, SILENT: 1, DOUBTFUL: 2, DISLIKED: 1}


def test_what_is_alike_stands_together_and_the_newest_first(talk: Talk) -> None:
    silent = {"outcome": "unknown", "point": "hours"}
    talk.say("社保卡丢了怎么办", ago=500, **silent)
    talk.say("医院几点开门", ago=400, **silent)
    talk.say("社保卡丢了怎么办呢", ago=300, vote=-1, **silent)
    talk.say("社保卡丢了怎么办呢", ago=200, **silent)
    talk.group()
    lost, hospital = talk.misses.groups(latest(1))
    assert [said.text for said in lost.said] == ["社保卡丢了怎么办呢", "社保卡丢了怎么办"]
    assert lost.count == 3 and lost.kinds == {SILENT: 3, DISLIKED: 1}
    assert [said.text for said in hospital.said] == ["医院几点开门"]
    assert talk.misses.groups(latest(1), start=1) == [hospital]
    # A later one joins them.
    talk.say("社保卡丢了怎么办", **silent)
    talk.group()
    assert [group.count for group in talk.misses.groups(latest(1))] == [4, 1]


def test_a_span_has_whole_days_of_china(talk: Talk) -> None:
    today = day_of(time.time())
    begin = latest(1).begin
    for text, moment in (("今天刚过零点", begin + 1), ("昨天最后一刻", begin - 1)):
        talk.say(text, outcome="unknown", ago=time.time() - moment)
    assert [g.said[0].text for g in talk.misses.groups(Span(today, today))] == ["今天刚过零点"]
    assert [g.said[0].text for g in talk.misses.groups(Span(today - 1, today - 1))] == ["昨天最后一刻"]


def test_what_is_forgotten_is_missed_no_more(talk: Talk) -> None:
    talk.say("绑定几点能去", outcome="unknown", sender="gone")
    talk.say("解绑几点能去", outcome="unknown", sender="stays")
    talk.group()
    asyncio.run(talk.store.forget("gone"))
    assert [group.said[0].text for group in talk.misses.groups(latest(1))] == ["解绑几点能去"]
    with talk.store.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM turns")).scalar() == 1


def test_old_turns_expire(talk: Talk) -> None:
    talk.say("绑定几点能去", outcome="unknown", ago=3 * DAY)
    talk.say("绑定要钱吗")
    asyncio.run(talk.store.purge(2))
    assert talk.misses.groups(latest(30)) == []


def test_numbers_that_slipped_into_the_database_are_masked_when_read(talk: Talk) -> None:
    talk.say("绑定几点能去", outcome="unknown", vote=-1, comment="好")
    with talk.store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE feedback SET comment = '打我13812345678'"))
        read = connection.execute(sa.text("SELECT data FROM events WHERE type_name = 'user'")).scalar()
        written = read.replace("\\u7ed1\\u5b9a\\u51e0\\u70b9\\u80fd\\u53bb", "13812345678")
        connection.execute(sa.text("UPDATE events SET data = :data WHERE type_name = 'user'"), {"data": written})
    assert written != read and "13812345678" not in str(talk.misses.groups(latest(1)))


def test_numbers_of_a_span(talk: Talk) -> None:
    for number in range(12):
        talk.say(f"绑定要带啥{number}", point="materials", vote=1 if number < 6 else 0)
    for number in range(7):
        talk.say(f"绑定几点去{number}", point="hours", outcome="unknown", ago=DAY)
    for number in range(5):
        talk.say(f"那个{number}", intent="nlu_fallback", why="doubt", outcome="ask")
    found = talk.overview(latest(2))
    yesterday, today = found.pieces
    assert (found.whole.questions, yesterday.questions, today.questions) == (24, 7, 17)
    assert (yesterday.asked_back, today.asked_back, today.up, today.down) == (None, 5, 6, None)
    assert found.outcomes == (("有答案", 12), ("文档没写", 7), ("反问了一句", 5))
    assert found.tasks == (("绑定", 19),)
    assert found.points == (("要带什么材料", 12), ("几点办公", 7))
    assert found.silent == (("绑定：几点办公", 7),)


def test_numbers_below_five_are_not_shown(talk: Talk) -> None:
    for number in range(4):
        talk.say(f"绑定几点去{number}", point="hours", outcome="unknown", vote=1)
    found = talk.overview(latest(1))
    assert (found.tasks, found.points, found.silent, found.outcomes) == ((), (), (), ())
    for piece in (found.whole, *found.pieces):
        assert {piece.questions, piece.asked_back, piece.up, piece.down, piece.typical_ms, piece.slow_ms} == {None}


def test_response_times(talk: Talk) -> None:
    for number in range(20):
        token = metrics._began.set(time.monotonic() - (1.5 if number < 2 else 0.3))
        talk.say(f"绑定要带啥{number}")
        metrics._began.reset(token)
    [piece] = talk.overview(latest(1)).pieces
    assert 300 <= piece.typical_ms < 1500 <= piece.slow_ms < 30_000


def test_a_long_span_comes_in_few_pieces_that_cover_it(talk: Talk) -> None:
    for ago in (0, 100, 199):
        for number in range(5):
            talk.say(f"绑定{number}", ago=ago * DAY)
    span = latest(200)
    found = talk.overview(span)
    assert len(found.pieces) <= 62
    assert [day for piece in found.pieces for day in range(piece.first, piece.last + 1)] == list(span.days)
    assert [piece.questions for piece in found.pieces if piece.questions] == [5, 5, 5]


def test_a_sentence_is_learned_after_a_second_persons_yes_only(talk: Talk) -> None:
    proposals = Proposals(talk.store.engine)
    mine = proposals.add("  绑定  要带啥  13812345678", "bind_family/materials", "甲")
    assert mine.text == "绑定 要带啥 【手机号】" and proposals.all(OPEN) == [mine]
    with pytest.raises(BotError, match="自己提的"):
        proposals.decide(mine.id, True, "甲")
    assert proposals.decide(mine.id, True, "乙").state == ACCEPTED
    with pytest.raises(BotError, match="已经有人定过"):
        proposals.decide(mine.id, False, "丙")
    with pytest.raises(BotError, match="已经有人提过"):
        proposals.add("绑定 要带啥 13900000000", "bind_family", "丙")
    [accepted] = proposals.all(ACCEPTED)
    assert (accepted.who, accepted.second) == ("甲", "乙")
    proposals.take([accepted.id])
    assert proposals.all(OPEN, ACCEPTED) == [] and len(proposals.all(TAKEN)) == 1


def test_what_one_proposed_one_may_take_back_and_propose_again(talk: Talk) -> None:
    proposals = Proposals(talk.store.engine)
    first = proposals.add("绑定要带啥", "bind_family", "甲")
    assert proposals.decide(first.id, False, "甲").state == DECLINED
    assert proposals.add("绑定要带啥", "bind_family/materials", "甲").state == OPEN


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" \n", "空的"),
        ("！！！", "空的"),
        ("字" * 201, "太长"),
        ("绑[微信](channel)", "括号"),
        ("绑{微信}", "括号"),
        ("绑定\x00吗", "看不见"),
    ],
)
def test_what_is_no_sentence_is_not_proposed(talk: Talk, text: str, told: str) -> None:
    proposals = Proposals(talk.store.engine)
    with pytest.raises(BotError, match=told):
        proposals.add(text, "bind_family", "甲")
    assert proposals.all(OPEN) == []


def test_vectors_of_nothing_are_none() -> None:
    assert likeness.vectors([]).shape == (0, 512)
