"""The engine inside one machine: a Delta Lake table written durably, a key index that makes appends idempotent, and the fold."""
