"""Symbols that carry codes: QR and Data Matrix, one by one and by the million."""
