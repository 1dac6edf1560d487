"""`celeriac up` as it is, with short pauses before a part is started again."""

from __future__ import annotations

import sys

from celeriac.engine.settings import Settings
from celeriac.supervision.tree import Patience
from celeriac.supervisor import run_up

if __name__ == "__main__":
    sys.exit(run_up(Settings.from_environment(), patience=Patience(first_pause=0.05, longest_pause=0.2)))
