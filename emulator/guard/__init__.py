"""The leak lab's view into the twin: whose rows, vectors and keys a Worker touches."""
