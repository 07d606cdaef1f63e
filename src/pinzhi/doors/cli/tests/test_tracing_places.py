"""`pinzhi tracing places`: regions of places from a file."""

import json

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli import main
from pinzhi.life.tracing.models import PlaceRegion

pytestmark = pytest.mark.django_db


def test_places_are_entered_and_bad_rows_are_set_aside(tmp_path):
    file = tmp_path / "places.csv"
    file.write_text(
        "place,region\n6901234000016,武汉\n6901234000017,长沙\nhttps://id.gs1.org/414/6901234000023,\n", "utf-8"
    )
    done = CliRunner().invoke(main, ["tracing", "places", str(file), "--json"])
    assert done.exit_code == 3
    assert json.loads(done.stdout) == {"places": 1}
    assert list(PlaceRegion.objects.values_list("place", "region")) == [
        ("https://id.gs1.org/414/6901234000016", "武汉")
    ]
    refused = [json.loads(line) for line in (tmp_path / "places.csv.refused.ndjson").read_text("utf-8").splitlines()]
    assert [(r["line"], r["field"], r["code"]) for r in refused] == [
        (3, "region", "field_missing"),
        (2, "place", "place_unknown"),
    ]
