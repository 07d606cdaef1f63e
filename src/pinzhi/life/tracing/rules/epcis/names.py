"""
Names of fields: which namespace a prefix stands for in a JSON-LD document, and the one expanded form `{namespace}name` of an extension.

Only what the document says itself is read: nothing is fetched. A context at an address that is not the EPCIS context makes its prefixes unknowable
(`remote`); that is said, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pinzhi.life.tracing.rules.epcis.terms import CBVMDA, CONTEXTS, PREFIXES

TEXT = "#text"
"""Under this name stands the text of an extension element that has attributes or elements beside it."""
KEYWORDS = frozenset({"@context", "@id", "@type", "@value", "@language", "@graph", TEXT})
SILENT = frozenset({"@context", "comment", "rdfs:comment", "{http://www.w3.org/2000/01/rdf-schema#}comment"})
"""Names that say nothing about the event: they are not hashed."""


class Names:
    """
    Prefixes and terms in force at one place of a document.

    `key(name)` is the expanded form of a field's name, the name itself where it is bare, None where its prefix is declared nowhere.
    """

    __slots__ = ("_keys", "prefixes", "remote", "terms", "vocab")

    def __init__(
        self,
        prefixes: dict[str, str] | None = None,
        terms: dict[str, str] | None = None,
        vocab: str = "",
        *,
        remote: bool = False,
    ) -> None:
        self.prefixes = {**PREFIXES, **(prefixes or {})}
        self.terms = terms or {}
        self.vocab = vocab
        self.remote = remote
        self._keys: dict[str, str | None] = {}

    def key(self, name: str) -> str | None:
        """See the class."""
        try:
            return self._keys[name]
        except KeyError:
            if len(self._keys) > 4096:
                self._keys.clear()
            found = self._keys[name] = self._expand(name)
            return found

    def _expand(self, name: str) -> str | None:
        if name.startswith("{"):
            return name
        if name in self.terms:
            return split(self.terms[name])
        prefix, colon, rest = name.partition(":")
        if not colon or name.startswith(("@", "#")):
            return "{" + self.vocab + "}" + name if self.vocab and name not in KEYWORDS and name not in SILENT else name
        if prefix in self.prefixes:
            return "{" + self.prefixes[prefix] + "}" + rest
        if rest.startswith("//") or prefix == "urn":
            return split(name)
        return None

    def under(self, context: Any) -> Names:
        """These names with a further `@context` on top of them; the same object where it adds nothing."""
        found = _Found(dict(self.prefixes), dict(self.terms), self.vocab, self.remote)
        found.read(context)
        same = (found.prefixes, found.terms, found.vocab, found.remote) == (
            self.prefixes,
            self.terms,
            self.vocab,
            self.remote,
        )
        return self if same else Names(found.prefixes, found.terms, found.vocab, remote=found.remote)


class _Found:
    """What a context says, gathered."""

    def __init__(self, prefixes: dict[str, str], terms: dict[str, str], vocab: str, remote: bool) -> None:  # noqa: FBT001
        self.prefixes, self.terms, self.vocab, self.remote = prefixes, terms, vocab, remote

    def read(self, context: Any) -> None:
        for entry in context if isinstance(context, list) else [context]:
            if isinstance(entry, str):
                self.remote = self.remote or not entry.startswith(CONTEXTS)
            elif isinstance(entry, dict):
                self._entries(entry.items())

    def _entries(self, entries: Iterable[tuple[str, Any]]) -> None:
        for name, meaning in entries:
            iri = meaning.get("@id") if isinstance(meaning, dict) else meaning
            if not isinstance(iri, str):
                continue
            if name == "@vocab":
                self.vocab = iri
            elif name.startswith("@"):
                continue
            elif iri.endswith(("/", "#", ":", "=", "?", "[", "]", "@")) or not isinstance(meaning, dict):
                self.prefixes[name] = iri
                if not iri.endswith(("/", "#", ":")):
                    self.terms[name] = self._full(iri)
            else:
                self.terms[name] = self._full(iri)

    def _full(self, iri: str) -> str:
        prefix, colon, rest = iri.partition(":")
        return self.prefixes[prefix] + rest if colon and prefix in self.prefixes and not rest.startswith("//") else iri


def split(iri: str) -> str:
    """`{namespace}name` of a full IRI."""
    cut = max(iri.rfind("/"), iri.rfind("#"), iri.rfind(":")) + 1
    space = CBVMDA if iri[:cut] in (CBVMDA + ":", CBVMDA + "#") else iri[:cut]
    return "{" + space + "}" + iri[cut:]


STANDARD = Names()
"""Where a document declares nothing of its own."""
