"""`wrangler dev` with remote bindings: a Worker that runs elsewhere reaches the twin's products."""
