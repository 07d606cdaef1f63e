"""Everything that talks to the outside. Thin: parse, call one action or query, render. Doors do not know each other."""
