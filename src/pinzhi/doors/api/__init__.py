"""REST v1 for engineers, health and metrics."""
