"""The proof: an RFC 6962 Merkle log with signed checkpoints; hashes only, never personal data. The verifier is usable alone."""
