"""What doors share: routes, credentials, bodies, paging, the v4 envelope."""
