"""
Sanctions (违规惩戒): what follows for the merchant, in proportion?

Evidence: confirmed violations, intent, harm, repair.
Law: SAMR order 37 articles 30, 48; orders 116 and 117.
Ends in points, measures, the credit file and a blacklist with a definite period.
"""
