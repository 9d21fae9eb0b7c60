"""The parts of the benchmark: one module each, with a TITLE and a `run(bench)`."""
