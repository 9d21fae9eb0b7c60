"""How each side does each operation: a class a side, a method an operation."""
