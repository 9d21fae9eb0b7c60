"""Time Travel: every commit of a database is a point that can be gone back to.

The write-ahead log is the newest part of history: automatic checkpoints are off, and a hook
notes each commit's time and frame (`points.py`). When the log has grown to `SEGMENT_BYTES`,
what its commits replaced is written to an undo file (`undo.py`), the log is moved into the
database file and a new segment begins. A commit thus costs one small append, a read nothing.

Everything survives `kill -9` at any moment: `attach` finishes what was begun. Where someone
else has checkpointed the log (the `sqlite3` shell does when the twin is down) the data is
untouched, but what was before cannot be known any more: history begins anew.

All methods run on the database's lane. A restore is one more commit, made with SQLite's
backup, so history goes on and the restore can be undone. It changes `schema_version` as any
DDL does, and SQLite prepares statements again by itself; whoever remembers things about the
file beyond that must forget them after `restore`.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import apsw

from emulator.core.clock import Clock
from emulator.d1.points import BOOKMARK, Point, PointLog, all_points, read_points, segment_files
from emulator.d1.transfer_errors import InvalidBookmark, NoHistory, TooManyRestores
from emulator.d1.undo import FRAME_HEADER_BYTES, Source, Undo, log_salt, read_undo, write_undo

SEGMENT_BYTES = 4 * 1024**2
RETENTION_SECONDS = 30 * 86_400
MAX_RESTORES = 10
RESTORE_WINDOW_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the database is now, and where it was: `previous_bookmark` undoes the restore."""

    bookmark: str
    previous_bookmark: str
    message: str


class History:
    """The history of one database file, in a directory beside it."""

    def __init__(self, path: Path, directory: Path, clock: Clock, limit_bytes: int) -> None:
        self._path = path
        self._log_path = path.with_name(f"{path.name}-wal")
        self._directory = directory
        self._clock = clock
        self._limit_bytes = limit_bytes
        self._restores: deque[float] = deque()
        self._page_bytes = 0
        self._seal_at_frame = 0
        self._began_at_frame = 0
        self._is_waiting = False
        # Set by `attach`.
        self._point: Point
        self._log: PointLog | None = None

    def attach(self, connection: apsw.Connection) -> None:
        """Take over the log of a connection in WAL mode, before it has written anything.

        Also recovers: the connection may be read and written once this has returned.
        """
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        # Takes the place of SQLite's automatic checkpoints, which are such a hook too.
        connection.set_wal_hook(self._committed)
        self._page_bytes = connection.pragma("page_size")
        self._directory.mkdir(parents=True, exist_ok=True)
        self._recover(connection)

    def maintain(self, connection: apsw.Connection) -> None:
        """Begin a new segment if it is time for one. Call outside transactions, after writes."""
        if self._point.frame >= self._seal_at_frame:
            self._seal(connection)

    def bookmark(self) -> str:
        """The bookmark of the newest commit."""
        return self._point.bookmark(self._path.name)

    def bookmark_at(self, epoch_seconds: float) -> str:
        """The bookmark of the state at that time. Raises `NoHistory` if that is too long ago.

        [guess] A time to come is answered with the newest bookmark.
        """
        points = self._kept_points()
        place = bisect_right(points, epoch_seconds, key=lambda point: point.at)
        if place == 0:
            raise NoHistory(point="the given timestamp")
        return points[place - 1].bookmark(self._path.name)

    def restore(self, connection: apsw.Connection, bookmark: str) -> Restored:
        """Bring the database back to `bookmark`, in one commit that can be undone.

        Raises `InvalidBookmark`, `NoHistory` or `TooManyRestores`.
        """
        self._find(bookmark)
        self._admit_restore()
        self._note_unnoticed(connection)
        previous = self.bookmark()
        self._seal(connection)
        # Sealing may have let go of the oldest segment.
        with self._image_of(connection, self._find(bookmark)) as image:
            with connection.backup("main", image, "main") as backup:
                backup.step()
        # A backup commits without calling the hook; the next statement, whichever, does.
        connection.execute("SELECT 1").fetchall()
        self.maintain(connection)
        # [guess] the field is documented, its text is not.
        return Restored(
            self.bookmark(), previous, f"The database has been restored to bookmark {bookmark}."
        )

    def close(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None

    def _committed(self, connection: apsw.Connection, schema: str, frames: int) -> int:
        """SQLite calls this after each commit with the length of the log."""
        if schema == "main":
            self._note(frames)
        return apsw.SQLITE_OK

    def _note(self, frames: int) -> None:
        """Make the newest commit a point. A log that others began is noticed when sealed."""
        if self._is_waiting:
            self._stop_waiting()
        newest = self._point
        if frames != newest.frame:
            salt = newest.salt if newest.frame else log_salt(self._log_path)
            at = max(newest.at, self._clock.now())
            # In full, not by `_replace`: every commit comes here.
            generation, segment, mtime_ns = newest.generation, newest.segment, newest.file_mtime_ns
            self._append(Point(at, generation, segment, frames, salt, mtime_ns))

    def _stop_waiting(self) -> None:
        """A commit came after a checkpoint that could not end: SQLite may have ended it."""
        self._is_waiting = False
        if log_salt(self._log_path) != self._point.salt:
            self._begin_next()

    def _append(self, point: Point) -> None:
        assert self._log is not None
        self._log.append(point)
        self._point = point

    def _recover(self, connection: apsw.Connection) -> None:
        """Go on with the newest segment as its files say it is."""
        points = self._newest_points()
        if not points:
            return self._begin_at(connection, generation=1, segment=0)
        self._continue(points)
        undo = self._undo()
        if undo is not None and frames_in_log(connection) == 0:
            # The log had been moved into the file, the next segment not begun.
            return self._begin_next()
        if undo is not None and undo.salt == log_salt(self._log_path):
            return self._seal(connection)
        if not self._is_undisturbed(connection):
            return self._begin_anew(connection)
        if self._is_log_of_before():
            # Opened again, SQLite takes up a log that is in the file already at its end.
            return self._append(self._point._replace(frame=frames_in_log(connection)))
        return self._note_unnoticed(connection)

    def _newest_points(self) -> list[Point]:
        """The points of the newest segment; files from before a crash that hold none go."""
        for path in reversed(segment_files(self._directory)):
            if points := read_points(path):
                return points
            path.unlink()
        return []

    def _continue(self, points: list[Point]) -> None:
        first, second = points[0], points[min(1, len(points) - 1)]
        self._point = points[-1]
        self._is_waiting = False
        taken_up = first.frame == 0 and second.salt == first.salt
        self._began_at_frame = second.frame if taken_up else first.frame
        self._seal_at_frame = self._began_at_frame + self._segment_frames()
        self._log = PointLog(self._points_path(first))

    def _is_undisturbed(self, connection: apsw.Connection) -> bool:
        """Whether the log and the file are as we left them."""
        newest = self._point
        if self._path.stat().st_mtime_ns != newest.file_mtime_ns:
            return False
        if newest.frame == 0:
            return True
        return newest.salt == log_salt(self._log_path) and newest.frame <= frames_in_log(connection)

    def _is_log_of_before(self) -> bool:
        """Whether the log still holds the segment before, for lack of a commit since."""
        return self._point.frame == 0 and self._point.salt == log_salt(self._log_path)

    def _note_unnoticed(self, connection: apsw.Connection) -> None:
        """Commits of another process, or from just before a crash: they count as one, made now."""
        if not self._is_log_of_before():
            self._note(max(self._point.frame, frames_in_log(connection)))

    def _seal(self, connection: apsw.Connection) -> None:
        """Write the undo file of the log, empty the log, begin the next segment."""
        self._note_unnoticed(connection)
        frames = self._point.frame
        earlier = self._undo()
        if frames == self._began_at_frame:
            return
        if earlier is None and not self._is_undisturbed(connection):
            return self._begin_anew(connection)
        with self._source(frames) as source:
            write_undo(self._undo_path(self._point), source, earlier)
        try:
            connection.wal_checkpoint(mode=self._checkpoint_mode())
        except apsw.BusyError:
            # Another process reads the database: try again when the log has grown once more.
            self._is_waiting = True
            self._seal_at_frame = frames + self._segment_frames()
            return
        self._begin_next()
        self._let_go()

    def _checkpoint_mode(self) -> int:
        # Writing over an old log is faster than making a file longer, unless it is huge.
        if file_bytes(self._log_path) > 2 * SEGMENT_BYTES:
            return apsw.SQLITE_CHECKPOINT_TRUNCATE
        return apsw.SQLITE_CHECKPOINT_RESTART

    @contextmanager
    def _source(self, frames: int) -> Iterator[Source]:
        # SQLite's own file object: closing an ordinary one would drop SQLite's locks on it.
        flags = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY
        file = apsw.VFSFile("", str(self._path.absolute()), [flags, 0])
        page_bytes = self._page_bytes

        def read_page(page: int) -> bytes:
            return file.xRead(page_bytes, (page - 1) * page_bytes).ljust(page_bytes, b"\0")

        try:
            yield Source(
                self._log_path,
                log_salt(self._log_path),
                frames,
                self._began_at_frame,
                page_bytes,
                read_page,
                file.xFileSize() // page_bytes,
            )
        finally:
            file.xClose()

    def _begin_next(self) -> None:
        """The log is in the file: its next frame will be number 1, under another salt."""
        newest = self._point
        self._begin(newest.generation, newest.segment + 1, newest.at, 0, newest.salt)

    def _begin_anew(self, connection: apsw.Connection) -> None:
        """Someone else has moved the log into the file: only what is there now is known."""
        newest = self._point
        old = segment_files(self._directory)
        self._begin_at(connection, newest.generation + 1, newest.segment + 1)
        self._remove(old)

    def _begin_at(self, connection: apsw.Connection, generation: int, segment: int) -> None:
        """Begin a segment with the log as it is."""
        salt = log_salt(self._log_path)
        self._begin(generation, segment, self._clock.now(), frames_in_log(connection), salt)

    def _begin(self, generation: int, segment: int, at: float, frames: int, salt: int) -> None:
        self.close()
        point = Point(at, generation, segment, frames, salt, self._path.stat().st_mtime_ns)
        self._continue([point])
        self._append(point)

    def _let_go(self) -> None:
        """Delete the oldest segments while history is longer or larger than it may be."""
        paths = segment_files(self._directory)[:-1]
        sizes = [file_bytes(path.with_suffix(".undo")) for path in paths]
        total = sum(sizes)
        oldest = self._clock.now() - RETENTION_SECONDS
        for path, size in zip(paths, sizes, strict=True):
            if total <= self._limit_bytes and read_points(path)[-1].at > oldest:
                return
            self._remove([path])
            total -= size

    def _remove(self, paths: list[Path]) -> None:
        for path in paths:
            # The points first: a segment without them does not exist.
            path.unlink()
            path.with_suffix(".undo").unlink(missing_ok=True)

    def _kept_points(self) -> list[Point]:
        """All points that can be gone back to, oldest first."""
        points = list(all_points(self._directory))
        oldest = self._clock.now() - RETENTION_SECONDS
        expired = bisect_right(points, oldest, key=lambda point: point.at)
        # The state at the oldest moment was made by the commit before it.
        return points[max(0, expired - 1) :]

    def _find(self, bookmark: str) -> Point:
        """The point a bookmark names."""
        if BOOKMARK.fullmatch(bookmark) is None:
            raise InvalidBookmark()
        for point in self._kept_points():
            if point.bookmark(self._path.name) == bookmark:
                return point
        raise NoHistory(point=f"bookmark {bookmark}")

    def _admit_restore(self) -> None:
        now = self._clock.now()
        while self._restores and self._restores[0] <= now - RESTORE_WINDOW_SECONDS:
            self._restores.popleft()
        if len(self._restores) >= MAX_RESTORES:
            raise TooManyRestores()
        self._restores.append(now)

    @contextmanager
    def _image_of(self, connection: apsw.Connection, point: Point) -> Iterator[apsw.Connection]:
        """The database as it was at `point`, as a temporary file opened for reading."""
        path = self._directory / "restore.sqlite"
        path.unlink(missing_ok=True)
        try:
            copy_database(connection, path)
            put_back(path, self._page_bytes, self._undos_since(point), point.frame)
            flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            uri = f"file:{quote(str(path.absolute()))}?immutable=1"
            with closing(apsw.Connection(uri, flags)) as image:
                yield image
        finally:
            path.unlink(missing_ok=True)

    def _undos_since(self, point: Point) -> list[Undo]:
        """What was replaced since the point's segment began, oldest first."""
        first, newest = self._points_path(point), self._points_path(self._point)
        undos = []
        for path in segment_files(self._directory):
            if path < first or (undo := read_undo(path.with_suffix(".undo"))) is None:
                if first <= path < newest:
                    raise NoHistory(point="that time: its files are damaged")
                continue
            undos.append(undo)
        return undos

    def _undo(self) -> Undo | None:
        return read_undo(self._undo_path(self._point))

    def _undo_path(self, point: Point) -> Path:
        return self._points_path(point).with_suffix(".undo")

    def _points_path(self, point: Point) -> Path:
        return self._directory / f"{point.generation:08x}-{point.segment:08x}.points"

    def _segment_frames(self) -> int:
        return SEGMENT_BYTES // (self._page_bytes + FRAME_HEADER_BYTES)


def file_bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def frames_in_log(connection: apsw.Connection) -> int:
    return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)[0]


def copy_database(connection: apsw.Connection, path: Path) -> None:
    with closing(apsw.Connection(str(path))) as copy:
        copy.pragma("journal_mode", "off")
        copy.pragma("synchronous", "off")
        with copy.backup("main", connection, "main") as backup:
            backup.step()


def put_back(path: Path, page_bytes: int, undos: list[Undo], frame: int) -> None:
    """Undo, in a copy of the newest state, everything after `frame` of the first segment."""
    if not undos:
        return
    pages = undos[0].pages_at(frame)
    done: set[int] = set()
    with path.open("r+b") as file:
        for number, undo in enumerate(undos):
            # Of several contents of a page the first one replaced is the oldest.
            for page, content in undo.replaced_after(0 if number else frame):
                if page <= pages and page not in done:
                    done.add(page)
                    file.seek((page - 1) * page_bytes)
                    file.write(content)
        file.truncate(pages * page_bytes)
