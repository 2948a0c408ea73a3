"""What must be set in a process before Rasa is imported, and once all is loaded."""

import gc
import os
import warnings


def prepare() -> None:
    """Quiet the libraries and keep them from calling home; call before the first import of rasa."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # Small matrices: more threads only wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # The OpenBLAS in scipy 1.10 ends the process in its own kernels for processors younger than itself.
    os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")
    warnings.simplefilter("ignore")


def settle() -> None:
    """Keep all that is loaded by now out of garbage collection: it stays, and a walk through it stops a turn for .4 s."""
    gc.collect()
    gc.freeze()
