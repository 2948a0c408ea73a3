"""Every path of the project, once."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KNOWLEDGE = ROOT / "knowledge"
DATA = ROOT / "data"
DOMAIN = ROOT / "domain.yml"
CONFIG = ROOT / "config.yml"
CREDENTIALS = ROOT / "credentials.yml"
MODELS = ROOT / "models"
VAR = ROOT / "var"
WEB = ROOT / "bot" / "web"
DIALOGUES = ROOT / "tests" / "dialogues"
VECTORS = DATA / "vectors.npz"
