"""A bank of pictures: edited copies are found with the edit named, look-alikes are for a person, strangers are nothing."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from pinzhi.life.admission.rules.pictures.bank import Bank, Known
from pinzhi.life.admission.tests.painting import array, goods

SEEDS = range(20, 28)


@pytest.fixture(scope="module")
def shop():
    pictures = [array(goods(seed)) for seed in SEEDS]
    return Bank.of([Known.of(f"{seed}.png", p) for seed, p in zip(SEEDS, pictures, strict=True)]), pictures


def look(shop, picture):
    bank, pictures = shop
    return bank.matches(array(picture), pictures.__getitem__)


def banded(picture):
    picture = picture.copy()
    ImageDraw.Draw(picture).rectangle((0, 255, 360, 300), fill=(255, 200, 0))
    return picture


def signed(picture):
    picture = picture.copy()
    ImageDraw.Draw(picture).rectangle((0, 0, 90, 60), fill=(200, 30, 30))
    return picture


EDITS = {
    "identity": lambda p: p,
    "mirror": ImageOps.mirror,
    "rotate90": lambda p: p.rotate(90, expand=True),
    "rotate180": lambda p: p.rotate(180),
    "rotate270": lambda p: p.rotate(270, expand=True),
    "mirror+rotate180": ImageOps.flip,
    "mirror+rotate90": lambda p: ImageOps.mirror(p).rotate(90, expand=True),
    "crop": lambda p: p.crop((30, 25, 330, 275)),
    "frame": lambda p: ImageOps.expand(p, 30, "red"),
    "tilt": lambda p: p.rotate(4, Image.Resampling.BICUBIC, fillcolor="white"),
    "squeeze": lambda p: p.resize((360, 240)),
    "overlay": banded,
    "mirror+crop": lambda p: ImageOps.mirror(p).crop((20, 20, 330, 270)),
}


@pytest.mark.parametrize("words", EDITS)
def test_an_edited_copy_is_found_and_the_edit_named(shop, words):
    for seed in (20, 23, 26):
        best, *others = look(shop, EDITS[words](goods(seed)))
        assert (best.name, best.same, best.transform) == (f"{seed}.png", True, words)
        assert best.score >= 0.5
        assert not any(m.same for m in others)


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: p.resize((180, 150)),
        lambda p: p.resize((720, 600)),
        lambda p: ImageEnhance.Brightness(p).enhance(1.3),
        lambda p: ImageEnhance.Brightness(p).enhance(0.7),
        lambda p: ImageEnhance.Contrast(p).enhance(0.7),
        lambda p: ImageEnhance.Color(p).enhance(0.5),
        lambda p: p.convert("L"),
        signed,
    ],
    ids=["half", "double", "brighter", "darker", "flatter", "faded", "grey", "signed"],
)
def test_what_leaves_the_edges_in_place_is_the_same_picture(shop, edit):
    for seed in (21, 24):
        best = look(shop, edit(goods(seed)))[0]
        assert (best.name, best.same) == (f"{seed}.png", True)


def flavour(seed, other):
    """The same pack, but the middle part is that of other goods."""
    picture = goods(seed)
    picture.paste(goods(other).crop((90, 70, 270, 190)), (90, 70))
    return picture


def test_the_same_design_with_another_middle_goes_to_a_person(shop):
    for seed in (20, 22, 25):
        best = look(shop, flavour(seed, seed + 40))[0]
        assert (best.name, best.same) == (f"{seed}.png", False)
        assert best.score < 0.5


def test_the_same_drawing_in_other_colours_goes_to_a_person(shop):
    for seed in (20, 22, 25):
        red, green, blue = goods(seed).split()
        found = look(shop, Image.merge("RGB", (blue, red, green)))
        assert [(m.name, m.same) for m in found] in ([(f"{seed}.png", False)], [])


def test_strangers_have_nothing_in_common(shop):
    assert [look(shop, goods(seed)) for seed in range(60, 66)] == [[]] * 6


@pytest.mark.parametrize("value", [0, 255])
def test_a_picture_of_one_colour_is_nobodys(shop, value):
    assert look(shop, Image.new("RGB", (200, 200), (value,) * 3)) == []


def test_an_empty_bank_knows_nothing():
    assert Bank.of([]).matches(array(goods(1)), lambda _: np.zeros((1, 1, 3), np.uint8)) == []


def test_the_same_question_has_the_same_answer(shop):
    picture = EDITS["tilt"](goods(24))
    assert look(shop, picture) == look(shop, picture)
