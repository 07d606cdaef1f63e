"""Merchants' own desk."""
