"""How entries lie on disk, and the statements over them."""

# Keys are BLOBs because SQLite sorts those by bytes, as KV sorts keys. `number` is short
# and never used twice. A rowid table with an index: in a WITHOUT ROWID table of large
# values inner pages hold few keys, and point reads and listings were 2-5 times slower.
SCHEMA = """
CREATE TABLE IF NOT EXISTS namespaces (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL UNIQUE,
    jurisdiction TEXT
);
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY,
    namespace INTEGER NOT NULL,
    key BLOB NOT NULL,
    expires_at INTEGER,
    metadata TEXT,
    value BLOB NOT NULL,
    UNIQUE (namespace, key)
);
CREATE INDEX IF NOT EXISTS expiring ON entries (expires_at) WHERE expires_at IS NOT NULL;
"""

NAMESPACES = "SELECT id, title, jurisdiction FROM namespaces ORDER BY id"
NAMESPACE = "SELECT id, title, jurisdiction FROM namespaces WHERE id = ?"
NUMBER = "SELECT number FROM namespaces WHERE id = ?"
TITLED = "SELECT 1 FROM namespaces WHERE title = ? AND id <> ?"

GET = """
SELECT value, metadata, expires_at FROM entries
WHERE namespace = (SELECT number FROM namespaces WHERE id = ?) AND key = ?
"""
PUT = """
INSERT INTO entries (namespace, key, expires_at, metadata, value)
SELECT number, ?, ?, ?, ? FROM namespaces WHERE id = ?
ON CONFLICT (namespace, key) DO UPDATE SET
    expires_at = excluded.expires_at, metadata = excluded.metadata, value = excluded.value
"""
STORED = "SELECT total(length(key) + length(value) + coalesce(length(metadata), 0)) FROM entries"
DELETE = "DELETE FROM entries WHERE namespace = ? AND key = ?"
LIST = """
SELECT key, metadata, expires_at FROM entries
WHERE namespace = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?
"""
SWEEP = """
DELETE FROM entries WHERE number IN (
    SELECT number FROM entries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?
)
"""
