"""The words of a conversation: message, session, reply. Frozen: a reply carries the session that goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from pinzhi.kernel.canon import digest
from pinzhi.kernel.values import Text


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody wrote, when (with zone), and the files he added (their ids)."""

    text: str
    at: datetime
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """
    A place in a rule. `instrument` and `article` name it, `label` writes it out, `quotation` is word for word, or "" where the place is only named.

    `gloss` is the summary of the row of law in the language of the answer; it binds nobody. `verified`: the wording was held against the official text.
    """

    key: str
    instrument: str
    article: str
    label: str
    quotation: str
    gloss: str = ""
    verified: bool = False

    def document(self) -> dict[str, str | bool]:
        """The shape that the command and the interface print."""
        return {
            "instrument": self.instrument,
            "article": self.article,
            "label": self.label,
            "quotation": self.quotation,
            "gloss": self.gloss,
            "verified": self.verified,
        }


@dataclass(frozen=True, slots=True)
class Action:
    """
    Something that the caller may do for the person. Reading is done at once by tools; writing needs `confirmed`, which is set only by the
    person's next message.

    `slots` are what it would be done with; `token` is their digest: what is confirmed is what was shown.
    """

    verb: str
    slots: Mapping[str, str]
    confirmed: bool = False

    @property
    def token(self) -> str:
        """Changes with what would be done."""
        return digest({"verb": self.verb, "slots": dict(self.slots)})[:16]


@dataclass(frozen=True, slots=True)
class Handover:
    """What goes to the person, so that nothing is asked twice. `reasons` are codes, `severity` 1 to 4, `tried` the keys of rules that were quoted."""

    reasons: tuple[str, ...]
    severity: int
    summary: Text
    slots: Mapping[str, str]
    evidence: tuple[str, ...]
    tried: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The shape that the command and the interface print."""
        return {
            "reasons": list(self.reasons),
            "severity": self.severity,
            "summary": {"zh": self.summary.zh, "en": self.summary.en},
            "slots": dict(self.slots),
            "evidence": list(self.evidence),
            "tried": list(self.tried),
        }


@dataclass(frozen=True, slots=True)
class Session:
    """
    What is remembered, for one case only. Begin with `Session()`; every reply holds the next one.

    `spoken` are the person's messages, masked; `score` is the dissatisfaction so far; `pending` waits for a confirmation; `asked` are slots already asked for;
    `offered` the matters that the last answer gave to choose from.
    """

    spoken: tuple[str, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    rejections: int = 0
    unanswered: int = 0
    score: float = 0.0
    pending: Action | None = None
    asked: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    language: str = ""
    handed: bool = False

    def document(self) -> dict[str, Any]:
        """The session as JSON values, for whoever keeps it between two messages. Messages in it are masked; it is kept no longer than its complaint."""
        pending = None if self.pending is None else {"verb": self.pending.verb, "slots": dict(self.pending.slots)}
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("pending", "slots")}
        lists = {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}
        return {**lists, "slots": dict(self.slots), "pending": pending}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Session:
        """Read `document()` back; what is absent begins anew. Raises KeyError or TypeError for a document of another form."""
        known = {f.name for f in fields(cls)}
        if unknown := set(document) - known:
            raise KeyError(f"a session has no {min(unknown)!r}")
        raw: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in document.items()}
        if pending := document.get("pending"):
            raw["pending"] = Action(pending["verb"], dict(pending["slots"]))
        return cls(**raw)

    def with_(self, **changes: Any) -> Session:
        """A copy with changes."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Card:
    """Something to show beside the text: `choice` (a matter to choose), `result` (of a tool), `slot` (what was understood). `value` is what choosing sends."""

    kind: str
    title: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `found`: a rule was found; `confidence` from 0 to 1; `grounds` are all texts that its numbers come from; `log` is masked."""

    text: str
    language: str
    intent: str
    found: bool
    confidence: float
    session: Session
    cards: tuple[Card, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    citations: tuple[Citation, ...] = ()
    actions: tuple[Action, ...] = ()
    handover: Handover | None = None
    grounds: tuple[str, ...] = ()
    log: str = ""

    def document(self) -> dict[str, Any]:
        """The shape that the command and the interface print."""
        return {
            "answer": self.text,
            "citations": [c.document() for c in self.citations],
            "found": self.found,
            "intent": self.intent,
            "handover": None if self.handover is None else self.handover.document(),
            "language": self.language,
            "confidence": round(self.confidence, 4),
            "slots": dict(self.slots),
            "cards": [{"kind": c.kind, "title": c.title, "value": c.value} for c in self.cards],
            "actions": [
                {"verb": a.verb, "slots": dict(a.slots), "confirmed": a.confirmed, "token": a.token}
                for a in self.actions
            ],
        }
