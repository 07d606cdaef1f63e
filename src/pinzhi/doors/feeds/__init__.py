"""Marketplace events in, over HTTP and files."""
