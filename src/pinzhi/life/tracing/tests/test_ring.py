"""The ring and the book on disk: nothing is given out twice, whatever stops in the middle."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import ring
from pinzhi.life.tracing.rules.codes import SERIALS, Form

DAY = date(2026, 11, 26)
GTIN = "06901234567892"


def refused(call, *args):
    with pytest.raises(RefusedError) as caught:
        call(*args)
    return caught.value.refusal.code


def test_the_first_epoch_is_made_and_kept(tmp_path):
    made = ring.current(tmp_path / "keys", Form.LETTERS, DAY)
    assert ring.current(tmp_path / "keys", Form.LETTERS, DAY) == made
    assert (made.number, made.form, made.made_on, len(made.secret)) == (0, Form.LETTERS, "2026-11-26", 32)
    assert oct((tmp_path / "keys" / "epoch-00.key").stat().st_mode)[-3:] == "600"


def test_rotation_and_revocation(tmp_path):
    first = ring.current(tmp_path, Form.LETTERS, DAY)
    second = ring.rotate(tmp_path, Form.LETTERS, DAY)
    digits = ring.rotate(tmp_path, Form.DIGITS, DAY)
    assert (ring.current(tmp_path, Form.LETTERS, DAY), ring.current(tmp_path, Form.DIGITS, DAY)) == (second, digits)
    gone = ring.revoke(tmp_path, 1, DAY)
    assert (gone.secret, gone.revoked) == (second.secret, "2026-11-26")
    assert ring.current(tmp_path, Form.LETTERS, DAY) == first
    assert ring.revoke(tmp_path, 1, date(2027, 1, 1)) == gone
    assert refused(ring.revoke, tmp_path, 9, DAY) == "no_such_epoch"
    assert refused(ring.revoke, tmp_path / "nowhere", 0, DAY) == "no_such_epoch"


def test_epochs_come_to_an_end(tmp_path):
    for _ in range(10):
        ring.rotate(tmp_path, Form.DIGITS, DAY)
    assert refused(ring.rotate, tmp_path, Form.DIGITS, DAY) == "epochs_used_up"
    assert len(ring.ring(tmp_path)) == 10


def test_keys_that_others_can_read_are_refused(tmp_path):
    ring.current(tmp_path, Form.LETTERS, DAY)
    (tmp_path / "epoch-00.key").chmod(0o644)
    assert refused(ring.ring, tmp_path) == "code_key_readable_by_others"


def test_a_damaged_key_is_refused(tmp_path):
    (tmp_path / "epoch-00.key").write_text("{}")
    (tmp_path / "epoch-00.key").chmod(0o600)
    assert refused(ring.ring, tmp_path) == "code_key_unreadable"


def test_ranges_never_meet(tmp_path):
    epoch = ring.current(tmp_path, Form.LETTERS, DAY)
    with ThreadPoolExecutor(8) as many:
        given = list(many.map(lambda n: ring.allocate(tmp_path, epoch, GTIN, n, f"B{n}", DAY), range(1, 41)))
    other = ring.allocate(tmp_path, epoch, "06901234567908", 5, "", DAY)
    spans = sorted((r.first, r.first + r.count) for r in given)
    assert spans[0][0] == other.first == SERIALS[Form.LETTERS] // 2
    assert all(a[1] == b[0] for a, b in zip(spans, spans[1:], strict=False))
    assert sorted(r.count for r in ring.ranges(tmp_path)) == sorted([*range(1, 41), 5])


def test_a_line_cut_short_by_a_crash(tmp_path):
    epoch = ring.current(tmp_path, Form.LETTERS, DAY)
    first = ring.allocate(tmp_path, epoch, GTIN, 10, "B1", DAY)
    with (tmp_path / ring.BOOK).open("a") as book:
        book.write('{"gtin": "069')
    second = ring.allocate(tmp_path, epoch, GTIN, 10, "B2", DAY)
    assert second.first == first.first + 10
    assert [json.loads(line)["batch"] for line in (tmp_path / ring.BOOK).read_text().splitlines()] == ["B1", "B2"]
    assert first.holds(GTIN, 0, first.first + 9)
    assert not first.holds(GTIN, 0, second.first)


def test_serials_used_up(tmp_path):
    epoch = ring.current(tmp_path, Form.DIGITS, DAY)
    half = SERIALS[Form.DIGITS] // 2
    ring.allocate(tmp_path, epoch, GTIN, half - 1, "", DAY)
    assert refused(ring.allocate, tmp_path, epoch, GTIN, 2, "", DAY) == "serials_used_up"
    assert len(list(ring.ranges(tmp_path))) == 1


def test_the_ring_in_memory_follows_its_files(tmp_path, monkeypatch):
    """Nothing is read again while the files are the same; a rotation, a revocation and a chmod by another process are seen at once."""
    first = ring.current(tmp_path, Form.LETTERS, DAY)
    assert ring.ring(tmp_path) == (first,)
    monkeypatch.setattr(ring, "_read", lambda path: pytest.fail("read again"))
    assert ring.ring(tmp_path) is ring.ring(tmp_path)
    monkeypatch.undo()
    second = ring.rotate(tmp_path, Form.LETTERS, DAY)
    assert ring.ring(tmp_path) == (first, second)
    gone = ring.revoke(tmp_path, 0, DAY)
    assert ring.ring(tmp_path) == (gone, second)
    (tmp_path / "epoch-00.key").chmod(0o640)
    assert refused(ring.ring, tmp_path) == "code_key_readable_by_others"
    (tmp_path / "epoch-00.key").chmod(0o600)
    assert ring.ring(tmp_path) == (gone, second)
    (tmp_path / "epoch-01.key").unlink()
    assert ring.ring(tmp_path) == (gone,)


def test_the_book_in_memory_reads_what_was_appended_and_nothing_twice(tmp_path, monkeypatch):
    epoch = ring.current(tmp_path, Form.LETTERS, DAY)
    assert ring.held(tmp_path, GTIN, 0, 7) is None
    first = ring.allocate(tmp_path, epoch, GTIN, 10, "B1", DAY)
    assert ring.held(tmp_path, GTIN, 0, first.first + 9) == first
    assert ring.held(tmp_path, GTIN, 0, first.first + 10) is None
    assert ring.held(tmp_path, GTIN, 1, first.first) is None
    assert ring.held(tmp_path, "06901234567908", 0, first.first) is None
    with (tmp_path / ring.BOOK).open("a") as book:
        book.write('{"gtin": "069')
    assert ring.held(tmp_path, GTIN, 0, first.first) == first
    parsed = []
    loads = json.loads
    monkeypatch.setattr(ring.json, "loads", lambda line: parsed.append(line) or loads(line))
    second = ring.Range(GTIN, 0, first.first + 10, 5, "B2", "2026-11-26")
    ring._append(tmp_path / ring.BOOK, {name: getattr(second, name) for name in ring.Range.__slots__})
    assert ring.held(tmp_path, GTIN, 0, first.first + 12) == second
    assert ring.held(tmp_path, GTIN, 0, first.first) == first
    assert len(parsed) == 1


@pytest.mark.parametrize("same_size", [True, False])
@pytest.mark.parametrize("same_file", [True, False])
def test_another_book_in_its_place_is_read_anew(tmp_path, same_size, same_file):
    epoch = ring.current(tmp_path, Form.LETTERS, DAY)
    first = ring.allocate(tmp_path, epoch, GTIN, 10, "B1", DAY)
    assert ring.held(tmp_path, GTIN, 0, first.first).batch == "B1"
    path = tmp_path / ring.BOOK
    text = path.read_text().replace('"B1"', '"B7"' if same_size else '"BATCH-7"')
    if same_file:
        path.write_text(text)
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    else:
        (tmp_path / "other").write_text(text)
        (tmp_path / "other").replace(path)
    assert ring.held(tmp_path, GTIN, 0, first.first).batch == ("B7" if same_size else "BATCH-7")
    path.unlink()
    assert ring.held(tmp_path, GTIN, 0, first.first) is None
