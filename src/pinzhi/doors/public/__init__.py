"""Scan page, complaint form, published results: no session, no framework."""
