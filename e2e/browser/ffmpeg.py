"""The ffmpeg that Playwright records videos with.

Playwright looks for it in its own registry alone, where only a download of its own puts it. Any
ffmpeg that can write VP9 will do: the system's, or the one of the package `imageio-ffmpeg`.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import playwright

REGISTRY = "PLAYWRIGHT_BROWSERS_PATH"
NAMES: Mapping[str, tuple[str, str]] = {
    "linux": ("ffmpeg-linux", ".cache/ms-playwright"),
    "darwin": ("ffmpeg-mac", "Library/Caches/ms-playwright"),
}
WHY_NONE = (
    "There is no video: no ffmpeg was found. `pip install imageio-ffmpeg` brings one, and so does"
    " `playwright install ffmpeg`."
)


def environment(
    folder: Path, given: Mapping[str, str] = os.environ, home: Path | None = None
) -> Mapping[str, str] | None:
    """What Playwright's variables have to be, for it to find an ffmpeg; None without any.

    `folder` is where a registry may be made.
    """
    if sys.platform not in NAMES:
        return None
    name, usual = NAMES[sys.platform]
    own = Path(given.get(REGISTRY) or (home or Path.home()) / usual)
    place = Path(f"ffmpeg-{revision()}") / name
    if (own / place).exists():
        return {}
    found = shutil.which("ffmpeg", path=given.get("PATH")) or packaged()
    if found is None:
        return None
    link(folder / place, Path(found))
    return {REGISTRY: str(folder.resolve())}


def revision() -> str:
    """Of the ffmpeg that this Playwright looks for."""
    listed = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
    browsers = json.loads(listed.read_bytes())["browsers"]
    return next(str(one["revision"]) for one in browsers if one["name"] == "ffmpeg")


def packaged() -> str | None:
    try:
        return str(import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None


def link(path: Path, found: Path) -> None:
    """In one step, because processes that run side by side all do it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{os.getpid()}")
    made.symlink_to(found.resolve())
    made.replace(path)
