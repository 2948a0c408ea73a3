"""`python -m bot`: the same as `yibao`."""

import sys

from bot.cli import main

sys.exit(main())
