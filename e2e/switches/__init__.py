"""Whether the suites notice each unsafe switch of the reference Worker."""
