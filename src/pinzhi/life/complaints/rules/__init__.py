"""The rules of complaints: pure."""
