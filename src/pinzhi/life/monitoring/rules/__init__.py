"""
The statistics of monitoring, pure and vectorised: counts in, signals out; the same counts always give the same bytes.

Order of reading: `panel` (counts by entity and day) → `delay` (matured exposure) → `baseline` (what was to be expected) → `common_cause` (the category's
weather) → `windows` and `evidence` (how surprising) → `calibration` (how surprising is surprising enough) → `cause`, `explain` → `scan` (all of it).
"""
