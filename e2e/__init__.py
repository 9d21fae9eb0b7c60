"""End-to-end suites of JobMatch, for a twin of their own, a running one, or a real deployment."""
