"""What the reading of a text answers, and the figures that it uses."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.kernel.values import Text


@dataclass(frozen=True, slots=True)
class TriagePolicy:
    """Figures of `[triage]`. Shares are probabilities; a bonus is added to the logarithm of a share."""

    least_known: float
    """Share of its grams that the model must have seen; below it the model is not asked."""
    least_share: float
    """A kind below this share is no answer: handed to a person."""
    second_share: float
    """A further kind is named from this share on."""
    cue_bonus: float
    model_raises: float
    """Share of danger in the whole text from which the model of danger alone raises severity to 1."""
    window_raises: float
    """The same for two clauses next to one another in a longer text: there are many of them, and any may ring falsely."""
    window_known: float
    """Share of the grams of such a pair that the model must have seen: a few known ones among strange ones ring by chance."""
    likely: float
    """An acute kind of which the model of danger hears nothing needs this share."""
    group_sure: float
    """Share from which the model's guess of the category tells the group of the goods."""
    praise_sure: float
    """Share from which a text with a word of danger may stay positive: «发热量很小»-like praise. Its severity stands all the same."""
    words_sure: float
    """Confidence of a kind that rests on words of danger: their measured precision, rounded down."""
    own_texts: int
    """Sentences that the model of the house is trained on, drawn by `own_seed`."""
    own_seed: int
    own_doubt: float
    """Factor on the margins of the model of the house, which has only heard our own sentences."""
    alarm_texts: int
    """Sentences that the model of danger is trained on, drawn by `own_seed`."""

    def wrong(self) -> dict[str, bool]:
        """Which figure makes no sense."""
        shares = (
            "least_known",
            "least_share",
            "second_share",
            "model_raises",
            "window_raises",
            "window_known",
            "likely",
            "group_sure",
            "praise_sure",
            "words_sure",
            "own_doubt",
        )
        bad = {name: not 0 <= getattr(self, name) <= 1 for name in shares}
        counts = {name: not 1000 <= getattr(self, name) <= 1_000_000 for name in ("own_texts", "alarm_texts")}
        return bad | counts | {"cue_bonus": not 0 <= self.cue_bonus <= 10}


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: what it rests on (`danger`, `word`, `model`, `novelty`), the words of the text, the sentence."""

    basis: str
    words: str
    text: Text


@dataclass(frozen=True, slots=True)
class Triage:
    """
    How a text was read. `types` are kinds of the taxonomy, the first is the main one; empty where nothing could be said.

    Severity 1 is never handled by a machine alone. `abstained`: the machine does not know, a person reads; dangers are raised all the same.
    """

    types: tuple[str, ...]
    severity: int
    safety: bool
    polarity: str
    product_category: str
    confidence: float
    polarity_confidence: float
    category_confidence: float
    abstained: bool
    why: tuple[Why, ...]

    @property
    def type(self) -> str:
        """The main kind, or an empty text."""
        return self.types[0] if self.types else ""
