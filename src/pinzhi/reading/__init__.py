"""Read models that join stations (dossiers, Today). Views only: no verbs, no rules."""
