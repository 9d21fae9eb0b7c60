"""How a project's users and sessions lie on disk."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    app_metadata TEXT NOT NULL,
    user_metadata TEXT NOT NULL,
    password TEXT,
    email_confirmed_at REAL,
    invited_at REAL,
    confirmation_sent_at REAL,
    recovery_sent_at REAL,
    email_change TEXT NOT NULL,
    email_change_sent_at REAL,
    email_change_confirmed INTEGER NOT NULL,
    reauthentication_sent_at REAL,
    last_sign_in_at REAL,
    banned_until REAL,
    deleted_at REAL,
    is_anonymous INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS users_by_email ON users (email) WHERE email <> '';
CREATE INDEX IF NOT EXISTS users_by_age ON users (created_at, id);
CREATE TABLE IF NOT EXISTS identities (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    provider TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    last_sign_in_at REAL NOT NULL,
    UNIQUE (user_id, provider)
);
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    method TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id);
CREATE TABLE IF NOT EXISTS refresh_tokens (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    parent TEXT,
    revoked INTEGER NOT NULL DEFAULT 0,
    updated_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE TABLE IF NOT EXISTS one_time_tokens (
    hash TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    kind TEXT NOT NULL,
    sent_at REAL NOT NULL,
    PRIMARY KEY (user_id, kind)
);
CREATE INDEX IF NOT EXISTS one_time_tokens_by_hash ON one_time_tokens (hash);
CREATE TABLE IF NOT EXISTS flows (
    code TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    kind TEXT NOT NULL,
    challenge TEXT NOT NULL,
    challenge_method TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS flows_by_user ON flows (user_id, kind);
"""
