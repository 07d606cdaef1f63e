"""Offline verifier. No Django."""


def main() -> None:
    """Verify a proof."""
