"""The load lab: the same work on both sides, in turns, with what it took."""
