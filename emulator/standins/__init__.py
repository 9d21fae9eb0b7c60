"""The outside world, offline: each stand-in is a small application with an inspectable outbox."""
