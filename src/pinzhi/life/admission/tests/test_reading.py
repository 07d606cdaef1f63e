"""Bad rows are refused one by one, with what to do."""

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import reading

GOOD = {"id": "1", "merchant_id": "m", "category": "食品", "title": "大米"}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"category": None}, "field_missing", "category"),
        ({"category": "  "}, "field_missing", "category"),
        ({"title": ""}, "field_missing", "title"),
        ({"title": "好" * 1_000_000}, "text_too_long", "title"),
        ({"title": 5}, "type_invalid", "title"),
        ({"title": "大\x00米"}, "nul_character", "title"),
        ({"title": "大\ud800米"}, "broken_unicode", "title"),
        ({"price": "-1"}, "price_negative", "price"),
        ({"price": "1e400"}, "price_invalid", "price"),
        ({"price": "NaN"}, "price_invalid", "price"),
        ({"price": True}, "type_invalid", "price"),
        ({"price": [1]}, "type_invalid", "price"),
        ({"attributes": "{"}, "json_invalid", "attributes"),
        ({"attributes": 3}, "type_invalid", "attributes"),
        ({"deal_prices": [{"at": "2026-01-01T00:00:00", "price": 1}]}, "time_without_zone", "deal_prices[0].at"),
        ({"deal_prices": [{"at": "x", "price": 1}]}, "time_invalid", "deal_prices[0].at"),
        ({"deal_prices": [{"at": "2026-01-01T00:00:00Z"}]}, "type_invalid", "deal_prices[0]"),
        ({"documents": [{}]}, "type_invalid", "documents[0]"),
        ({"images": ["a", 5]}, "type_invalid", "images[1]"),
        ({"id": {"a": 1}}, "type_invalid", "id"),
    ],
)
def test_a_bad_row_says_what_and_what_to_do(change, code, field):
    with pytest.raises(RefusedError) as no:
        reading.listing({**GOOD, **change})
    assert (no.value.refusal.code, no.value.refusal.field) == (code, field)
    assert no.value.refusal.reason
    assert no.value.refusal.remedy


def test_values_of_every_file_type_are_read_alike():
    as_json = reading.listing(
        {**GOOD, "attributes": {"净含量": "500g", "price": 99, "x": None, "材质": ["棉", "麻"]}, "price": 12.5}
    )
    as_csv = reading.listing(
        {**GOOD, "attributes": '{"净含量":"500g","price":99,"x":null,"材质":["棉","麻"]}', "price": "12.5"}
    )
    assert as_json == as_csv
    assert as_json.attributes == (("净含量", "500g"), ("price", "99"), ("材质", "棉 麻"))


def test_one_id_twice_is_passed_over_or_refused():
    refused = []
    rows = [(1, GOOD), (2, dict(GOOD)), (3, {**GOOD, "title": "小米"}), (4, {**GOOD, "id": "2"})]
    kept = list(reading.listings(rows, lambda line, no: refused.append((line, no.code))))
    assert [x.id for x in kept] == ["1", "2"]
    assert refused == [(3, "id_conflict")]
