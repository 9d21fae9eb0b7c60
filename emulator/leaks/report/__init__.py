"""What a run of the lab leaves: a page, SARIF, JSON; and what of it was accepted before."""
