"""What staff type is read by everybody: nobody's own number, name or address may stand in it. Pure."""

from collections.abc import Mapping

from bot.privacy import NUMBER_LABELS, mask


def is_personal(text: str) -> bool:
    """Whether somebody's data stand in it, or what they were masked with."""
    return mask(text) != text or any(label in text for label in NUMBER_LABELS)


def faults(typed: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with sentences, whatever they are for, by field."""
    unseen = {name: texts["unseen"] for name, text in typed.items() if not text.isprintable()}
    return {**unseen, **{name: texts["personal"] for name, text in typed.items() if is_personal(text)}}
