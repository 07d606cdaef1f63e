"""
Evaluation (效果评估): did it work, at what cost, what should change?

Evidence: delivery cohorts matured for delay, sampling results, costs booked by every station.
Plan targets: pass rate >= 98 %, complaint rate <= 2 %.
Ends in KPIs with intervals, a three-valued status, and proposals.
"""
