"""Read-only room for the authority."""
