"""Running the suites against a real deployment without harm."""
