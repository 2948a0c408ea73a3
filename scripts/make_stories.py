"""Writes tests/stories out of tests/dialogues: python scripts/make_stories.py, after a change of either or of the model."""

from bot.runtime import prepare

prepare()

import asyncio  # noqa: E402  (Rasa reads its settings at import)

from bot.cli.conversation import load  # noqa: E402
from bot.paths import DIALOGUES, ROOT  # noqa: E402
from bot.stories import story_files  # noqa: E402

STORIES = ROOT / "tests" / "stories"


def main() -> None:
    files = asyncio.run(story_files(load(), DIALOGUES))
    for path in STORIES.glob("*.yml"):
        path.unlink()
    for name, text in files.items():
        (STORIES / name).write_text(text, encoding="utf-8")
    print(f"写好了 {len(files)} 个文件：{STORIES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
