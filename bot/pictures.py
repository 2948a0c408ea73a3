"""Pictures of an evaluation and of the knowledge, with a font that has Chinese."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from bot.errors import BotError

_COLOURS = ("#3c8dbc", "#f2b04d", "#cfe3ee", "#f4f4f4")


def confusion_matrix(pairs: Sequence[tuple[str, str]], titles: dict[str, str], file: Path) -> None:
    """Write a matrix of what was asked for against what was understood.

    Args:
        pairs: expected and guessed intent of each question.
        titles: what people call an intent; its id where there is none.
        file: a PNG.
    """
    names = sorted({name for pair in pairs for name in pair})
    counts = np.zeros((len(names), len(names)), dtype=int)
    for wanted, guessed in pairs:
        counts[names.index(wanted), names.index(guessed)] += 1
    figure, axes = _figure(3 + 0.36 * len(names))
    # By row, else the large intents alone would have colour.
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    shown = [titles.get(name, name) for name in names]
    axes.set_xticks(range(len(names)), shown, rotation=90)
    axes.set_yticks(range(len(names)), shown)
    for row, column in zip(*counts.nonzero()):
        dark = counts[row, column] > counts[row].sum() / 2
        axes.text(column, row, counts[row, column], ha="center", va="center", color="white" if dark else "black")
    axes.set_xlabel("理解成")
    axes.set_ylabel("应该是")
    figure.savefig(file, dpi=110)


def reliability(bins: Sequence[tuple[float, float, int]], file: Path) -> None:
    """Write how often the assistant is right when it is so and so sure; `bins` as `bot.evaluation.bins` gives them."""
    figure, axes = _figure(5)
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", label="理想")
    axes.plot([b[0] for b in bins], [b[1] for b in bins], marker="o", label="实际")
    for confidence, accuracy, count in bins:
        axes.annotate(f"{count} 句", (confidence, accuracy), textcoords="offset points", xytext=(4, -12))
    axes.set_xlabel("把握")
    axes.set_ylabel("说对的比例")
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.legend()
    figure.savefig(file, dpi=110)


def point_matrix(
    rows: Mapping[str, str],
    columns: Mapping[str, str],
    cells: Mapping[tuple[str, str], str],
    kinds: Mapping[str, tuple[str, str]],
    file: Path,
) -> None:
    """Write what is known of each thing as a table of colours.

    Args:
        rows: id -> what people call it.
        columns: the same.
        cells: (row, column) -> kind; what is not in it stays empty.
        kinds: kind -> what stands in a cell of this kind and what that means, at most four of them.
        file: a PNG.
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch
    from PIL import Image

    order = list(kinds)
    numbers: Any = np.ma.masked_all((len(rows), len(columns)))
    figure, axes = _figure(4.2 + 0.36 * len(columns), 2.6 + 0.24 * len(rows))
    places = {id_: number for ids in (rows, columns) for number, id_ in enumerate(ids)}
    for (row, column), kind in cells.items():
        numbers[places[row], places[column]] = order.index(kind)
        axes.text(places[column], places[row], kinds[kind][0], ha="center", va="center", fontsize=7)
    axes.imshow(numbers, cmap=ListedColormap(_COLOURS), vmin=0, vmax=len(_COLOURS) - 1, aspect="auto")
    axes.set_xticks(range(len(columns)), columns.values(), rotation=90)
    axes.set_yticks(range(len(rows)), rows.values())
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(0.5, len(columns)), minor=True)
    axes.set_yticks(np.arange(0.5, len(rows)), minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="both", length=0)
    legend = [
        Patch(color=colour, label=f"{mark}：{meaning}，{sum(kind == own for own in cells.values())} 格")
        for colour, (kind, (mark, meaning)) in zip(_COLOURS, kinds.items())
    ]
    axes.legend(handles=legend, ncol=2, loc="upper center", bbox_to_anchor=(0.5, 0), frameon=False)
    drawn = BytesIO()
    figure.savefig(drawn, dpi=110)
    # Four colours and the greys of the letters: a third of the size.
    Image.open(drawn).convert("RGB").quantize(64).save(file, format="PNG", optimize=True)


def _figure(width: float, height: float | None = None) -> tuple[Any, Any]:
    """A figure and its axes."""
    figure = canvas(width, height or width)
    return figure, figure.add_subplot()


def canvas(width: float, height: float) -> Any:
    """An empty figure, in inches, whose letters have Chinese.

    Raises:
        BotError: no font that has is installed.
    """
    from matplotlib import font_manager, rc
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    font = _font()
    font_manager.fontManager.addfont(str(font))
    rc("font", family=font_manager.FontProperties(fname=str(font)).get_name())
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _font() -> Path:
    """A font that has Chinese; without one every character would be an empty box.

    Raises:
        BotError: it is not installed.
    """
    try:
        import pylopdf_fonts_zh_cn

        font = pylopdf_fonts_zh_cn.sans_path()
    except ImportError:
        font = None
    if font is None or not font.is_file():
        raise BotError("没有中文字体，画不了图：请运行 make setup 装上 pylopdf-fonts-zh-cn。")
    return font
