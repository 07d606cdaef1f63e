"""
Time stamps of an authority (RFC 3161): that a checkpoint existed at a time, said by somebody whom courts know.

What is stamped is the SHA-256 of the checkpoint's text (its three lines), which never changes, and not of the note, under which witnesses still put their
signatures. The whole answer is kept, so that other people's tools read it (`openssl ts -verify -data checkpoint.txt -in answer.tsr`). Tokens are verified by
rfc3161-client (extra `timestamp`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.asking import ask

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
SECONDS = 20.0


def _library() -> Any:
    try:
        import rfc3161_client
    except ImportError as why:
        raise RefusedError.because(
            "extra_missing",
            "time stamps need the package rfc3161-client",
            "python -m pip install 'pinzhi[timestamp]'",
        ) from why
    return rfc3161_client


def host(address: str) -> str:
    """Host and port of an authority: an address may carry an access key."""
    return urlsplit(address).netloc.rpartition("@")[2]


def roots(path: Path) -> list[x509.Certificate]:
    """The certificates that we believe. Raises RefusedError(`roots_unreadable`)."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as why:
        raise RefusedError.because(
            "roots_unreadable",
            f"{path.name} holds no certificates in PEM that can be read",
            "put the authority's root (and intermediate) certificates there",
        ) from why
    return found


def stamped(address: str, text: bytes, believed: list[x509.Certificate]) -> tuple[bytes, datetime]:
    """
    Ask for a stamp over `text`; gives the answer's bytes and the time that it states.

    Raises RefusedError: `authority_unreachable`, `authority_refused`, and those of `stated`.
    """
    library = _library()
    builder = library.TimestampRequestBuilder().data(text).hash_algorithm(library.HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    said = ask("POST", address, request.as_bytes(), headers={"Content-Type": QUERY}, seconds=SECONDS)
    if said.status != 200:
        code = "authority_refused" if said.status else "authority_unreachable"
        raise RefusedError.because(
            code,
            f"the authority {host(address)} did not give a time stamp"
            + (f" (status {said.status})" if said.status else ""),
            "nothing is lost, it is asked again; mend the address if this lasts",
        )
    return said.body, stated(said.body, text, believed, nonce=request.nonce)


def stated(answer: bytes, text: bytes, believed: list[x509.Certificate], *, nonce: int | None = None) -> datetime:
    """
    The time that an authority has put on `text`, after everything was verified: its signature up to a root that we believe, the digest, the nonce where one
    was sent.

    Raises RefusedError: `authority_refused` (it answered, and said no), `stamp_wrong` (with the reason).
    """
    library = _library()
    try:
        response = library.decode_timestamp_response(answer)
    except ValueError as why:
        raise _wrong("the answer is no TimeStampResp") from why
    if response.status not in (0, 1):
        words = "; ".join(response.status_string)[:120]
        raise RefusedError.because(
            "authority_refused", f"the authority says no: status {response.status} {words}".rstrip(), "ask it why"
        )
    builder = library.VerifierBuilder()
    for certificate in believed:
        is_root = certificate.issuer == certificate.subject
        add = builder.add_root_certificate if is_root else builder.add_intermediate_certificate
        builder = add(certificate)
    if nonce is not None:
        builder = builder.nonce(nonce)
    try:
        builder.build().verify_message(response, text)
        at: datetime = response.tst_info.gen_time
    except (library.VerificationError, ValueError) as why:
        raise _wrong(str(why)[:200]) from why
    return at


def _wrong(reason: str) -> RefusedError:
    return RefusedError.because(
        "stamp_wrong",
        f"the time stamp does not hold: {reason}",
        "check the file of roots; if it is right, do not believe this authority",
    )
