"""How Workers lie on disk: names and settings in SQLite, bytes of modules and assets as blobs."""

# What is only ever read whole is a JSON document: a version, a script's settings.
SCHEMA = """
CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scripts (
    name TEXT PRIMARY KEY, tag TEXT NOT NULL UNIQUE, document BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS versions (
    id TEXT PRIMARY KEY, script TEXT NOT NULL, number INTEGER NOT NULL, document BLOB NOT NULL,
    manifest TEXT, UNIQUE (script, number)
);
CREATE INDEX IF NOT EXISTS versions_of_manifests ON versions (manifest);
CREATE TABLE IF NOT EXISTS uses (
    blob TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (blob, version)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS uses_of_versions ON uses (version);
CREATE TABLE IF NOT EXISTS deployments (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, script TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS deployments_of_scripts ON deployments (script, number);
CREATE TABLE IF NOT EXISTS namespaces (
    id TEXT PRIMARY KEY, script TEXT NOT NULL, class TEXT NOT NULL, sqlite INTEGER NOT NULL,
    UNIQUE (script, class)
);
CREATE TABLE IF NOT EXISTS schedules (
    script TEXT NOT NULL, cron TEXT NOT NULL, created_at REAL NOT NULL, modified_at REAL NOT NULL,
    PRIMARY KEY (script, cron)
);
CREATE TABLE IF NOT EXISTS domains (
    id TEXT PRIMARY KEY, hostname TEXT NOT NULL UNIQUE, script TEXT NOT NULL,
    zone_id TEXT NOT NULL, zone_name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS routes (
    id TEXT PRIMARY KEY, pattern TEXT NOT NULL UNIQUE, script TEXT, zone TEXT
);
CREATE TABLE IF NOT EXISTS zones (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS tails (
    id TEXT PRIMARY KEY, script TEXT NOT NULL, expires_at REAL NOT NULL, filters BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS manifests (
    id TEXT PRIMARY KEY, script TEXT NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS manifest_files (
    manifest TEXT NOT NULL, path TEXT NOT NULL, hash TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (manifest, path)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS manifests_of_files ON manifest_files (hash, size);
CREATE TABLE IF NOT EXISTS assets (
    hash TEXT NOT NULL, size INTEGER NOT NULL, blob TEXT NOT NULL, content_type TEXT,
    PRIMARY KEY (hash, size)
) WITHOUT ROWID;
"""

# A script's rows elsewhere, which go with it.
OF_A_SCRIPT = ("versions", "deployments", "namespaces", "schedules", "domains", "tails")

MISSING = """
SELECT hash, size FROM manifest_files
WHERE manifest = ?
  AND NOT EXISTS (
    SELECT 1 FROM assets
    WHERE assets.hash = manifest_files.hash AND assets.size = manifest_files.size
  )
ORDER BY path LIMIT ?
"""
ASSET = """
SELECT blob, assets.size, content_type FROM manifest_files JOIN assets USING (hash, size)
WHERE manifest = ? AND path = ?
"""
# Those that no version has and nobody can finish any more.
STALE_MANIFESTS = """
SELECT id FROM manifests WHERE expires_at <= ?
AND NOT EXISTS (SELECT 1 FROM versions WHERE versions.manifest = manifests.id)
"""
UNUSED_ASSETS = """
SELECT hash, size, blob FROM assets WHERE NOT EXISTS (
    SELECT 1 FROM manifest_files
    WHERE manifest_files.hash = assets.hash AND manifest_files.size = assets.size
)
"""
