"""What other sites may do, and what stands on every answer."""
