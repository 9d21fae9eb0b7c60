"""What every product needs and no product owns: errors, clock, ids, storage, events."""
