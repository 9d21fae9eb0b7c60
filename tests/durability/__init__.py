"""How often the killing is done: `TWIN_KILL_ROUNDS=25 make test` asks more than every day needs."""

import os

ROUNDS = int(os.environ.get("TWIN_KILL_ROUNDS", "4"))
