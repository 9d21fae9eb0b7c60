"""PostgREST's dialect over a project's PostgreSQL: `/rest/v1/…`."""
