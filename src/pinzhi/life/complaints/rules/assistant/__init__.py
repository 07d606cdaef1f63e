"""
The intelligent service (智能客服), offline: what a buyer asks, answered with the words of the statute, a tool's result, or a person.

Three names are for others to build on and stay stable: `retrieval.Shelf.search`, `tools.Tools` and `replying.reply`.
"""
