"""Applications by mail, and the history of what was sent."""
