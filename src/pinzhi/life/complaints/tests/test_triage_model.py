"""The linear model: the same training gives the same bytes, a damaged file is refused, and it learns what it is shown."""

from __future__ import annotations

import numpy as np
import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import tables
from pinzhi.life.complaints.rules.triage.fitting import Fitting, minimum, platt
from pinzhi.life.complaints.rules.triage.grams import grams
from pinzhi.life.complaints.rules.triage.model import MAGIC, from_bytes, train
from pinzhi.life.complaints.rules.triage.speech import sentences
from pinzhi.life.complaints.tests.reading import small_model

GOOD = ["很好用质量不错", "非常满意推荐购买", "喜欢下次还来", "做工好物流快"] * 20
BAD = ["太差了不好用", "垃圾质量差退货", "失望再也不买", "坏了没法用"] * 20


def two_sided(source: str = "x"):  # type: ignore[no-untyped-def]
    texts = [t + str(i % 7) for i, t in enumerate(GOOD + BAD)]
    return train(texts, {"polarity": ["positive"] * len(GOOD) + ["negative"] * len(BAD)}, source, Fitting(rounds=15))


def test_it_learns_what_it_is_shown() -> None:
    answer = two_sided().answer(grams(["质量不错推荐", "太差退货", ""]))
    shares = answer.shares["polarity"]
    assert shares[0, 1] > 0.7
    assert shares[1, 1] < 0.3
    assert answer.known[2] == 0


def test_the_same_training_gives_the_same_bytes_and_the_bytes_give_the_model_back() -> None:
    one, two = two_sided().to_bytes(), two_sided().to_bytes()
    assert one == two
    back = from_bytes(one)
    assert back.to_bytes() == one
    given = grams(["质量差", "好用"])
    assert np.array_equal(back.answer(given).shares["polarity"], two_sided().answer(given).shares["polarity"])


@pytest.mark.parametrize("harm", ["magic", "cut", "bit", "head", "empty", "version"])
def test_a_damaged_model_is_refused(harm: str) -> None:
    data = two_sided().to_bytes()
    broken = {
        "magic": b"PK" + data,
        "cut": data[:-3],
        "bit": data[:-1] + bytes([data[-1] ^ 1]),
        "head": MAGIC + b"{}\n",
        "empty": b"",
        "version": data.replace(b"triage-linear/1", b"triage-linear/9"),
    }[harm]
    with pytest.raises(RefusedError) as no:
        from_bytes(broken)
    assert no.value.refusal.code == "model_unreadable"


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        ({}, "no_labels"),
        ({"polarity": ["positive"] * 160}, "too_few_labels"),
        ({"polarity": ["a", "b", *[""] * 158]}, "too_few_labels"),
    ],
)
def test_too_little_to_learn_from_is_refused(labels: dict[str, list[str]], code: str) -> None:
    with pytest.raises(RefusedError) as no:
        train(GOOD + BAD, labels, "x")
    assert no.value.refusal.code == code


def test_no_word_of_a_buyer_is_in_the_file() -> None:
    data = small_model().to_bytes()
    for word in ("烫", "退货", "客服"):
        assert word.encode() not in data[200_000:]


def test_lbfgs_finds_the_minimum_of_a_bowl() -> None:
    scale = np.array([1.0, 10.0, 100.0])
    found = minimum(lambda x: (float((scale * (x - 1) ** 2).sum()), 2 * scale * (x - 1)), np.zeros(3), 100, 1e-14)
    assert np.allclose(found, 1, atol=1e-5)


def test_platt_turns_margins_into_probabilities() -> None:
    margins = np.repeat([-1.0, 1.0], 100)
    yes = np.concatenate([np.arange(100) < 20, np.arange(100) < 80])
    slope, shift = platt(margins, yes)
    assert 1 / (1 + np.exp(-(slope + shift))) == pytest.approx(0.8, abs=0.01)
    assert 1 / (1 + np.exp(slope - shift)) == pytest.approx(0.2, abs=0.01)


def test_sentences_are_the_same_for_a_seed_and_cover_every_kind_and_category() -> None:
    speech = tables.speech()
    one, two = sentences(speech, 3_000, 5), sentences(speech, 3_000, 5)
    assert one == two
    assert one != sentences(speech, 3_000, 6)
    assert {s.category for s in one} == {*tables.taxonomy().categories, ""}
    assert {s.type for s in one} == {*tables.taxonomy().kinds, ""}
    assert {s.polarity for s in one} == {"", "negative", "positive"}
    assert all("{" not in s.text for s in one)
