"""D1: SQLite databases with Cloudflare's limits, refusals, meta and Time Travel."""
