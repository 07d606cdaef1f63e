"""The outward contract: issue, supersede, lift; standing; signed webhooks; the cursor feed; exports."""
