"""
The words that everything else is said in. Pure: imports only the standard library.

A *fact* is what happened, a *decision* is what we tell the world, a *verdict* is what a rule answers, a *refusal* is an expected «no».
Nothing here reads a clock, a disk, a network or a random source: `now`, seeds and rows are arguments.
"""
