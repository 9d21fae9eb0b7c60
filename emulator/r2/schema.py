"""How buckets and objects lie in the catalogue, and the statements over them."""

# Keys are BLOBs because SQLite sorts those by bytes, as R2 sorts keys. An object's number
# stays when it is overwritten. Small content is the last column, so that listings skip it.
SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    location TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    UNIQUE (jurisdiction, name)
);
CREATE TABLE IF NOT EXISTS configurations (
    bucket INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (bucket, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY,
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    version TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    uploaded_ms INTEGER NOT NULL,
    storage_class TEXT NOT NULL,
    http TEXT,
    custom TEXT,
    checksum TEXT,
    ssec TEXT,
    parts INTEGER NOT NULL,
    data BLOB,
    UNIQUE (bucket, key)
);
CREATE TABLE IF NOT EXISTS pieces (
    object INTEGER NOT NULL,
    number INTEGER NOT NULL,
    blob TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (object, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS piece_blobs ON pieces (blob);
CREATE TABLE IF NOT EXISTS uploads (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    http TEXT,
    custom TEXT,
    storage_class TEXT,
    ssec TEXT,
    checksum_algorithm TEXT
);
CREATE INDEX IF NOT EXISTS upload_keys ON uploads (bucket, key, number);
CREATE TABLE IF NOT EXISTS parts (
    upload INTEGER NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    uploaded_ms INTEGER NOT NULL,
    checksum TEXT,
    blob TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS part_blobs ON parts (blob);
"""

BUCKETS = """
SELECT number, name, jurisdiction, location, storage_class, created_ms, public_id
FROM buckets ORDER BY name
"""
ADD_BUCKET = """
INSERT INTO buckets (name, jurisdiction, location, storage_class, created_ms, public_id)
VALUES (?, ?, ?, ?, ?, ?)
"""
CONFIGURATIONS = "SELECT bucket, kind, value FROM configurations"
CONFIGURE = "INSERT OR REPLACE INTO configurations (bucket, kind, value) VALUES (?, ?, ?)"

COLUMNS = (
    "number, key, version, size, etag, uploaded_ms, storage_class, http, custom, checksum, ssec,"
    " parts"
)
OBJECT = f"SELECT {COLUMNS}, data FROM objects WHERE bucket = ? AND key = ?"
HEAD = f"SELECT {COLUMNS} FROM objects WHERE bucket = ? AND key = ?"
LIST = f"""
SELECT {COLUMNS} FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?
"""
INSERT = """
INSERT INTO objects (bucket, key, version, size, etag, uploaded_ms, storage_class, http, custom,
    checksum, ssec, parts, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
UPDATE = """
UPDATE objects SET version = ?, size = ?, etag = ?, uploaded_ms = ?, storage_class = ?, http = ?,
    custom = ?, checksum = ?, ssec = ?, parts = ?, data = ?
WHERE number = ?
"""
DELETE = "DELETE FROM objects WHERE number = ?"
ADD_PIECE = "INSERT INTO pieces (object, number, blob, size) VALUES (?, ?, ?, ?)"
PIECES = "SELECT blob, size FROM pieces WHERE object = ? ORDER BY number"
DELETE_PIECES = "DELETE FROM pieces WHERE object = ? RETURNING blob"
REFERRED = """
SELECT 1 WHERE EXISTS (SELECT 1 FROM pieces WHERE blob = ?1)
    OR EXISTS (SELECT 1 FROM parts WHERE blob = ?1)
"""

UPLOAD_COLUMNS = (
    "number, id, key, created_ms, http, custom, storage_class, ssec, checksum_algorithm"
)
ADD_UPLOAD = """
INSERT INTO uploads (id, bucket, key, created_ms, http, custom, storage_class, ssec,
    checksum_algorithm)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
UPLOAD = f"SELECT {UPLOAD_COLUMNS} FROM uploads WHERE bucket = ? AND key = ? AND id = ?"
UPLOADS = f"""
SELECT {UPLOAD_COLUMNS} FROM uploads
WHERE bucket = ? AND (key, number) > (?, ?) AND key < ? ORDER BY key, number LIMIT ?
"""
ADD_PART = """
INSERT OR REPLACE INTO parts (upload, number, size, etag, uploaded_ms, checksum, blob)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
PART_BLOB = "SELECT blob FROM parts WHERE upload = ? AND number = ?"
PARTS = """
SELECT number, size, etag, uploaded_ms, checksum, blob FROM parts
WHERE upload = ? AND number > ? ORDER BY number LIMIT ?
"""
DELETE_PARTS = "DELETE FROM parts WHERE upload = ? RETURNING blob"
DELETE_UPLOAD = "DELETE FROM uploads WHERE number = ?"

USAGE = """
SELECT storage_class, count(*), total(size), total(ifnull(length(custom), 0) + length(key))
FROM objects WHERE bucket = ? GROUP BY storage_class
"""
UPLOAD_USAGE = """
SELECT ifnull(storage_class, ?2), count(DISTINCT uploads.number), total(size), 0
FROM uploads LEFT JOIN parts ON parts.upload = uploads.number
WHERE bucket = ?1 GROUP BY 1
"""
