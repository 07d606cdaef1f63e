"""
Signed notes and tree checkpoints as C2SP writes them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature). Pure.

A checkpoint is what a log says about itself: its name, how many leaves it has, and the root over them, signed. Notes are read strictly, because two
readers who understand one text differently can be shown two histories: UTF-8 without control characters, canonical base64, decimal numbers without
leading zeros. Signatures of keys that we do not know are ignored (that is how keys are rotated and witnesses added); a *wrong* signature of a key that we do
know refuses the whole note.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pinzhi.ledger.tree import HASH_BYTES, ProofError

ED25519 = 0x01
"""Signature type of a log: Ed25519 over the note's text."""
COSIGNATURE = 0x04
"""Signature type of a witness: eight bytes of time, then Ed25519 over a header with that time and the note's text."""

MAX_NOTE_BYTES = 1 << 20
MAX_SIGNATURES = 100
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_DASH = "\u2014 "


def _no(
    code: str, reason: str, remedy: str = "fetch the file again from the log; do not edit or re-save it"
) -> ProofError:
    return ProofError.of(code, reason, remedy)


def decimal(text: str, what: str) -> int:
    """Read a decimal number without sign or leading zeros, below 10^19. Raises ProofError(`bad_number`)."""
    if not _DECIMAL.match(text):
        raise _no("bad_number", f"{what} is not a plain decimal number")
    return int(text)


def unbase64(text: str, what: str) -> bytes:
    """Standard base64 in its one canonical spelling. Raises ProofError(`bad_base64`)."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as why:
        raise _no("bad_base64", f"{what} is not base64") from why
    if tobase64(raw) != text:
        raise _no("bad_base64", f"{what} is not canonical base64")
    return raw


def tobase64(raw: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(raw).decode("ascii")


def _ed25519(public: bytes, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _cosignature(public: bytes, text: bytes, signature: bytes) -> bool:
    if len(signature) != 8 + 64:
        return False
    at = int.from_bytes(signature[:8], "big")
    return at < 1 << 63 and _ed25519(public, b"cosignature/v1\ntime %d\n" % at + text, signature[8:])


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature type: the length of its public keys and how to verify (public key, note text, signature)."""

    public_bytes: int
    verify: Callable[[bytes, bytes, bytes], bool]


ALGORITHMS: Mapping[int, Algorithm] = {ED25519: Algorithm(32, _ed25519), COSIGNATURE: Algorithm(32, _cosignature)}
"""Signature types that we verify, by the byte that C2SP gave them. A new one (ML-DSA-44 is 0x06) is one more row."""


def check_name(name: str) -> str:
    """A key name: not empty, no white space, no plus. Raises ProofError(`bad_key_name`)."""
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise _no(
            "bad_key_name",
            f"{name!r} is not a key name",
            "use a name like example.com/log without spaces and plus signs",
        )
    return name


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name: what a verifier trusts. Written as one line, `name+keyid+base64(type byte || public key)`."""

    name: str
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        """Refuse a name, type or length that could not have been written by the format."""
        check_name(self.name)
        known = ALGORITHMS.get(self.algorithm)
        if known is None:
            raise _no(
                "unknown_algorithm",
                f"signature type 0x{self.algorithm:02x} is not one that we verify",
                "ask for a key of type Ed25519",
            )
        if len(self.public) != known.public_bytes:
            raise _no("bad_key", f"a key of this type has {known.public_bytes} bytes, this one {len(self.public)}")

    @property
    def key_id(self) -> bytes:
        """Four bytes that say which key a signature claims: SHA-256(name, newline, type byte, public key)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def line(self) -> str:
        """The key as C2SP writes it."""
        return f"{self.name}+{self.key_id.hex()}+{tobase64(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, line: str) -> VerifierKey:
        """Read a line back. Raises ProofError (`bad_key`, `bad_key_name`, `unknown_algorithm`, `bad_base64`)."""
        parts = line.split("+", 2)
        if len(parts) != 3:
            raise _no("bad_key", "a verifier key has the form name+keyid+base64")
        name, key_id, material = parts
        raw = unbase64(material, "the key")
        if not raw:
            raise _no("bad_key", "the key is empty")
        key = cls(name, raw[0], raw[1:])
        if key_id != key.key_id.hex():
            raise _no("bad_key", f"the key id {key_id} does not belong to this key and name")
        return key

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over the note text."""
        return ALGORITHMS[self.algorithm].verify(self.public, text, signature)


@dataclass(frozen=True, slots=True)
class SignerKey:
    """The private half of an Ed25519 log key. `seed` is secret: it never shows in a repr, a log line or an error."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not sign."""
        check_name(self.name)
        if len(self.seed) != 32:
            raise _no("bad_key", "an Ed25519 seed has 32 bytes", "restore the key file from its backup")

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(
            self.name, ED25519, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        )

    def sign(self, text: bytes) -> Signature:
        """Sign a note text. Deterministic (RFC 8032): the same text gives the same signature."""
        return Signature(self.name, self.verifier.key_id, Ed25519PrivateKey.from_private_bytes(self.seed).sign(text))

    def line(self) -> str:
        """The secret form, `PRIVATE+KEY+name+keyid+base64`. For the key file only."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{tobase64(bytes([ED25519]) + self.seed)}"

    @classmethod
    def parse(cls, line: str) -> SignerKey:
        """Read the secret form. Raises ProofError(`bad_key`) without repeating the line."""
        parts = line.split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise _no(
                "bad_key",
                "a signer key has the form PRIVATE+KEY+name+keyid+base64",
                "restore the key file from its backup",
            )
        raw = unbase64(parts[4], "the signer key")
        if raw[:1] != bytes([ED25519]):
            raise _no(
                "unknown_algorithm", "the signer key is not of type Ed25519", "restore the key file from its backup"
            )
        key = cls(parts[2], raw[1:])
        if parts[3] != key.verifier.key_id.hex():
            raise _no(
                "bad_key", "the key id does not belong to this signer key", "restore the key file from its backup"
            )
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who claims to have signed, with which key, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line with its newline."""
        return f"{_DASH}{self.name} {tobase64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> Signature:
        """Read one line without its newline. Raises ProofError(`bad_signature_line`)."""
        parts = line.removeprefix(_DASH).split(" ")
        if not line.startswith(_DASH) or len(parts) != 2:
            raise _no("bad_signature_line", "a signature line is: em dash, space, key name, space, base64")
        raw = unbase64(parts[1], "the signature")
        if len(raw) < 5:
            raise _no("bad_signature_line", "the signature is too short")
        return cls(check_name(parts[0]), raw[:4], raw[4:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines. The text ends with a newline and is not to be believed before `verified_by` has answered."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Note:
        """Read a signed note. Raises ProofError(`bad_note`, `bad_signature_line`, `bad_base64`)."""
        if len(raw) > MAX_NOTE_BYTES:
            raise _no("bad_note", f"the note is larger than {MAX_NOTE_BYTES} bytes")
        try:
            whole = raw.decode("utf-8")
        except UnicodeDecodeError as why:
            raise _no("bad_note", "the note is not UTF-8") from why
        if any(c < " " and c != "\n" for c in whole):
            raise _no(
                "bad_note", "the note has control characters (a carriage return is one: line ends are a single newline)"
            )
        text, gap, tail = whole.rpartition("\n\n")
        if not gap or not text.strip("\n") or not tail.endswith("\n"):
            raise _no("bad_note", "a note is a text, an empty line, and at least one signature line")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise _no("bad_note", f"the note has more than {MAX_SIGNATURES} signatures")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines))

    def raw(self) -> bytes:
        """The bytes of the note."""
        return (self.text + "\n" + "".join(s.line() for s in self.signatures)).encode()

    def verified_by(self, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """
        Those of `keys` whose signature stands here and is right, in the order of `keys`.

        Raises ProofError(`wrong_signature`) if one of them signed something else, `ambiguous_key` if two share name and id, `unsigned` if none signed.
        """
        known: dict[tuple[str, bytes], VerifierKey] = {}
        for key in keys:
            if known.setdefault((key.name, key.key_id), key) != key:
                raise _no(
                    "ambiguous_key", f"two trusted keys share the name and id of {key.name}", "remove one of them"
                )
        text = self.text.encode()
        found = set()
        for one in self.signatures:
            signer = known.get((one.name, one.key_id))
            if signer is None:
                continue
            if not signer.verify(text, one.signature):
                raise _no(
                    "wrong_signature",
                    f"the signature of {one.name} is not over this text: the text was changed after signing",
                )
            found.add((one.name, one.key_id))
        if not found:
            raise _no(
                "unsigned",
                "none of the trusted keys has signed this",
                "check that the trusted keys are those of this log",
            )
        return tuple(key for at, key in known.items() if at in found)

    def with_signatures(self, more: Iterable[Signature]) -> Note:
        """The note with further signatures; one that is already here is not repeated."""
        have = {(s.name, s.key_id) for s in self.signatures}
        return Note(self.text, (*self.signatures, *(s for s in more if (s.name, s.key_id) not in have)))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says about itself: `origin` (its name), `size` in leaves, `root` (32 bytes), and opaque extension lines, which we never write."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text."""
        return "\n".join([self.origin, str(self.size), tobase64(self.root), *self.extensions]) + "\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note text. Raises ProofError(`bad_checkpoint`, `bad_number`, `bad_base64`)."""
        lines = text.removesuffix("\n").split("\n")
        if not text.endswith("\n") or len(lines) < 3 or not all(lines):
            raise _no("bad_checkpoint", "a checkpoint is at least three lines that are not empty: origin, size, root")
        root = unbase64(lines[2], "the root")
        if len(root) != HASH_BYTES:
            raise _no("bad_checkpoint", f"a root has {HASH_BYTES} bytes, this one {len(root)}")
        return cls(lines[0], decimal(lines[1], "the tree size"), root, tuple(lines[3:]))

    def signed(self, signers: Iterable[SignerKey]) -> Note:
        """The signed checkpoint."""
        text = self.text()
        return Note(text, tuple(s.sign(text.encode()) for s in signers))


def open_checkpoint(raw: bytes, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """
    Read and verify a signed checkpoint; gives it and the keys that signed it.

    At least one of them must be a log key (type Ed25519) whose name is the origin: otherwise any trusted party could speak for any log. Raises ProofError
    (`wrong_signature`, `unsigned`, `foreign_log`, and the codes of `Note.parse` and `Checkpoint.parse`).
    """
    note = Note.parse(raw)
    signers = note.verified_by(keys)
    point = Checkpoint.parse(note.text)
    if not any(k.algorithm == ED25519 and k.name == point.origin for k in signers):
        raise _no(
            "foreign_log",
            f"no trusted key of the log {point.origin} has signed",
            "check that the trusted keys are those of this log",
        )
    return point, signers
