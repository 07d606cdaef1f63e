"""`pinzhi complaints triage | train`: texts of buyers read, and a model trained on texts of your own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.aside import Aside
from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.life.complaints.rules.triage.answer import Triage
    from pinzhi.life.complaints.rules.triage.model import Model

COLUMNS = (
    "id", "type", "types", "severity", "safety", "polarity", "product_category", "confidence", "polarity_confidence", "category_confidence",
    "abstained", "why",
)  # fmt: skip
AT_ONCE = 512
MOST_CHARACTERS = 5_000_000
"""A longer text is no complaint; it is refused, not read."""
WORDS_OF_POLARITY = {
    "1": "positive", "positive": "positive", "pos": "positive", "good": "positive", "好评": "positive", "正面": "positive", "true": "positive",
    "0": "negative", "negative": "negative", "neg": "negative", "bad": "negative", "差评": "negative", "负面": "negative", "-1": "negative",
    "false": "negative",
}  # fmt: skip
NAMES = {
    "text": ("text", "review", "content", "words"),
    "polarity": ("polarity", "label", "sentiment"),
    "category": ("category", "cat", "product_category"),
    "type": ("type", "kind"),
}
"""Columns by which a label is known, the first that the file has."""
MOST_TEXTS = 2_000_000


@click.command("triage")
@click.argument("file")
@click.option("--out", required=True, help="Results: .ndjson, .csv, .parquet, .arrow; - for standard output.")
@click.option(
    "--model", "model_path", help="A model of `pinzhi complaints train`; its heads go before those of the house."
)
@rows.polite
def triage(file: str, out: str, model_path: str | None) -> rows.Answer:
    """
    Read every text of FILE (`id, text, category?`) and say kind, severity, danger, polarity and category, with reasons.

    Severity 1 (somebody may be hurt) is never handled by a machine alone. The model of the house is trained at the first call and kept under PINZHI_HOME.
    """
    from pinzhi.life.complaints.reader import reader

    reading = reader(_model(model_path) if model_path else None)
    source = rows.read_rows(file, required=("id",))
    counts: Counter[str] = Counter()
    with Aside("pinzhi" if out == "-" else out) as aside, rows.progress("texts") as advance:

        def answers() -> Iterator[dict[str, Any]]:
            good = _texts(source)
            while batch := list(islice(good, AT_ONCE)):
                found = reading.read_many([(text, category) for _, text, category in batch])
                _hand_over(source, aside)
                for (key, _, _), said in zip(batch, found, strict=True):
                    counts["read"] += 1
                    counts[f"severity_{said.severity}"] += 1
                    counts["safety"] += said.safety
                    counts["abstained"] += said.abstained
                    yield row(key, said)
                advance(len(batch))
            _hand_over(source, aside)

        rows.write_rows(out, answers(), columns=COLUMNS)
    document = {
        "read": counts["read"],
        **{f"severity_{n}": counts[f"severity_{n}"] for n in (1, 2, 3, 4)},
        "safety": counts["safety"],
        "abstained": counts["abstained"],
        "refused": aside.count,
        "models": [m.source for m in reading.models],
    }
    line = f"{counts['read']} read: {counts['severity_1']} of severity 1, {counts['abstained']} for a person to read"
    return rows.Answer(document, line, out=out, aside=[aside])


def row(key: str, said: Triage) -> dict[str, Any]:
    """One line of the result."""
    return {
        "id": key,
        "type": said.type or None,
        "types": list(said.types),
        "severity": said.severity,
        "safety": said.safety,
        "polarity": said.polarity or None,
        "product_category": said.product_category or None,
        "confidence": said.confidence,
        "polarity_confidence": said.polarity_confidence,
        "category_confidence": said.category_confidence,
        "abstained": said.abstained,
        "why": [{"basis": w.basis, "words": w.words, "zh": w.text.zh, "en": w.text.en} for w in said.why],
    }


def _texts(source: rows.Rows) -> Iterator[tuple[str, str, str]]:
    """(id, text, category) of the rows that can be read; the same id twice is refused the second time."""
    seen: set[str] = set()
    for line, raw in source.numbered():
        key, text, category = str(raw["id"]), raw.get("text"), raw.get("category")
        if text is not None and not isinstance(text, str):
            source.refuse(line, "text", "field_not_text", "the text is no text", "send it as a text")
        elif text is None and "text" not in raw:
            source.refuse(line, "text", "field_missing", "text is absent", "give it")
        elif text is not None and len(text) > MOST_CHARACTERS:
            source.refuse(
                line, "text", "text_too_long", f"over {MOST_CHARACTERS} characters", "send the complaint itself"
            )
        elif key in seen:
            source.refuse(line, "id", "id_twice", f"id {key[:60]!r} stands twice", "give every row its own id")
        else:
            seen.add(key)
            yield key, text or "", str(category or "")


def _hand_over(source: rows.Rows, aside: Aside) -> None:
    if source.refused:
        aside.add(source.refused)
        source.refused.clear()


def _model(path: str) -> Model:
    from pinzhi.life.complaints.rules.triage.model import MOST_BYTES, from_bytes

    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as why:
        raise RefusedError.because(
            "file_not_readable", f"{path}: {why.strerror}", "name the file of `pinzhi complaints train`", field="model"
        ) from why
    return from_bytes(data)


@click.command("train")
@click.argument("file")
@click.option("--out", required=True, help="The model; `triage --model` reads it.")
@rows.polite
def train(file: str, out: str) -> rows.Answer:
    """
    Train on FILE (CSV, NDJSON, Parquet, Arrow): a column `text` and at least one of `polarity` (positive/negative or 1/0), `category`, `type`.

    One text in twenty is held back to turn margins into probabilities. The same file gives the same bytes. The model holds hashes and figures, no text.
    """
    from pinzhi.life.complaints import tables
    from pinzhi.life.complaints.rules.triage.grams import LONGEST_TEXT, fold
    from pinzhi.life.complaints.rules.triage.model import train as fitted

    source = rows.read_rows(file)
    texts: list[str] = []
    labels: dict[str, list[str]] = {"polarity": [], "category": [], "type": []}
    simpler = tables.lexicon().simpler
    kinds = frozenset(tables.taxonomy().kinds)
    for line, raw in source.numbered():
        text = _named(raw, "text")
        found = _labels(source, line, raw, kinds)
        if found is None:
            continue
        if not isinstance(text, str) or not text.strip():
            source.refuse(line, "text", "field_missing", "text is empty or absent", "give it")
            continue
        if len(texts) >= MOST_TEXTS:
            raise RefusedError.because(
                "too_many_texts", f"over {MOST_TEXTS} texts", "train on a part of them", field="text"
            )
        texts.append(fold(text, simpler, LONGEST_TEXT))
        for name, into in labels.items():
            into.append(found[name])
    given = {name: said for name, said in labels.items() if any(said)}
    model = fitted(texts, given, Path(file).name)
    rows.write_bytes(out, [model.to_bytes()])
    document = {
        "texts": len(texts),
        "heads": {h.name: list(h.labels) for h in model.heads},
        "grams": len(model.space.keys),
        "refused": len(source.refused),
    }
    line_ = f"trained on {len(texts)} texts: {', '.join(model.names)}"
    return rows.Answer(document, line_, refused=source.refused, out=out)


def _named(raw: dict[str, Any], what: str) -> Any:
    return next((raw[n] for n in NAMES[what] if raw.get(n) not in (None, "")), None)


def _labels(source: rows.Rows, line: int, raw: dict[str, Any], kinds: frozenset[str]) -> dict[str, str] | None:
    """The labels of a row; None when one is wrong."""
    found = {
        name: str(_named(raw, name) if _named(raw, name) is not None else "").strip()
        for name in ("polarity", "category", "type")
    }
    if found["polarity"]:
        word = WORDS_OF_POLARITY.get(found["polarity"].lower())
        if word is None:
            source.refuse(
                line,
                "polarity",
                "polarity_unknown",
                f"{found['polarity'][:40]!r} is no polarity",
                "write positive or negative",
            )
            return None
        found["polarity"] = word
    if found["type"] and found["type"] not in kinds:
        source.refuse(
            line,
            "type",
            "type_unknown",
            f"{found['type'][:40]!r} is no kind of complaint",
            f"one of: {', '.join(sorted(kinds))}",
        )
        return None
    return found
