"""
Whom a verifier trusts, as C2SP tlog-policy writes it (c2sp.org/tlog-policy). Pure.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>…
    quorum <name>|none

A checkpoint is believed when one of the logs signed it and the quorum of witnesses cosigned it. Names are defined before they are used, each name is a
member of at most one group, no public key stands twice, and there is exactly one quorum line: a policy that could be read in two ways is refused.

Keys of logs are Ed25519 or ML-DSA-44 (types 0x01, 0x06), keys of witnesses too (0x04, 0x06), mixed as one likes. A witness that changes over signs with both
for a while: write it as two witnesses and `group NAME any OLD NEW`, so that it counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.ledger.checkpoint import LOG_TYPES, WITNESS_TYPES, Checkpoint, VerifierKey, open_checkpoint
from pinzhi.ledger.tree import ProofError

MAX_POLICY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Group:
    """At least `threshold` of `members` (witnesses or groups defined before)."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """The keys of the logs, the keys of the witnesses by their local names, the groups, the quorum (empty for `none`), and where witnesses are asked."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = ""
    urls: Mapping[str, str] = field(default_factory=dict)

    def believe(self, raw: bytes) -> Believed:
        """Read a checkpoint and judge it. Raises ProofError: those of `open_checkpoint`, `foreign_log`, `no_quorum`."""
        point, signers = open_checkpoint(raw, (*self.logs, *self.witnesses.values()))
        if not any(k in self.logs for k in signers if k.name == point.origin):
            raise ProofError.of("foreign_log", f"no log of the policy has signed for {point.origin}")
        seen = frozenset(name for name, key in self.witnesses.items() if key in signers)
        if not self.met(seen):
            raise ProofError.of(
                "no_quorum",
                f"the witnesses that cosigned ({', '.join(sorted(seen)) or 'none'}) are not the quorum «{self.quorum}»",
                "ask the log for a proof whose checkpoint carries the cosignatures that your policy asks for",
            )
        log = next(k for k in self.logs if k in signers and k.name == point.origin)
        return Believed(point, log, tuple(sorted(seen)))

    def met(self, seen: frozenset[str]) -> bool:
        """Whether these witnesses, by their names, are the quorum."""
        return not self.quorum or self.met_by(self.quorum, seen)

    def met_by(self, name: str, seen: frozenset[str]) -> bool:
        """The same for one group or witness."""
        group = self.groups.get(name)
        if group is None:
            return name in seen
        return sum(self.met_by(member, seen) for member in group.members) >= group.threshold


@dataclass(frozen=True, slots=True)
class Believed:
    """A checkpoint that the policy believes, who signed it, and which witnesses (by their names in the policy) confirmed it."""

    point: Checkpoint
    log: VerifierKey
    witnesses: tuple[str, ...]


def _no(line: int, reason: str) -> RefusedError:
    return RefusedError(
        Refusal(
            "bad_policy", reason, "see c2sp.org/tlog-policy; `pinzhi ledger policy` prints one", "policy", line or None
        )
    )


def read_policy(raw: bytes) -> TrustPolicy:
    """Read a policy file. Raises RefusedError(`bad_policy`) with the line."""
    return _read(raw, with_logs=True)


def _read(raw: bytes, *, with_logs: bool) -> TrustPolicy:
    if len(raw) > MAX_POLICY_BYTES:
        raise _no(0, "the policy file is too large")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as why:
        raise _no(0, "the policy file is not UTF-8") from why
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), 1):
        if any((c < " " and c != "\t") or c == "\x7f" for c in line):
            raise _no(number, "control characters are not allowed (line ends are a single newline)")
        words = line.replace("\t", " ").strip(" ").split(" ")
        words = [w for w in words if w]
        if words and not words[0].startswith("#"):
            reading.line(number, words)
    return reading.policy(with_logs=with_logs)


class _Reading:
    """The state while a policy is read, line by line."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.member_of: dict[str, str] = {}
        self.urls: dict[str, str] = {}
        self.quorum: str | None = None

    def line(self, number: int, words: list[str]) -> None:
        """One line that is neither empty nor a comment."""
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(self._key(number, vkey, LOG_TYPES))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._new_name(number, name)
                self.urls.update({name: url[0]} if url else {})
                self.witnesses[name] = self._key(number, vkey, WITNESS_TYPES)
            case ["group", name, how, *members] if members:
                self._group(number, name, how, members)
            case ["quorum", name]:
                if self.quorum is not None:
                    raise _no(number, "there is a second quorum line")
                if name != "none" and not self._known(name):
                    raise _no(number, f"the quorum {name} is not defined above")
                self.quorum = "" if name == "none" else name
            case _:
                raise _no(number, f"a line of the form «{words[0]} …» with these parts does not exist")

    def _key(self, number: int, vkey: str, types: tuple[int, ...]) -> VerifierKey:
        try:
            key = VerifierKey.parse(vkey)
        except ProofError as no:
            raise _no(number, no.refusal.reason) from no
        if key.algorithm not in types:
            belongs = " or ".join(f"0x{t:02x}" for t in types)
            raise _no(number, f"a key of type 0x{key.algorithm:02x} does not belong in this line ({belongs} does)")
        mine = self.logs if types is LOG_TYPES else self.witnesses.values()
        if any(k.public == key.public for k in mine):
            raise _no(number, "the same public key stands twice")
        if key in self.logs or key in self.witnesses.values():
            raise _no(number, "the log and one of its witnesses have the same key: one signature would count twice")
        return key

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _new_name(self, number: int, name: str) -> None:
        if name == "none" or self._known(name):
            raise _no(number, f"the name {name} is taken")

    def _group(self, number: int, name: str, how: str, members: list[str]) -> None:
        self._new_name(number, name)
        for member in members:
            if not self._known(member):
                raise _no(number, f"the member {member} is not defined above")
            if member in self.member_of:
                raise _no(number, f"{member} is already a member of {self.member_of[member]}")
            self.member_of[member] = name
        threshold = {"all": len(members), "any": 1}.get(how) or (
            int(how) if how.isascii() and how.isdigit() and len(how) < 6 else 0
        )
        if not 1 <= threshold <= len(members):
            raise _no(number, f"«{how}» of {len(members)} members is not possible")
        self.groups[name] = Group(threshold, tuple(members))

    def policy(self, *, with_logs: bool) -> TrustPolicy:
        """The finished policy."""
        if self.quorum is None:
            raise _no(0, "there is no quorum line (write `quorum none` to ask for no witnesses)")
        if with_logs and not self.logs:
            raise _no(0, "there is no log line")
        return TrustPolicy(tuple(self.logs), self.witnesses, self.groups, self.quorum, self.urls)


def write_policy(logs: tuple[VerifierKey, ...], witnesses: TrustPolicy | None = None) -> str:
    """A policy that trusts these log keys; with the witnesses, groups and quorum of another policy, or asking for none."""
    lines = [f"log {key.line()}" for key in logs]
    if witnesses is not None:
        for name, key in witnesses.witnesses.items():
            lines.append(" ".join(["witness", name, key.line(), *filter(None, [witnesses.urls.get(name, "")])]))
        for name, group in witnesses.groups.items():
            lines.append(f"group {name} {group.threshold} {' '.join(group.members)}")
    lines.append(f"quorum {(witnesses.quorum if witnesses else '') or 'none'}")
    return "\n".join(lines) + "\n"


def read_witnesses(raw: bytes) -> TrustPolicy:
    """The witnesses that a log asks: the same file without log lines. Raises RefusedError(`bad_policy`)."""
    return _read(raw, with_logs=False)
