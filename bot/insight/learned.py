"""Takes the accepted sentences in among those that are trained on, in a file of their own."""

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from bot import files
from bot.insight.proposals import ACCEPTED, Proposal, Proposals
from bot.paths import DATA

FILE = DATA / "nlu" / "from_staff.yml"
_EMPTY = """version: "3.1"
# Sentences that were misunderstood, labelled by one person of the staff and accepted by a second. `yibao train` writes
# them here; they may be moved or changed as any others.
nlu: []
"""


def take_in(proposals: Proposals, file: Path) -> int:
    """Write the accepted sentences into a file, and note that it is done; how many they are.

    Raises:
        BotError: the file can't be written; then none is taken in.
    """
    accepted = proposals.all(ACCEPTED)
    if accepted:
        text = file.read_text(encoding="utf-8") if file.exists() else _EMPTY
        files.write(file, added(text, accepted[::-1]).encode())
        # Whoever dies here finds them in the file the next time, and adds none twice.
        proposals.take([proposal.id for proposal in accepted])
    return len(accepted)


def added(text: str, proposals: list[Proposal]) -> str:
    """An NLU file with the sentences under their labels; comments and order stay as they are."""
    yaml: Any = YAML(typ="rt")
    yaml.width, yaml.preserve_quotes = 10_000, True
    tree = yaml.load(text)
    entries = {str(entry["intent"]): entry for entry in tree["nlu"]}
    for proposal in proposals:
        if proposal.label not in entries:
            entries[proposal.label] = {"intent": proposal.label, "examples": LiteralScalarString("")}
            tree["nlu"].append(entries[proposal.label])
        entry, line = entries[proposal.label], f"- {proposal.text}"
        if line not in entry["examples"].splitlines():
            entry["examples"] = LiteralScalarString(f"{entry['examples']}{line}\n")
    tree["nlu"].fa.set_block_style()
    written = StringIO()
    yaml.dump(tree, written)
    return written.getvalue()
