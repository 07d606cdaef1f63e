"""
Admission (入驻审核): may it be sold here?

Evidence: qualifications, test reports, text, pictures and prices of a listing against the evidence matrix of its category.
Law: E-Commerce Law 27, Advertising Law 9, 17, 18, 28, provisions on marked prices 16-20.
Ends in pass, ask for more, or refuse.
"""
