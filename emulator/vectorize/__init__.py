"""Vectorize: indexes of vectors with metadata, searched by similarity."""
