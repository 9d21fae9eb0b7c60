"""Switches that may be on at once: so chosen that no leak can be another switch's."""

from tests.jobmatch.leaks import files, others, rows

PROBES = {**dict(rows.probes()), **dict(files.probes()), **dict(others.probes())}

ROWS = {name for name in PROBES if name.partition(":")[0] in ("list", "update", "delete")}
GETS = {
    *(name for name in PROBES if name.startswith("get:")),
    "admin:gate",
    "insert:owner",
    "limits:shared",
    "search:late-filter",
    "sessions:list",
    "signed-url:expiry",
}
READS = {
    *(name for name in PROBES if name.startswith("r2:")),
    "cache:analysis-key",
    "export:application",
    "search:keyword",
    "sessions:revoke",
    "signed-url:signature",
}
GROUPS = {"rows": ROWS, "gets": GETS, "reads": READS, "bodies": PROBES.keys() - ROWS - GETS - READS}
