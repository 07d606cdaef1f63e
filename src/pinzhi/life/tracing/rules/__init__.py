"""The rules of tracing: pure."""
