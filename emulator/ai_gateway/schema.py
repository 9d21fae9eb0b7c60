"""How gateways and logs lie on disk, and the statements over them."""

# Payloads are apart, so that listing logs reads none of them.
SCHEMA = """
CREATE TABLE IF NOT EXISTS gateways (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    internal_id TEXT NOT NULL,
    created_at REAL NOT NULL,
    modified_at REAL NOT NULL,
    configuration TEXT NOT NULL,
    logs INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS logs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway INTEGER NOT NULL,
    id TEXT NOT NULL,
    created_at REAL NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    model_type TEXT,
    path TEXT NOT NULL,
    duration INTEGER NOT NULL,
    status_code INTEGER NOT NULL,
    success INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    step INTEGER NOT NULL,
    tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    cost REAL NOT NULL,
    custom_cost INTEGER NOT NULL,
    metadata TEXT,
    request_type TEXT NOT NULL,
    request_content_type TEXT,
    response_content_type TEXT,
    event_id TEXT,
    user_agent TEXT,
    authentication INTEGER NOT NULL,
    compat INTEGER NOT NULL,
    feedback INTEGER,
    score REAL,
    request_size INTEGER NOT NULL,
    response_size INTEGER NOT NULL,
    request_head TEXT,
    response_head TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS logs_by_id ON logs (gateway, id);
CREATE INDEX IF NOT EXISTS logs_by_age ON logs (gateway, created_at, number);
CREATE TABLE IF NOT EXISTS payloads (
    log INTEGER PRIMARY KEY,
    request BLOB NOT NULL,
    request_type TEXT,
    response BLOB NOT NULL,
    response_type TEXT
);
"""

COLUMNS = "number, id, internal_id, created_at, modified_at, configuration"
GATEWAYS = f"SELECT {COLUMNS} FROM gateways ORDER BY created_at DESC, number DESC"
GATEWAY = f"SELECT {COLUMNS} FROM gateways WHERE id = ?"
ADD_GATEWAY = """
INSERT INTO gateways (id, internal_id, created_at, modified_at, configuration)
VALUES (?, ?, ?, ?, ?)
"""
CHANGE_GATEWAY = "UPDATE gateways SET modified_at = ?, configuration = ? WHERE number = ?"
DELETE_GATEWAY = "DELETE FROM gateways WHERE number = ?"
DELETE_PAYLOADS = "DELETE FROM payloads WHERE log IN (SELECT number FROM logs WHERE gateway = ?)"
DELETE_LOGS = "DELETE FROM logs WHERE gateway = ?"

COUNT = "SELECT logs FROM gateways WHERE number = ?"
COUNTED = "UPDATE gateways SET logs = logs + ? WHERE number = ?"
OLDEST = "SELECT number FROM logs WHERE gateway = ? ORDER BY created_at, number LIMIT ?"

LOG_COLUMNS = (
    "id, created_at, provider, model, model_type, path, duration, status_code, success, cached,"
    " step, tokens_in, tokens_out, cost, custom_cost, metadata, request_type,"
    " request_content_type, response_content_type, event_id, feedback, score,"
    " request_size, response_size, request_head, response_head"
)
ADD_LOG = f"""
INSERT INTO logs (gateway, user_agent, authentication, compat, {LOG_COLUMNS})
VALUES (?, ?, ?, ?, {", ".join("?" * 26)})
"""
ADD_PAYLOAD = "INSERT INTO payloads VALUES (?, ?, ?, ?, ?)"
LOG = f"SELECT {LOG_COLUMNS} FROM logs WHERE gateway = ? AND id = ?"
LOG_NUMBER = "SELECT number FROM logs WHERE gateway = ? AND id = ?"
PAYLOAD = """
SELECT request, request_type, response, response_type FROM payloads
WHERE log = (SELECT number FROM logs WHERE gateway = ? AND id = ?)
"""
