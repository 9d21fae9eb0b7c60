"""How an account's catalogue and an index lie on disk, and the statements over them."""

CATALOGUE = """
CREATE TABLE IF NOT EXISTS indexes (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    directory TEXT NOT NULL,
    description TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    metric TEXT NOT NULL,
    created_at REAL NOT NULL
);
"""

# `slot` is the engine's number of a vector's values, `rows` the next one. `born` and `died` are
# the mutations that made a vector and took it away: a listing is a snapshot between them.
# `postings` holds what metadata indexes know, sorted as filters ask for it.
SCHEMA = """
CREATE TABLE IF NOT EXISTS state (
    rows INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    processed INTEGER NOT NULL,
    mutation TEXT,
    processed_at REAL,
    vectors INTEGER NOT NULL
);
INSERT INTO state SELECT 0, 0, 0, NULL, NULL, 0 WHERE NOT EXISTS (SELECT 1 FROM state);
CREATE TABLE IF NOT EXISTS vectors (
    slot INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    namespace TEXT,
    metadata BLOB,
    born INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS spaces ON vectors (namespace) WHERE namespace IS NOT NULL;
CREATE INDEX IF NOT EXISTS births ON vectors (born);
CREATE TABLE IF NOT EXISTS departed (
    id TEXT NOT NULL,
    born INTEGER NOT NULL,
    died INTEGER NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS departed_ids ON departed (id);
CREATE INDEX IF NOT EXISTS departed_times ON departed (at);
CREATE TABLE IF NOT EXISTS namespaces (
    name TEXT PRIMARY KEY,
    vectors INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS properties (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    since INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS postings (
    property INTEGER NOT NULL,
    value NOT NULL,
    slot INTEGER NOT NULL,
    PRIMARY KEY (property, value, slot)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mutations (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    due REAL NOT NULL,
    work BLOB NOT NULL
);
"""

STATE = "SELECT rows, accepted, processed, mutation, processed_at, vectors FROM state"
PROPERTIES = "SELECT number, path, kind, since FROM properties ORDER BY number"

# `?` is a JSON array.
BY_IDS = """
SELECT id, slot, namespace, metadata, born FROM vectors
WHERE id IN (SELECT value FROM json_each(?))
"""
BY_SLOTS = """
SELECT slot, id, namespace, metadata, born FROM vectors
WHERE slot IN (SELECT value FROM json_each(?))
"""
# Slots are given in the order of mutations, so these come sorted, and without a look at
# the vectors' rows, which their metadata makes wide.
SLOTS = "SELECT slot FROM vectors INDEXED BY births WHERE born > 0 ORDER BY born, slot"
COVERED = "SELECT slot FROM vectors INDEXED BY births WHERE born > ? ORDER BY born, slot"
UNCOVERED = "SELECT slot FROM vectors INDEXED BY births WHERE born <= ? LIMIT 1"

# Ids of the snapshot ?1 behind ?2. An upserted vector was there before and is there still.
LIST = """
SELECT id FROM vectors WHERE id > ?2 AND born <= ?1
UNION ALL
SELECT id FROM departed WHERE id > ?2 AND born <= ?1 AND died > ?1
ORDER BY id LIMIT ?3
"""

ADD_VECTOR = "INSERT INTO vectors (slot, id, namespace, metadata, born) VALUES (?, ?, ?, ?, ?)"
REMOVE_VECTOR = "DELETE FROM vectors WHERE slot = ?"
ADD_DEPARTED = "INSERT INTO departed (id, born, died, at) VALUES (?, ?, ?, ?)"
FORGET_DEPARTED = "DELETE FROM departed WHERE at < ?"
ADD_POSTING = "INSERT INTO postings (property, value, slot) VALUES (?, ?, ?)"
REMOVE_POSTING = "DELETE FROM postings WHERE property = ? AND value = ? AND slot = ?"
COUNT_NAMESPACE = """
INSERT INTO namespaces (name, vectors) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET vectors = vectors + excluded.vectors
"""
FORGET_NAMESPACE = "DELETE FROM namespaces WHERE name = ? AND vectors <= 0"
