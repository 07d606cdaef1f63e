"""GS1 identifiers: what they look like, how they stand in a Digital Link URI."""
