"""One page on every run: for each case that fails the rule, the request, and what lies behind."""
