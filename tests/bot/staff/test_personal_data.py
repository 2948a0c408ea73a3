"""Made-up personal data are typed into every field and said in a talk: they are on no page, in no file, in no row."""

import random
import shutil
from pathlib import Path

import pytest

from bot.knowledge.loader import shipped
from bot.paths import KNOWLEDGE
from bot.privacy import mask
from bot.staff import trial
from bot.staff.cells import read, with_cell
from tests.bot.staff.desk import person, serving
from tests.bot.staff.test_knowledge import CELL, fields
from tests.personal_data import identity, luhn_card, mobile

pytestmark = pytest.mark.anyio

QUESTION = "伊犁绑定审核要多久"


async def test_what_is_typed_into_a_field_is_shown_and_kept_masked(tmp_path) -> None:
    folder, chance = Path(shutil.copytree(KNOWLEDGE, tmp_path / "knowledge")), random.Random(3)
    secrets = [make(chance) for make in (identity, mobile, luhn_card) for _ in range(3)]
    pages = []
    async with serving(tmp_path / "db", folder) as url, person(url) as somebody:
        await somebody.login()
        for secret in secrets:
            text = f"打{secret}找我"
            await somebody.get(f"{CELL}/1")
            for field in ("say", "more", "as_of"):
                pages.append(await somebody.post(f"{CELL}/1", 422, **fields(**{field: text})))
            pages.append(await somebody.get(f"/knowledge/find?q={text}&new={text}"))
            pages.append(await somebody.post("/knowledge/find", 422, q="工作日", new=text, sentence="x"))
            pages.append(
                await somebody.post("/knowledge/way/bind_family/0", 422, **{"steps.0": text, "action": "save"})
            )
            await somebody.get("/knowledge/document/doc_000")
            pages.append(await somebody.post("/knowledge/document/doc_000", 422, title=text, review_by=secret))
            # What the label stands for must not be published either.
            pages.append(await somebody.post(f"{CELL}/1", 422, **fields(say=mask(text))))
            pages.append(await somebody.post("/login", None, name=secret[:20], password=secret))
            csrf, somebody.csrf = somebody.csrf, "0"
            pages.append(await somebody.post("/logout", 403, text=text))
            somebody.csrf = csrf
        pages += [await somebody.get(path) for path in ("/knowledge", "/knowledge/drafts", "/knowledge/versions", CELL)]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in secrets:
        assert [page for page in pages if secret in page] == []
        assert secret.encode() not in kept


async def test_a_talk_hears_the_draft_masks_what_is_said_and_leaves_no_trace(assistant) -> None:
    text = "duration:\n- say: 审核要九天。\n  source: {document: doc_002}\n"
    drafted = with_cell(shipped(), "bind_family", "duration", read(text))
    store = assistant.agent.tracker_store
    before = list(await store.keys())
    first, second, third = await trial.talk(assistant.agent, drafted, [QUESTION, "我的电话是13812345678", "长" * 300])
    assert "九天" in first.replies[0]["text"]
    assert "13812345678" not in second.said and "13812345678" not in str(second.replies)
    assert "200" in third.replies[0]["text"]
    assert list(await store.keys()) == before
    everybody = await assistant.say("somebody", QUESTION)
    assert "九天" not in everybody.replies[0]["text"]


async def test_a_button_s_title_taps_it_in_a_talk(assistant) -> None:
    (first,) = await trial.talk(assistant.agent, shipped(), [QUESTION])
    title = first.replies[-1]["buttons"][0]["title"]
    _, second = await trial.talk(assistant.agent, shipped(), [QUESTION, title])
    assert second.said == title and second.replies[0]["text"]
