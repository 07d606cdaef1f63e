"""C2SP checkpoints and signed notes. Pure."""
