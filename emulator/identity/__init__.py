"""Users, tokens and accounts: who may do what."""
