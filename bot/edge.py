"""What every channel does to typed text before it goes in."""

from bot.errors import BotError
from bot.nlu.text import normalise
from bot.privacy import mask

MAX_CHARACTERS = 200


class TextTooLong(BotError):
    """The text has more than `MAX_CHARACTERS`."""


class NothingSaid(BotError):
    """The text holds nothing to read."""


def clean(text: str) -> str:
    """Typed text, safe to hand to Rasa: masked, of bounded length, and never taken for a payload.

    Raises:
        TextTooLong, NothingSaid: the channel tells the person.
    """
    text = text.strip()
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong()
    # Rasa takes what begins with a slash for a payload, also what the pipeline's normaliser makes a slash of.
    while text and normalise(text).lstrip("/ ") != normalise(text):
        text = text[1:].lstrip()
    if not normalise(text):
        raise NothingSaid()
    return mask(text)
