"""What must be set before Rasa is imported, and how it logs."""

import logging
import os
import sys
import warnings


def prepare() -> None:
    """Quiet the libraries and keep them from calling home; call before the first import of rasa."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # Small matrices: more threads only wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    warnings.simplefilter("ignore")


def configure_logging(level: str) -> None:
    """Log to standard error only: standard output belongs to the commands."""
    from rasa.utils.log_utils import configure_structlog

    logging.basicConfig(
        level=level, stream=sys.stderr, force=True, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # Libraries whose warnings tell nothing to who runs the bot.
    for name in ("tensorflow", "matplotlib", "jieba", "apscheduler", "rasa.shared.utils.io"):
        logging.getLogger(name).setLevel(max(logging.ERROR, logging.getLevelName(level)))
    configure_structlog(logging.getLevelName(level))
