"""
Rating (动态评级): how good is it, and why?

Evidence: the outcome of every delivered order, decayed and shrunk towards its category.
Law: E-Commerce Law 39, 40 (reviews, ranking).
Ends in a grade with its interval, and in promote, watch, restrict or delist decisions with reasons.
"""
