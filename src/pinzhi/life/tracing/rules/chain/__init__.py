"""The chain that events tell: which thing is in which, what became of what, and what a recall reaches. Pure."""
