"""The audit: a whole log passes, and whatever single thing is changed is found."""

import random

import pytest

from pinzhi.ledger import tiles, tree
from pinzhi.ledger.audit import MAX_FINDINGS, audit
from pinzhi.ledger.checkpoint import Checkpoint
from pinzhi.ledger.tests.samples import LOG, ORIGIN, STRANGER, SmallLog

SMALL = SmallLog(300, signed=(0, 5, 256, 290, 300))
KEYS = [LOG.verifier]
OLDER = [SMALL.point(7), SMALL.point(200)]


def codes(stored, older=OLDER, keys=KEYS):
    return {f.code for f in audit(stored, keys, older).findings}


def test_a_whole_log_is_whole():
    report = audit(SMALL.stored(), KEYS, OLDER)
    assert (report.ok, report.size, report.root, report.checkpoints) == (True, 300, SMALL.root(300), 5)
    assert audit(SmallLog(0).stored(), KEYS).ok
    assert audit(SmallLog(0, signed=(0,)).stored(), KEYS).ok


@pytest.mark.parametrize("covered", [0, 1, 255, 256, 257, 299])
def test_leaves_that_are_not_in_tiles_yet_are_no_finding(covered):
    part = SmallLog(covered)
    rows = sorted((level, index, row) for (level, index), row in part.tiles.items())
    assert codes(SMALL.stored(covered=covered, edge=part.edge.packed(), rows=rows)) == set()


@pytest.mark.parametrize("size", [65_536 + 300, 70_000])
def test_three_levels_of_tiles(size):
    hashes = [tree.leaf_hash(c) for c in (i.to_bytes(32) for i in range(size))]
    grown = tiles.grow(tree.Edge(), {}, hashes)
    point = Checkpoint(ORIGIN, size, grown.edge.root())
    rows = sorted((level, index, row) for (level, index), row in grown.tiles.items())
    stored = SMALL.stored(
        size=size,
        leaves=((i, i.to_bytes(32)) for i in range(size)),
        covered=size,
        edge=grown.edge.packed(),
        rows=rows,
        checkpoints=[(size, point.root, point.signed([LOG]).raw())],
    )
    assert codes(stored, older=[]) == set()
    assert max(level for level, _, _ in rows) == 2


def test_a_rewritten_log_is_found_by_a_checkpoint_that_was_kept_elsewhere():
    """Everything is consistent in itself and signed with the true key: only the kept checkpoint knows."""
    forged = SmallLog(300)
    forged.commitments[3] = b"f" * 32
    forged.hashes[3] = tree.leaf_hash(b"f" * 32)
    grown = tiles.grow(tree.Edge(), {}, forged.hashes)
    forged.edge, forged.tiles = grown.edge, grown.tiles
    forged.checkpoints = [(300, forged.root(300), forged.point(300).signed([LOG]).raw())]
    assert codes(forged.stored(), older=[]) == set()
    assert codes(forged.stored(), older=OLDER) == {"log_rewritten"}


def test_a_cut_log_is_found():
    cut = SmallLog(150, signed=(5,))
    assert codes(cut.stored()) == {"log_shrunk"}
    rows = list(enumerate(SMALL.commitments[:299]))
    assert codes(SMALL.stored(size=299, leaves=rows)) == {"log_shrunk", "edge_changed", "tile_surplus"}


def test_keys_and_names_of_another_log():
    assert codes(SMALL.stored(), keys=[STRANGER.verifier], older=[]) == {"checkpoint_unsigned"}
    assert codes(SMALL.stored(origin="other.example/log"), older=OLDER) == {"checkpoint_changed", "foreign_log"}


def test_a_thousand_wrong_rows_are_listed_up_to_a_limit():
    wrong = [(size, b"x" * 32, b"no note") for size in range(1000)]
    assert len(audit(SMALL.stored(checkpoints=wrong), KEYS).findings) == MAX_FINDINGS


# --- the drill: single random changes of rows, tiles, checkpoints ------------------------------------------------------------------------------


def flip(raw, chance):
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ chance.randrange(1, 256)]) + raw[at + 1 :]


def resized(raw, chance):
    by = chance.choice([1, 32])
    return raw[:-by] if chance.random() < 0.5 else raw + b"h" * by


def change_rows(rows, chance, mutate):
    """One of: change a row, drop it, double it, put it in another's place."""
    rows = list(rows)
    at = chance.randrange(len(rows))
    how = chance.randrange(4)
    if how == 0:
        rows[at] = mutate(rows[at])
    elif how == 1:
        del rows[at]
    elif how == 2:
        rows.insert(at, rows[at])
    else:
        other = (at + chance.randrange(1, len(rows))) % len(rows)
        rows[at] = (*rows[at][:-1], rows[other][-1])
    return rows


def mutated(chance):
    """A stored log with one random change, and what was changed."""
    what = chance.choice(["leaf", "tile", "checkpoint", "edge", "size", "covered"])
    if what == "leaf":
        rows = change_rows(
            enumerate(SMALL.commitments),
            chance,
            lambda r: (
                (r[0], flip(r[1], chance))
                if chance.random() < 0.7
                else (r[0] + chance.choice([-301, -1, 1, 1000]), r[1])
            ),
        )
        return what, SMALL.stored(leaves=rows)
    if what == "tile":
        rows = [(level, index, row) for (level, index), row in sorted(SMALL.tiles.items())]
        rows = change_rows(
            rows,
            chance,
            lambda r: (
                (*r[:2], flip(r[2], chance))
                if chance.random() < 0.6
                else (*r[:2], resized(r[2], chance))
                if chance.random() < 0.5
                else (r[0] + 1 + chance.randrange(9), *r[1:])
            ),
        )
        return what, SMALL.stored(rows=rows)
    if what == "checkpoint":
        rows = list(SMALL.checkpoints)
        at = chance.randrange(len(rows))
        size, root, note = rows[at]
        rows[at] = chance.choice(
            [
                (size + chance.choice([-1, 1, 7]), root, note),
                (size, flip(root, chance), note),
                (size, root, flip(note, chance)),
            ]
        )
        return what, SMALL.stored(checkpoints=rows)
    if what == "edge":
        return what, SMALL.stored(edge=flip(SMALL.edge.packed(), chance))
    if what == "size":
        return what, SMALL.stored(size=300 + chance.choice([-300, -1, 1, 99]))
    return what, SMALL.stored(covered=300 + chance.choice([-300, -44, -1, 1, 99]))


def drill(trials, seed):
    chance = random.Random(seed)
    for trial in range(trials):
        what, stored = mutated(chance)
        assert not audit(stored, KEYS, OLDER).ok, (seed, trial, what)


def test_single_changes_are_all_found():
    drill(400, 20260503)


@pytest.mark.slow
def test_ten_thousand_single_changes_are_all_found():
    drill(10_000, 7)
