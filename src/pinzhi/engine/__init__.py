"""The event store, window queries, state folds, jobs and the outbox: ports, an embedded implementation, and room for a distributed one."""
