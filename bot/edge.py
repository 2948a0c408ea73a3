"""What every channel does to typed text before it goes in."""

import re

from bot.errors import BotError
from bot.nlu.text import normalise
from bot.privacy import mask

MAX_CHARACTERS = 200
# In the form of the labels that masking puts: the understanding takes them for nobody's words.
COMMAND_LABEL = "【命令】"
_COMMAND = re.compile(r"^[A-Za-z_]+(?=\s|\{|$)(\s*\{.*\})?", re.DOTALL)


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
    # What normalising makes of it counts too: the pipeline works on that, and one character may become eighteen.
    if len(text) > MAX_CHARACTERS or len(normalise(text)) > MAX_CHARACTERS:
        raise TextTooLong()
    # Rasa takes what begins with a slash for a payload, also what the pipeline's normaliser makes a slash of.
    slashes = next((place for place, sign in enumerate(text) if normalise(sign).strip("/")), len(text))
    if "/" in normalise(text[:slashes]):
        # Without it: /restart shall not mean what the word alone means.
        text = _COMMAND.sub(COMMAND_LABEL, text[slashes:])
    if not normalise(text):
        raise NothingSaid()
    return mask(text)
