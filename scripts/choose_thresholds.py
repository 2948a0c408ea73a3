"""Chooses the FallbackClassifier's two numbers from the answers to left-out training examples, and writes them to config.yml.

Run after training: `python scripts/choose_thresholds.py [models/NAME.tar.gz] [--dry-run]`.
"""

import argparse
import re
import tarfile
from pathlib import Path

import numpy as np

from bot.assistant import newest_model
from bot.nlu.intent_storage import LEFT_OUT
from bot.paths import CONFIG

# What it costs to ask back, where a wrong answer costs 1 and a right one nothing: asking is a nuisance, but shows the likeliest.
ASKING = 0.5
THRESHOLDS = np.round(np.arange(0.1, 0.81, 0.01), 2)
GAPS = np.round(np.arange(0, 0.31, 0.01), 2)


def main() -> None:
    """Choose, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--dry-run", action="store_true", help="print only")
    arguments = parser.parse_args()
    best, second, right = left_out(arguments.model or newest_model())
    threshold, gap = choose(best, second, right)
    asked = (best < threshold) | (best - second < gap)
    print(f"threshold {threshold}, ambiguity_threshold {gap}: loss {loss(best, second, right, threshold, gap):.4f}")
    print(f"{len(best)} left-out examples: {asked.mean():.3f} asked back, {right[~asked].mean():.3f} of the rest right")
    if not arguments.dry_run:
        text = CONFIG.read_text(encoding="utf-8")
        for key, value in (("threshold", threshold), ("ambiguity_threshold", gap)):
            text = re.sub(rf"(FallbackClassifier\n(?:  .*\n)*?  {key}: )\S+", rf"\g<1>{value}", text)
        CONFIG.write_text(text, encoding="utf-8")


def left_out(model: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidence of the best and the second intent of each example when left out, and whether the best is right."""
    with tarfile.open(model) as archive:
        # The first model's, which sees all examples; it lies nearest to the root.
        name = min((name for name in archive.getnames() if name.endswith(LEFT_OUT)), key=len)
        with np.load(archive.extractfile(name)) as arrays:
            return arrays["best"], arrays["second"], arrays["right"]


def choose(best: np.ndarray, second: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Threshold and gap that lose least; of equal ones the lowest, which asks least."""
    pairs = [(threshold, gap) for threshold in THRESHOLDS for gap in GAPS]
    threshold, gap = min(pairs, key=lambda pair: (round(loss(best, second, right, *pair), 6), pair))
    return float(threshold), float(gap)


def loss(best: np.ndarray, second: np.ndarray, right: np.ndarray, threshold: float, gap: float) -> float:
    """Mean loss of an example."""
    asked = (best < threshold) | (best - second < gap)
    return float(np.where(asked, ASKING, ~right).mean())


if __name__ == "__main__":
    main()
