"""Pictures of an evaluation, with a font that has Chinese."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np


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


def _figure(size: float):
    import pylopdf_fonts_zh_cn
    from matplotlib import font_manager, rc
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    font = pylopdf_fonts_zh_cn.sans_path()
    font_manager.fontManager.addfont(str(font))
    rc("font", family=font_manager.FontProperties(fname=str(font)).get_name())
    figure = Figure(figsize=(size, size), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()
