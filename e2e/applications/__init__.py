"""Letters for a job, and what became of them."""
