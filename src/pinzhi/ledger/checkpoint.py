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
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pinzhi.ledger import mldsa
from pinzhi.ledger.tree import EMPTY_ROOT, HASH_BYTES, ProofError

ED25519 = 0x01
"""Signature type of a log: Ed25519 over the note's text."""
COSIGNATURE = 0x04
"""Signature type of a witness: eight bytes of time, then Ed25519 over a header with that time and the note's text."""
MLDSA44 = 0x06
"""Signature type of a log or a witness: eight bytes of time, then ML-DSA-44 over name, time, origin, size and root."""

LOG_TYPES = (ED25519, MLDSA44)
WITNESS_TYPES = (COSIGNATURE, MLDSA44)
TYPE_NAMES: Mapping[str, int] = {"ed25519": ED25519, "ml-dsa-44": MLDSA44}
"""What people call the algorithms, with the type of a log key."""

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


def _ed25519(_: str, public: bytes, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def timed_text(text: str, at: int) -> bytes:
    """What a witness signs with Ed25519."""
    return b"cosignature/v1\ntime %d\n" % at + text.encode()


def cosigned_message(name: str, text: str, at: int) -> bytes:
    """
    What is signed with ML-DSA-44: the structure `cosigned_message` of tlog-cosignature for a whole tree, written as RFC 8446 writes structures.

    It commits to the name of the signer, and not to extension lines; a checkpoint that has some is therefore never signed nor verified with it. Raises
    ProofError (`extension_lines`, `name_too_long`, `bad_checkpoint` and the other codes of `Checkpoint.parse`).
    """
    point = Checkpoint.parse(text)
    if point.extensions:
        raise _no(
            "extension_lines", "an ML-DSA-44 signature does not cover extension lines, and this checkpoint has some"
        )
    if point.size == 0 and point.root != EMPTY_ROOT:
        raise _no("bad_checkpoint", "the empty tree has one root only, and this is another")
    names = []
    for one in (name, point.origin):
        raw = one.encode()
        if not 1 <= len(raw) <= 255:
            raise _no("name_too_long", "names in an ML-DSA-44 signature have 1 to 255 bytes", "use a shorter name")
        names.append(bytes([len(raw)]) + raw)
    sizes = (0).to_bytes(8, "big") + point.size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + names[0] + at.to_bytes(8, "big") + names[1] + sizes + point.root


def _time(signature: bytes, length: int) -> int | None:
    """The time of a signature that begins with one; None where it has another length or lies beyond 2^63."""
    at = int.from_bytes(signature[:8], "big")
    return at if len(signature) == 8 + length and at < 1 << 63 else None


def _cosignature(name: str, public: bytes, text: bytes, signature: bytes) -> bool:
    at = _time(signature, 64)
    return at is not None and _ed25519(name, public, timed_text(text.decode(), at), signature[8:])


def _mldsa44(name: str, public: bytes, text: bytes, signature: bytes) -> bool:
    at = _time(signature, mldsa.SIGNATURE_BYTES)
    if at is None:
        return False
    try:
        message = cosigned_message(name, text.decode(), at)
    except ProofError:
        return False
    return mldsa.verify(public, message, signature[8:])


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature type: the length of its public keys and how to verify (name, public key, note text, signature)."""

    public_bytes: int
    verify: Callable[[str, bytes, bytes, bytes], bool]


ALGORITHMS: Mapping[int, Algorithm] = {
    ED25519: Algorithm(32, _ed25519),
    COSIGNATURE: Algorithm(32, _cosignature),
    MLDSA44: Algorithm(mldsa.PUBLIC_BYTES, _mldsa44),
}
"""Signature types that we verify, by the byte that C2SP gave them. A new one is one more row."""


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
                "ask for a key of type Ed25519 or ML-DSA-44",
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
        """Whether `signature` is this key's over the note text. Raises ProofError(`algorithm_missing`) where this machine cannot say."""
        return ALGORITHMS[self.algorithm].verify(self.name, self.public, text, signature)


def public_of(algorithm: int, seed: bytes) -> bytes:
    """The public key of a seed. Both algorithms are made from 32 bytes."""
    if algorithm == MLDSA44:
        return mldsa.public_of(seed)
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def private_line(name: str, key_id: bytes, algorithm: int, seed: bytes) -> str:
    """The secret form of a key, `PRIVATE+KEY+name+keyid+base64`. For the key file only."""
    return f"PRIVATE+KEY+{name}+{key_id.hex()}+{tobase64(bytes([algorithm]) + seed)}"


def read_private(line: str, types: Collection[int]) -> tuple[str, str, int, bytes]:
    """Name, key id, type and seed of the secret form. Raises ProofError(`bad_key`, `unknown_algorithm`) without repeating the line."""
    restore = "restore the key file from its backup"
    parts = line.split("+", 4)
    if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
        raise _no("bad_key", "a private key has the form PRIVATE+KEY+name+keyid+base64", restore)
    raw = unbase64(parts[4], "the private key")
    if not raw or raw[0] not in types:
        raise _no("unknown_algorithm", "the private key is not of a type that signs here", restore)
    return parts[2], parts[3], raw[0], raw[1:]


@dataclass(frozen=True, slots=True)
class SignerKey:
    """The private half of a log key, Ed25519 or ML-DSA-44. `seed` is secret: it never shows in a repr, a log line or an error."""

    name: str
    seed: bytes = field(repr=False)
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        """Refuse what could not sign."""
        check_name(self.name)
        if len(self.seed) != 32 or self.algorithm not in LOG_TYPES:
            raise _no("bad_key", "the seed of a log key has 32 bytes", "restore the key file from its backup")

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.algorithm, public_of(self.algorithm, self.seed))

    def sign(self, text: bytes) -> Signature:
        """
        Sign a note text.

        Ed25519 is deterministic (RFC 8032), ML-DSA-44 is not. Its time is 0: a log says nothing about when (tlog-cosignature allows that), the witnesses do.
        """
        if self.algorithm == MLDSA44:
            signed = bytes(8) + mldsa.sign(self.seed, cosigned_message(self.name, text.decode(), 0))
        else:
            signed = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text)
        return Signature(self.name, self.verifier.key_id, signed)

    def line(self) -> str:
        """The secret form. For the key file only."""
        return private_line(self.name, self.verifier.key_id, self.algorithm, self.seed)

    @classmethod
    def parse(cls, line: str) -> SignerKey:
        """Read the secret form. Raises ProofError(`bad_key`, `unknown_algorithm`) without repeating the line."""
        name, key_id, algorithm, seed = read_private(line, LOG_TYPES)
        key = cls(name, seed, algorithm)
        if key_id != key.verifier.key_id.hex():
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

        Raises ProofError(`wrong_signature`) if one of them signed something else, `ambiguous_key` if two share name and id, `unsigned` if none signed,
        `algorithm_missing` if one of them signed in a way that cannot be judged on this machine.
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

    At least one of them must be of a type that logs sign with and bear the origin as its name: otherwise any trusted party could speak for any log. Raises
    ProofError (`wrong_signature`, `unsigned`, `foreign_log`, `algorithm_missing`, and the codes of `Note.parse` and `Checkpoint.parse`).
    """
    note = Note.parse(raw)
    signers = note.verified_by(keys)
    point = Checkpoint.parse(note.text)
    if not any(k.algorithm in LOG_TYPES and k.name == point.origin for k in signers):
        raise _no(
            "foreign_log",
            f"no trusted key of the log {point.origin} has signed",
            "check that the trusted keys are those of this log",
        )
    return point, signers
