"""Input attacks on an API: what it is sent is never run, never believed, and never fells it."""
