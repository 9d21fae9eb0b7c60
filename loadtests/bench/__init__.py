"""How fast the twin is, as ratios: against a bare server, its peers, and itself with more data."""
