"""What a run of the load lab leaves: a page, its figures in JSON, and a code for CI."""
