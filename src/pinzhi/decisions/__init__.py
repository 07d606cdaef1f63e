"""
The outward contract: what the house tells the world, and nothing that it may not take back.

A decision is issued, superseded or lifted, never changed; the standing of a subject is folded from the decisions in force. Marketplaces receive every
step by signed webhook and by cursor feed, regulators as a DSA statement of reasons. Policy versions, which decisions cite, are kept here as well.
"""
