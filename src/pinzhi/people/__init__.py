"""Accounts, roles, organisations, departments, API tokens, the audit line, and `act`: permission + transaction + fact in one place."""
