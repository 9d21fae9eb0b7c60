"""Runs what is deployed: programs made of scripts, the processes, and what they reach."""
