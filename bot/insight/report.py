"""An overview as one page of plots, PNG or PDF."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from bot.insight.overview import FEWEST, Overview, Piece
from bot.insight.span import as_date
from bot.pictures import canvas

_MAIN, _SECOND, _GREY = "#1f6f9f", "#e08a1e", "#8a8a8a"


def draw(overview: Overview, kind: str) -> bytes:
    """The page.

    Args:
        overview: what is shown.
        kind: png or pdf.

    Raises:
        BotError: no font that has Chinese is installed.
    """
    figure = canvas(11.7, 16.5)  # A3
    figure.suptitle(_heading(overview), fontsize=17)
    grid, pieces = figure.add_gridspec(4, 2), overview.pieces
    questions, times, votes, outcomes, tasks, points = (
        figure.add_subplot(grid[row, column]) for row in range(3) for column in range(2)
    )
    silent = figure.add_subplot(grid[3, :])
    _columns(questions, "问了多少", pieces, [("问题", "questions", _MAIN), ("反问", "asked_back", _SECOND)])
    _columns(votes, "有用还是没用", pieces, [("有用", "up", _MAIN), ("没用", "down", _SECOND)])
    _lines(
        times,
        "多久答上（毫秒）",
        pieces,
        [("一半的答案", "typical_ms", _MAIN), ("最慢的二十分之一", "slow_ms", _SECOND)],
    )
    _bars(outcomes, "答成什么", overview.outcomes)
    _bars(tasks, "问得最多的事", overview.tasks)
    _bars(points, "问得最多的要点", overview.points)
    _bars(silent, "文档没写、问得最多的", overview.silent)
    figure.supxlabel(f"少于 {FEWEST} 的数字不显示", color=_GREY, fontsize=11)
    drawn = BytesIO()
    figure.savefig(drawn, dpi=110, format=kind)
    return drawn.getvalue()


def _heading(overview: Overview) -> str:
    span, whole = overview.span, overview.whole
    parts = [f"医保亲情助手　{as_date(span.first)} 至 {as_date(span.last)}", f"{_number(whole.questions)} 个问题"]
    parts.append(f"有用 {_number(whole.up)}，没用 {_number(whole.down)}")
    return "　".join(parts)


def _number(count: int | None) -> str:
    return f"少于 {FEWEST}" if count is None else f"{count:,}"


def _columns(axes: Any, title: str, pieces: Sequence[Piece], kinds: list[tuple[str, str, str]]) -> None:
    for label, name, colour in kinds:
        axes.bar(range(len(pieces)), [getattr(piece, name) or 0 for piece in pieces], color=colour, label=label)
    _along_time(axes, title, pieces)


def _lines(axes: Any, title: str, pieces: Sequence[Piece], kinds: list[tuple[str, str, str]]) -> None:
    for label, name, colour in kinds:
        heights = [getattr(piece, name) for piece in pieces]
        shown = [float("nan") if height is None else height for height in heights]
        axes.plot(range(len(pieces)), shown, color=colour, label=label, marker=".")
    axes.set_ylim(bottom=0)
    _along_time(axes, title, pieces)


def _along_time(axes: Any, title: str, pieces: Sequence[Piece]) -> None:
    axes.set_title(title, loc="left")
    every = max(1, len(pieces) // 6)
    places = range(0, len(pieces), every)
    axes.set_xticks(places, [f"{as_date(pieces[place].first):%m-%d}" for place in places])
    axes.set_xlim(-0.6, len(pieces) - 0.4)
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)


def _bars(axes: Any, title: str, counts: Sequence[tuple[str, int]]) -> None:
    axes.set_title(title, loc="left")
    if not counts:
        axes.axis("off")
        axes.text(0, 0.5, f"都少于 {FEWEST}", color=_GREY)
        return
    bars = axes.barh(range(len(counts)), [count for _, count in counts], color=_MAIN)
    axes.bar_label(bars, padding=3)
    axes.set_yticks(range(len(counts)), [title for title, _ in counts])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.margins(x=0.12)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
