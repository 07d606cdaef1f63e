"""
Cases: everything that waits for a person, at whichever desk of whichever station.

A station opens a case in its own act and names its source; casework keeps the queue, the lease, the clocks, the stale guard, four eyes, undo and
bulk, and tells
the station through its registered `Desk` what was decided or taken back. It knows no station by name.
"""
