"""
Complaints (投诉维权): what is the buyer owed, and by when?

Evidence: order, piece, batch, promises, and what both sides show.
Law: Consumer Rights Law 24, 25, 54, 55; Food Safety Law 148; SAMR order 121.
Ends in remedies in yuan with deadlines on the official calendar.
"""
