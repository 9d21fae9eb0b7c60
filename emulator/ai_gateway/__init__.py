"""AI Gateway: what stands between an application and its model providers."""
