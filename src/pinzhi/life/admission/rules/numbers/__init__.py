"""Numbers of documents: what kind of paper a number belongs to, whether it can exist, and what its parts say."""
