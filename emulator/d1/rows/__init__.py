"""Rows read and written by a statement, as D1 bills them, out of an SQLite that does not say.

`explain` the bytecode, lay it out as a `flow` of weighted edges, find the `cycles` that any run
is made of, solve for the counts, `plan` once and count after every run.
"""
