"""Rules for pictures: fingerprints, exact search, and the comparison of aligned pictures. Pure functions on arrays; `doors` decodes."""
