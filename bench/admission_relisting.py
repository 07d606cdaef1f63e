"""
Relisting: real titles after the edits of the acceptance, found again by the rule, beside a plain ratio of characters in common order (difflib) in the same run.
`python -m bench admission_relisting`. Recall with the same attributes, recall by the title alone, and pairs of other goods that are taken for the same.
"""

from __future__ import annotations

import difflib
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.ledger import Row

from pinzhi.decisions.policies import packaged
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.rules.policy import typed_policy
from pinzhi.life.admission.rules.relisting import bare, likeness, near

SHARED = Path(os.environ.get("PINZHI_SHARED", "/nonexistent"))
PROMOTION = ("限时", "特惠", "包邮", "新款", "热卖", "正品", "爆款", "清仓", "直降", "秒杀")
CHANCE = random.Random(20261126)
Edit = Callable[[str], str]


def titles(shared: Path) -> list[str]:
    """Different titles of at least eight letters."""
    path = shared / "data" / "taobao-titles-ner" / "titles.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [t for t in dict.fromkeys(json.loads(line)["title"] for line in lines) if len(bare(t)) >= 8]


def dropped(title: str) -> str:
    """Two characters less."""
    kept = list(title)
    for _ in range(2):
        kept.pop(CHANCE.randrange(len(kept)))
    return "".join(kept)


def marked(title: str) -> str:
    """Six marks put in."""
    kept = list(title)
    for _ in range(6):
        kept.insert(CHANCE.randrange(len(kept) + 1), CHANCE.choice("★*-_·~|/【】"))
    return "".join(kept)


def shuffled(title: str) -> str:
    """Its thirds in another order."""
    n = len(title) // 3
    parts = [title[:n], title[n : 2 * n], title[2 * n :]]
    CHANCE.shuffle(parts)
    return "".join(parts)


def promoted(title: str) -> str:
    """Six characters of promotion before or behind."""
    words = "".join(CHANCE.sample(PROMOTION, 3))
    return words + title if CHANCE.random() < 0.5 else title + words


def quarter(title: str) -> str:
    """A quarter of the characters replaced by others, each anywhere."""
    kept = list(title)
    for i in CHANCE.sample(range(len(kept)), round(len(kept) / 4)):
        kept[i] = chr(CHANCE.randrange(0x4E00, 0x9FA5))
    return "".join(kept)


EDITS: dict[str, tuple[Edit, float]] = {
    "two characters dropped": (dropped, 0.99),
    "six marks put in": (marked, 0.99),
    "thirds shuffled": (shuffled, 0.99),
    "promotion words": (promoted, 0.99),
    "a quarter replaced": (quarter, 0.98),
}
"""With the least recall that the tests hold it to, where the attributes are the same."""
ATTRIBUTES = (("材质", "棉"), ("颜色", "白"), ("产地", "浙江"))


def listing(title: str, attributes: tuple[tuple[str, str], ...] = ATTRIBUTES) -> Listing:
    return Listing("L", "M", "", title, attributes=attributes)


def run() -> list[Row]:
    """Two rows per edit, one of strangers, one of speed."""
    policy = typed_policy(packaged("admission")).relisting
    real = titles(SHARED)
    rows = []
    for name, (edit, _) in EDITS.items():
        pairs = [(listing(t), listing(edit(t))) for t in real]
        plain = sum(difflib.SequenceMatcher(None, a.title, b.title, autojunk=False).ratio() >= 0.8 for a, b in pairs)
        with_all = sum(near(likeness(a, b), policy) for a, b in pairs)
        alone = sum(near(likeness(replace(a, attributes=()), b), policy) for a, b in pairs)
        n = len(pairs)
        rows.append(Row(f"{name}: found, same attributes", "%", 100 * with_all / n, 100 * plain / n, "difflib >= 0.8"))
        rows.append(Row(f"{name}: found by the title alone", "%", 100 * alone / n, 100 * plain / n, "difflib >= 0.8"))
    others = [CHANCE.sample(real, 2) for _ in range(100_000)]
    made = [(listing(a, ()), listing(b, ())) for a, b in others]
    start = time.process_time()
    wrong = sum(near(likeness(a, b), policy) for a, b in made)
    spent = time.process_time() - start
    rows.append(Row("strangers taken for the same, of 100,000 pairs", "pairs", wrong, 0, "none"))
    rows.append(Row("pairs compared, one core", "pairs/s", len(made) / spent, 0, "none"))
    return rows
