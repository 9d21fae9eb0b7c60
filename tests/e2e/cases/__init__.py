"""Cases for the tests of the suites themselves; run by name, with `-p e2e.conftest`."""
