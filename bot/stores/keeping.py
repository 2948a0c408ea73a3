"""Whether a turn was kept. Rasa swallows a store's errors and goes on; here they are remembered for the channel."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.errors import BotError

# The failures of the turn that runs in this task; none is collected outside a turn.
_failures: ContextVar[list[Exception] | None] = ContextVar("failures", default=None)


class NotKept(BotError):
    """The store could not read or keep the conversation: what was said in this turn must not be told."""


@contextmanager
def kept() -> Iterator[None]:
    """Around a turn: `with kept(): await on_new_message(message)`.

    Raises:
        NotKept: on leaving, if the store failed meanwhile. Withhold the replies and let the sender try again.
    """
    failures: list[Exception] = []
    token = _failures.set(failures)
    try:
        yield
    finally:
        _failures.reset(token)
    if failures:
        raise NotKept("对话没有存下来") from failures[0]


def note(error: Exception) -> None:
    """Remember that the store failed in the turn that runs."""
    failures = _failures.get()
    if failures is not None:
        failures.append(error)


def refuse_after_failure() -> None:
    """Keep a turn that could not read its conversation from being written over it.

    Raises:
        NotKept: the store has failed in this turn.
    """
    if _failures.get():
        raise NotKept("对话没有读出来，不能续写")
