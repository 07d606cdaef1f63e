"""
Training (培训宣传): who must learn what, what should the public know?

Evidence: refusals, violations, changed rules.
Law: order 123 (training records).
Ends in courses passed and public notices.
"""
