"""PostgREST's dialect over a real PostgreSQL."""
