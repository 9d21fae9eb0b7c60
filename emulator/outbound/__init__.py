"""What Workers send out, and where it goes instead."""
