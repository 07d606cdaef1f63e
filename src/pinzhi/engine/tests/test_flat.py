"""The quick way to read JSON gives the rows of the careful way, or leaves the block to it."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.engine.intake import files, flat

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
VALUE = st.one_of(
    TEXT, st.sampled_from(['"', "\\", "},{", '","', "a:[", "好评：满意", "\n", ":n"]), st.none(), st.integers(-5, 9)
)
OBJECT = st.dictionaries(st.sampled_from(["event_id", "text", "quantity", "unknown"]), VALUE, max_size=4)
STRANGE = st.one_of(
    OBJECT, OBJECT, OBJECT, st.none(), st.lists(VALUE, max_size=2), st.fixed_dictionaries({"text": st.booleans()})
)
LOOKS = st.sampled_from([{"separators": (",", ":")}, {}, {"indent": 1}])


def careful(rows):
    """The table of the careful way, which looks at every object as Python reads it."""
    raw = files.from_objects(rows, files.np.arange(1, len(rows) + 1), "", [])
    return raw.table, raw.refused


def same(table, rows):
    expected, refused = careful(rows)
    assert not refused
    assert table.cast(expected.schema).to_pylist() == expected.to_pylist()


@settings(max_examples=300, deadline=None)
@given(st.lists(STRANGE, min_size=1, max_size=6), LOOKS, st.booleans())
def test_an_array_is_read_like_the_careful_way_or_left_to_it(rows, look, ascii_only):
    body = json.dumps(rows, ensure_ascii=ascii_only, **look).encode()
    if (table := flat.array(body)) is not None:
        same(table, rows)


@settings(max_examples=300, deadline=None)
@given(st.lists(STRANGE, min_size=1, max_size=6), st.booleans())
def test_lines_are_read_like_the_careful_way_or_left_to_it(rows, ascii_only):
    block = "".join(json.dumps(r, ensure_ascii=ascii_only) + "\n" for r in rows).encode()
    if (table := flat.lines(block)) is not None:
        same(table, rows)


@pytest.mark.parametrize("look", [{"separators": (",", ":")}, {}, {"indent": 1}])
def test_what_senders_write_takes_the_quick_way(look):
    rows = [{"event_id": f"e{n}", "text": '好，"满意"', "quantity": n, "score": None} for n in range(20)]
    body = json.dumps(rows, ensure_ascii=False, **look).encode()
    same(flat.array(body), rows)
    same(flat.lines(b"".join(json.dumps(r).encode() + b"\n" for r in rows)), rows)


@pytest.mark.parametrize(
    "line",
    [
        b'{"event_id":"a",}',
        b'{"event_id":"a" , }',
        b'{"event_id":NaN}',
        b'{"event_id": nan}',
        b'{"event_id":Infinity}',
        b'{"event_id":-Infinity}',
        b'{"event_id":true}',
        b'{"event_id":["a"]}',
        b'{"event_id":{"a":1}}',
        b'{"event_id":"a"',
        b'{"event_id":"a"}}',
        b'{"event_id":"a"}{"event_id":"b"}',
        b'{"event_id":"\xff"}',
        b'{"event_id":"\\ud800"}',
        b'{"event_id":01}',
        b"[1]",
        b"null",
        b'{"event_id":"a"} null',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"",
        b"   ",
        b"x",
    ],
)
def test_what_it_is_not_sure_of_it_leaves_alone(line):
    assert flat.lines(b'{"event_id":"a"}\n' + line + b"\n") is None
    assert flat.array(b'[{"event_id":"a"},' + line + b"]") is None


def test_what_stands_in_fields_that_nobody_knows_does_not_slow_the_others():
    rows = [{"event_id": f"e{n}", "gift": n % 2 == 0, "address": {"city": ["上海"]}} for n in range(4)]
    same(flat.lines("".join(json.dumps(r) + "\n" for r in rows).encode()), rows)
    assert flat.lines(b'{"event_id":"true","gift":false}\n') is None


def test_an_array_without_objects_is_left_alone():
    assert flat.array(b"[]") is None
    assert flat.array(b"[ ") is None
    assert flat.array(b'{"event_id":"a"}') is None
    assert isinstance(flat.array(b' [ {"event_id":"a"} ] \n'), pa.Table)
