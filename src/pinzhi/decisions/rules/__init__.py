"""Pure rules of the outward contract."""
