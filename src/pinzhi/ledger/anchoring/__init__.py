"""
Anchoring: is this still the checkpoint of that day, even if the marketplace and every witness it named were to say otherwise?

Now and then the size and root of a checkpoint are written where nobody of ours can change them: into a contract on a chain that speaks Ethereum's JSON-RPC,
and under a time stamp of an authority (RFC 3161). Hashes only. The parts, from the ground: `keccak`, `transactions` (pure), `chain` (JSON-RPC),
`contract`, `timestamp`, `places` (the file of PINZHI_ANCHORS), `anchors` (what is kept, retried, compared).
"""
