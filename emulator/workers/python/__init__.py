"""Python Workers: a script's Python on CPython, in a process of its own beside the twin.

`config` is the twin's side and pure. All else runs in that process, whose main module is `host`.
"""
