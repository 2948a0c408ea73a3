"""Texts cut to WeChat's measure."""

import re
from urllib.parse import parse_qs, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat_text import LIMIT, Block, Choice, blocks_of, dump, load, messages, page, split

STEPS = [f"{n}. 打开国家医保服务平台APP，进入“亲情账户”，点第{n}个按钮，按提示做完再往下。" for n in range(1, 60)]
BIND = Choice("怎么绑定家人", "/bind_family")

lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>\r"), max_size=400)


@settings(deadline=None)
@given(st.lists(lines, max_size=20), st.integers(200, LIMIT))
def test_split_loses_nothing_and_keeps_the_limit(texts: list[str], limit: int) -> None:
    pieces = split("\n".join(texts), limit)
    assert all(len(piece.encode()) <= limit for piece in pieces)
    # A message of blanks alone is none.
    assert "".join("".join(pieces).split()) == "".join("".join(texts).split())


@settings(deadline=None)
@given(st.lists(st.text("医保a😀。", max_size=300), min_size=1, max_size=6))
def test_split_never_cuts_a_link(texts: list[str]) -> None:
    line = BIND.link.join(texts)
    pieces = split(line, 300)
    assert "".join(pieces).replace("\n", "") == line
    assert sum(piece.count(BIND.link) for piece in pieces) == len(texts) - 1


def test_split_is_between_steps() -> None:
    pieces = split("\n".join(STEPS), LIMIT)
    assert len(pieces) > 1
    assert [line for piece in pieces for line in piece.split("\n")] == STEPS


def test_a_long_line_breaks_after_a_stop() -> None:
    pieces = split("医保局在这里。" * 200, 300)
    assert all(piece.endswith("。") for piece in pieces)


def test_a_link_sends_its_title_with_its_id() -> None:
    address = re.search('<a href="(.*?)">(.*)</a>', Choice("满意 <b>&\"'", "/x").link)
    query = parse_qs(urlsplit(address[1]).query)
    assert query == {"msgmenucontent": ["满意 ＜b＞&\"'"], "msgmenuid": [Choice("", "/x").id]}
    assert address[2] == "满意 ＜b＞&\"'"
    assert BIND.id.isdigit() and BIND.id == Choice("另一个题目", BIND.value).id != Choice("x", "/y").id


def test_replies_become_blocks() -> None:
    button = {"title": BIND.title, "payload": BIND.value}
    replies = [{"text": " a ", "buttons": []}, {"text": "", "buttons": []}, {"text": "b", "buttons": [button]}]
    assert blocks_of(replies) == [Block("a"), Block("b", (BIND,))]


def test_what_is_dumped_loads() -> None:
    blocks = [Block("a\n“b”", (BIND, Choice("下面", dump([Block("c")])))), Block("")]
    assert load(dump(blocks)) == blocks


def test_a_page_holds_all_texts_and_links() -> None:
    text, choices = page([Block("一"), Block("二", (BIND,))], "还有")
    assert text == f"一\n\n二\n{BIND.link}"
    assert choices == [BIND]


def test_a_long_page_leads_on_until_all_is_read() -> None:
    blocks = [Block("\n".join(STEPS), (BIND,)), Block("完", (BIND,))]
    read, steps = [], []
    while blocks:
        text, choices = page(blocks, "还有，点这里接着看")
        assert len(text.encode()) <= LIMIT
        read.append(text)
        onward = choices[-1] if choices and choices[-1].title.startswith("还有") else None
        blocks = load(onward.value) if onward else []
        lines_ = [line for line in text.split("\n") if line]
        steps += lines_[:-1] if onward else lines_
    assert len(read) >= 3
    assert steps == [*STEPS, BIND.link, "完", BIND.link]


def test_messages_join_texts_up_to_the_choices() -> None:
    blocks = [Block("一"), Block("二", (BIND,)), Block("三"), Block("四")]
    assert messages(blocks) == [Block("一\n\n二", (BIND,)), Block("三\n\n四")]


def test_a_long_message_keeps_its_choices_at_the_end() -> None:
    found = messages([Block("\n".join(STEPS), (BIND,))])
    assert len(found) > 1 and found[-1].choices == (BIND,) and not any(block.choices for block in found[:-1])
    assert all(len(block.text.encode()) <= LIMIT for block in found)
    assert messages([]) == []
