"""Pinzhi 品质: quality supervision over the whole life of a product."""

__version__ = "0.1.0"
