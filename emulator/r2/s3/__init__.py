"""R2's S3 API: a door of its own, on a listener of its own."""
