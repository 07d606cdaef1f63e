"""Cases: queue, lease, clocks, four eyes, undo, bulk. Every human desk of every station uses this one."""
