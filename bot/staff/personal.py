"""What staff type is read by everybody: nothing of a person, of the machine or unseen may stand in it. Pure."""

from collections.abc import Mapping

from bot.privacy import NUMBER_LABELS, mask

# Rasa teaches ruamel, for the whole process, to put a variable of the environment in the place of ${NAME}: it may be a secret.
_VARIABLE = "${"


def is_personal(text: str) -> bool:
    """Whether somebody's data stand in it, or what they were masked with."""
    return mask(text) != text or any(label in text for label in NUMBER_LABELS)


def faults(typed: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with sentences, whatever they are for, by field."""
    found = {name: texts["unseen"] for name, text in typed.items() if not text.isprintable()}
    found |= {name: texts["variable"] for name, text in typed.items() if _VARIABLE in text}
    return found | {name: texts["personal"] for name, text in typed.items() if is_personal(text)}
