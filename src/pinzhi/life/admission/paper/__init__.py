"""
Papers as files: what they are, whether they may be opened, and the words on their pages.

Files come from strangers. They are sniffed, measured before anything unpacks them, and read in a process of its own with bounded memory and time.
"""
