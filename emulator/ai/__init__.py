"""Workers AI: embeddings, text generation and the catalogue of models."""
