"""The parity record: what each case was answered, and how another target's answers differ."""
