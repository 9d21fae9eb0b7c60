"""Screenshots, traces and videos in a page that is to be one file: as `data:` URIs, if they fit."""

import shutil
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TYPES = {".png": "image/png", ".webm": "video/webm", ".zip": "application/zip"}
FILE_BYTES = 12 * 1024**2
PAGE_BYTES = 64 * 1024**2
# Beside the page, for what does not fit into it.
BESIDE = "evidence"


@dataclass(frozen=True, slots=True)
class Embedded:
    """`href` is the content, or where it is beside the page."""

    kind: str
    caption: str
    name: str
    href: str
    bytes: int
    inside: bool


class Files:
    """Of one page, which is to be written into `folder`."""

    def __init__(self, folder: Path, file_bytes: int = FILE_BYTES, left: int = PAGE_BYTES) -> None:
        self._folder = folder
        self._file_bytes = file_bytes
        self._left = left

    def all(self, found: Iterable[Sequence[str]]) -> list[Embedded]:
        return [self._one(kind, caption, Path(path)) for kind, caption, path in found]

    def _one(self, kind: str, caption: str, path: Path) -> Embedded:
        size = path.stat().st_size
        inside = size <= min(self._file_bytes, self._left)
        href = self._inside(path) if inside else self._beside(path)
        return Embedded(kind, caption, path.name, href, size, inside)

    def _inside(self, path: Path) -> str:
        content = path.read_bytes()
        self._left -= len(content)
        return f"data:{TYPES[path.suffix]};base64,{b64encode(content).decode()}"

    def _beside(self, path: Path) -> str:
        place = Path(BESIDE) / f"{path.parent.name}-{path.name}"
        (self._folder / BESIDE).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, self._folder / place)
        return place.as_posix()
