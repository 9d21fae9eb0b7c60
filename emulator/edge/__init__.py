"""The edge: where the world reaches Workers and Pages, by Host."""
