"""The embedders: the offline one, and real BGE models in a process of their own."""
