"""The Worker's pure modules, imported as they are: they need nothing of its runtime."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3] / "fixtures/jobmatch/worker"))
