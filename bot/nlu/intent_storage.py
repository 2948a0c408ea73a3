"""Writes a fitted intent model to a folder and reads it back."""

import json
from pathlib import Path

import numpy as np
from scipy.sparse import load_npz, save_npz

from bot.nlu.blocks import Blocks
from bot.nlu.intent_model import Features, Fit, IntentModel

# What the model said of each example when it had not seen it: scripts/choose_thresholds.py reads it out of the archive.
LEFT_OUT = "left_out.npz"


def write(folder: Path, blocks: Blocks, fit: Fit, labels: list[str]) -> None:
    """Write what `read` gives back, and how the model did on left-out examples, whose intents are `labels`."""
    model = fit.model
    (folder / "shares.json").write_text(json.dumps(blocks.shares, ensure_ascii=False), encoding="utf-8")
    np.savez(folder / "centres.npz", **blocks.centres)
    save_npz(folder / "examples.npz", model.examples.sparse)
    np.savez(
        folder / "model.npz",
        labels=model.labels,
        examples=model.examples.dense,
        sharpness=model.sharpness,
        coefficients=model.coefficients,
        bias=model.bias,
        temperature=model.temperature,
    )
    np.savez(folder / LEFT_OUT, **_left_out(fit, labels))


def _left_out(fit: Fit, labels: list[str]) -> dict[str, np.ndarray]:
    ordered = np.sort(fit.left_out, axis=1)
    right = fit.model.labels[fit.left_out.argmax(axis=1)] == np.asarray(labels)
    return {"best": ordered[:, -1], "second": ordered[:, -2], "right": right}


def read(folder: Path) -> tuple[Blocks, IntentModel]:
    """Read blocks and model; FileNotFoundError where nothing was written."""
    shares = json.loads((folder / "shares.json").read_text(encoding="utf-8"))
    with np.load(folder / "centres.npz") as centres:
        blocks = Blocks(shares, dict(centres))
    with np.load(folder / "model.npz") as arrays:
        model = IntentModel(
            arrays["labels"],
            Features(load_npz(folder / "examples.npz"), arrays["examples"]),
            float(arrays["sharpness"]),
            arrays["coefficients"],
            arrays["bias"],
            float(arrays["temperature"]),
        )
    return blocks, model
