from loadtests.bench.parts.startup import judge_imports, top_level_imports

LOG = """import time: self [us] | cumulative | imported package
import time:       304 |        304 |   numpy._core.multiarray
import time:       120 |        900 | orjson
{"api":"http://127.0.0.1:4000/client/v4"}
"""


def test_import_profile_is_read_by_top_level_name() -> None:
    assert top_level_imports(LOG) == {"numpy", "orjson"}


def test_one_heavy_module_is_named_and_misses_the_target() -> None:
    verdict = judge_imports({"numpy", "orjson"})

    assert (verdict.met, verdict.figure) == (False, "numpy")
