"""How long the pages of the staff's desk take, on the project's own knowledge: `python benchmarks/staff.py`."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.paths import KNOWLEDGE
from tests.bot.staff.desk import person, serving

_TIMES = 40
_PAGES = (
    "/knowledge",
    "/knowledge/task/bind_family",
    "/knowledge/cell/bind_family/item",
    "/knowledge/cell/bind_family/duration/1",
    "/knowledge/way/bind_family/0",
    "/knowledge/find?q=工作日",
    "/knowledge/documents",
    "/knowledge/drafts",
    "/knowledge/versions",
)


async def main() -> None:
    """Print a line a page: the median and the 95th percentile in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder) / "db", KNOWLEDGE) as url, person(url) as somebody:
            await somebody.login()
            for path in _PAGES:
                taken = []
                for _ in range(_TIMES):
                    began = time.perf_counter()
                    await somebody.get(path)
                    taken.append((time.perf_counter() - began) * 1000)
                cuts = quantiles(taken, n=20)
                print(f"{cuts[9]:6.0f} {cuts[18]:6.0f}  {path}")


if __name__ == "__main__":
    asyncio.run(main())
