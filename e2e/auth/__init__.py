"""Who calls: accounts, tokens, roles, limits, and the import from LinkedIn."""
