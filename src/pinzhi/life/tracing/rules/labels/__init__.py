"""Labels: what is printed around a symbol, on sheets (PDF), one by one (SVG) and for label printers (ZPL)."""
