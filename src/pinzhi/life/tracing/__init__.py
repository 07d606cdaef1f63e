"""
Tracing (商品追溯): where does this very piece come from, is it real?

Evidence: GS1 codes, EPCIS events, scans and the shared ledger.
Law: Food Safety Law 42, 63; Product Quality Law 27.
Ends in codes, events, and recall.
"""
