"""
Monitoring (日常监测): what is going wrong now, how sure are we?

Evidence: returns, reviews, complaints and refunds against matured, hierarchical expectations.
Law: E-Commerce Law 29, 38 (what the platform knew or should have known).
Ends in signals, each with its cause in words and a case for a person.
"""
