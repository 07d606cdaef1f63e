"""Merchants, products, listings, batches, papers and orders as ids: the only foreign-key targets that other rooms may use."""
