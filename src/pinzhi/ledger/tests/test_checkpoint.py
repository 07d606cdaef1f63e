"""Signed notes and checkpoints: the published example, strictness, several signatures, mutations."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.ledger import checkpoint as c
from pinzhi.ledger.checkpoint import COSIGNATURE, Checkpoint, Note, Signature, SignerKey, VerifierKey, open_checkpoint
from pinzhi.ledger.tree import ProofError

# The example of the note format's reference documentation (golang.org/x/mod/sumdb/note): key pair, text, signature.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT
    + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

LOG = SignerKey("example.com/log", bytes(range(32)))
OTHER = SignerKey("example.com/log", bytes(range(1, 33)))
POINT = Checkpoint("example.com/log", 7, bytes(range(100, 132)))


def cosign(name, seed, text, at=1_700_000_000):
    """What a witness would send: time and signature under type 0x04."""
    inner = SignerKey(name, seed)
    key = VerifierKey(name, COSIGNATURE, inner.verifier.public)
    return key, Signature(
        name, key.key_id, at.to_bytes(8, "big") + inner.sign(f"cosignature/v1\ntime {at}\n{text}".encode()).signature
    )


def test_the_published_note_byte_for_byte():
    key, signer = VerifierKey.parse(VKEY), SignerKey.parse(SKEY)
    assert (key.key_id.hex(), key.line(), signer.verifier, signer.line()) == ("c74f20a3", VKEY, key, SKEY)
    note = Note.parse(NOTE.encode())
    assert note.text == TEXT
    assert note.verified_by([key]) == (key,)
    assert Note(TEXT, (signer.sign(TEXT.encode()),)).raw() == NOTE.encode()


def test_every_mangling_of_a_verifier_key_is_refused():
    wrong = {VKEY[i:j] for i in range(len(VKEY)) for j in range(i + 1, len(VKEY) + 1)} - {VKEY}
    wrong |= {VKEY[:i] + chr(ord(ch) + 1) + VKEY[i + 1 :] for i, ch in enumerate(VKEY)}
    for line in wrong:
        with pytest.raises(ProofError):
            VerifierKey.parse(line)


def test_a_secret_never_shows():
    assert "seed" not in repr(LOG)
    with pytest.raises(ProofError) as no:
        SignerKey.parse(SKEY[:-4] + "AAAA")
    assert "AYEK" not in str(no.value)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_note"),
        (TEXT.encode(), "bad_note"),
        (NOTE[:-1].encode(), "bad_note"),
        (NOTE.replace("\n", "\r\n").encode(), "bad_note"),
        (NOTE.replace("you", "you\t", 1).encode(), "bad_note"),
        (b"\xff" + NOTE.encode(), "bad_note"),
        (("\n\n" + NOTE.split("\n\n")[1]).encode(), "bad_note"),
        (NOTE.replace("\u2014 ", "- ").encode(), "bad_signature_line"),
        (NOTE.replace("\u2014 PeterNeumann", "\u2014 PeterNeumann ").encode(), "bad_signature_line"),
        (NOTE.replace("\u2014 PeterNeumann", "\u2014 Peter+Neumann").encode(), "bad_key_name"),
        (NOTE.replace("nAM=", "nAN=").encode(), "bad_base64"),
        (NOTE.replace("nAM=", "nAM").encode(), "bad_base64"),
        ((TEXT + "\n\u2014 PeterNeumann x08go/Z=\n").encode(), "bad_base64"),
        ((TEXT + "\n\u2014 PeterNeumann x08gow==\n").encode(), "bad_signature_line"),
        (NOTE.encode() + b"\n", "bad_note"),
        ((TEXT + "\n" + NOTE.split("\n\n")[1] * 101).encode(), "bad_note"),
        (b"x" * (1 << 20) + NOTE.encode(), "bad_note"),
    ],
)
def test_what_is_not_a_note(raw, code):
    with pytest.raises(ProofError) as no:
        Note.parse(raw)
    assert no.value.refusal.code == code


def test_a_text_may_hold_empty_lines_and_the_last_one_separates():
    text = "one\n\ntwo\n"
    note = Note.parse(Note(text, (LOG.sign(text.encode()),)).raw())
    assert note.text == text
    assert note.verified_by([LOG.verifier]) == (LOG.verifier,)


def test_unknown_signatures_are_ignored_wrong_ones_of_known_keys_are_not():
    note = POINT.signed([LOG, OTHER])
    assert open_checkpoint(note.raw(), [OTHER.verifier]) == (POINT, (OTHER.verifier,))
    assert open_checkpoint(note.raw(), [LOG.verifier, OTHER.verifier])[1] == (LOG.verifier, OTHER.verifier)
    forged = Note(note.text, (note.signatures[0], Signature(OTHER.name, OTHER.verifier.key_id, b"\0" * 64)))
    assert open_checkpoint(forged.raw(), [LOG.verifier])[0] == POINT
    for keys, code in (
        ([LOG.verifier, OTHER.verifier], "wrong_signature"),
        ([SignerKey("a/b", b"k" * 32).verifier], "unsigned"),
        ([], "unsigned"),
    ):
        with pytest.raises(ProofError) as no:
            open_checkpoint(forged.raw(), keys)
        assert no.value.refusal.code == code


def test_a_trusted_key_can_not_speak_for_another_log():
    stranger = SignerKey("stranger.example/log", b"s" * 32)
    with pytest.raises(ProofError) as no:
        open_checkpoint(POINT.signed([stranger]).raw(), [stranger.verifier])
    assert no.value.refusal.code == "foreign_log"


def test_a_witness_can_confirm_but_not_replace_the_log():
    witness, line = cosign("witness.example/w1", b"w" * 32, POINT.text())
    both = POINT.signed([LOG]).with_signatures([line])
    assert open_checkpoint(both.raw(), [LOG.verifier, witness])[1] == (LOG.verifier, witness)
    with pytest.raises(ProofError) as no:
        open_checkpoint(Note(POINT.text(), (line,)).raw(), [LOG.verifier, witness])
    assert no.value.refusal.code == "foreign_log"
    late = Signature(line.name, line.key_id, (1 << 63).to_bytes(8, "big") + line.signature[8:])
    with pytest.raises(ProofError):
        open_checkpoint(POINT.signed([LOG]).with_signatures([late]).raw(), [LOG.verifier, witness])


def test_a_signature_is_added_once():
    note = POINT.signed([LOG])
    twice = note.with_signatures(POINT.signed([LOG, OTHER]).signatures)
    assert [s.key_id for s in twice.signatures] == [LOG.verifier.key_id, OTHER.verifier.key_id]


@pytest.mark.parametrize("type_byte", [0x00, 0x02, 0x05, 0xFF])
def test_a_key_of_another_type_is_refused_by_name(type_byte):
    with pytest.raises(ProofError) as no:
        VerifierKey("example.com/log", type_byte, b"x" * 32)
    assert no.value.refusal.code == "unknown_algorithm"


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\nb", "a\u2028b"])
def test_key_names_without_spaces_and_plus(name):
    with pytest.raises(ProofError):
        VerifierKey(name, c.ED25519, b"x" * 32)


GOOD = POINT.text()
ROOT = GOOD.split("\n")[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/log\n7\n",
        GOOD[:-1],
        "\n7\n" + ROOT + "\n",
        GOOD.replace("\n7\n", "\n07\n"),
        GOOD.replace("\n7\n", "\n+7\n"),
        GOOD.replace("\n7\n", "\n-7\n"),
        GOOD.replace("\n7\n", "\n7 \n"),
        GOOD.replace("\n7\n", "\n\uff17\n"),
        GOOD.replace("\n7\n", "\n" + "9" * 30 + "\n"),
        GOOD.replace(ROOT, ROOT[:-4]),
        GOOD.replace(ROOT, "AAAA"),
        GOOD + "\n",
        GOOD + "\nmore\n",
    ],
)
def test_what_is_not_a_checkpoint(text):
    with pytest.raises(ProofError):
        Checkpoint.parse(text)


def test_extension_lines_are_kept_and_the_empty_tree_has_a_checkpoint():
    assert Checkpoint.parse(GOOD + "extra\n").extensions == ("extra",)
    assert Checkpoint.parse(GOOD.replace("\n7\n", "\n0\n")).size == 0
    assert Checkpoint.parse(GOOD) == POINT


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_single_byte_mutation_of_a_signed_checkpoint_refuses(data):
    raw = POINT.signed([LOG]).raw()
    at = data.draw(st.integers(0, len(raw) - 1))
    flip = data.draw(st.integers(1, 255))
    with pytest.raises(ProofError):
        open_checkpoint(raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :], [LOG.verifier])


@given(st.binary(max_size=400))
def test_no_bytes_give_anything_but_a_note_or_a_refusal(raw):
    with pytest.raises(ProofError):
        open_checkpoint(raw, [LOG.verifier])
