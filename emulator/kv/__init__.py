"""Workers KV: namespaces of keys whose values are read often and written seldom."""
