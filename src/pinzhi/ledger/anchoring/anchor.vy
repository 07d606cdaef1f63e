# pragma version ~=0.4.3
# pragma evm-version london
"""
@title Checkpoints of a tamper-evident log
@license Apache-2.0
@notice One operator for life writes the root of a log at a size. Per log, sizes only grow and a root is never changed.
"""

event Anchored:
    origin: indexed(bytes32)
    size: indexed(uint64)
    root: bytes32

operator: public(immutable(address))
latest: public(HashMap[bytes32, uint64])
root_at: public(HashMap[bytes32, HashMap[uint64, bytes32]])


@deploy
def __init__():
    operator = msg.sender


@external
def anchor(origin: bytes32, size: uint64, root: bytes32):
    """
    @notice Write the root of a log at a size that is larger than every size before.
    @param origin SHA-256 of the log's origin line
    @param size Leaves of the tree
    @param root Root over them
    """
    assert msg.sender == operator, "operator only"
    assert size > self.latest[origin], "size must grow"
    assert root != empty(bytes32), "root is empty"
    self.latest[origin] = size
    self.root_at[origin][size] = root
    log Anchored(origin=origin, size=size, root=root)
