"""Labels of the training sentences: `intent`, `intent/point`, and behind a plus what is told of one's situation besides."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SentenceLabel:
    """What a sentence means: its intent, the point (or act, or fact) it is about, and the facts it tells besides."""

    intent: str
    point: str | None
    facts: tuple[str, ...] = ()

    @classmethod
    def parse(cls, label: str) -> "SentenceLabel":
        """Read `bind_family/in_person+apart+device_old`."""
        meant, *facts = label.split("+")
        intent, _, point = meant.partition("/")
        return cls(intent, point or None, tuple(facts))
