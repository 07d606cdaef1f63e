"""Bodies of requests that carry many rows or documents: read whole, unpacked, and never larger than allowed."""

from __future__ import annotations

import zlib

from django.http import HttpRequest

from pinzhi.kernel.refusal import RefusedError


def body_of(request: HttpRequest, limit: int) -> bytes:
    """
    The body, unpacked, of at most `limit` bytes. Raises RefusedError(`body_too_large`, `length_missing`, `content_encoding_unknown`, `body_damaged`).

    Never more than the limit is held: a packed body is unpacked up to the limit only.
    """
    length = request.headers.get("Content-Length", "")
    if not length.isdigit():
        raise RefusedError.because(
            "length_missing", "the request says not how long it is", "send Content-Length, not a chunked body"
        )
    if int(length) > limit:
        raise _too_large(limit)
    body = request.read(int(length))
    if len(body) < int(length):
        raise RefusedError.because("body_damaged", "the body is shorter than Content-Length says", "send it again")
    packing = request.headers.get("Content-Encoding", "identity").lower()
    if packing == "identity":
        return body
    if packing not in ("gzip", "deflate"):
        raise RefusedError.because("content_encoding_unknown", f"{packing} is not taken here", "send gzip or nothing")
    unpacker = zlib.decompressobj(wbits=47)
    try:
        whole = unpacker.decompress(body, limit + 1)
    except zlib.error as why:
        raise RefusedError.because("body_damaged", f"the body is no {packing}: {why}", "pack it again") from why
    if len(whole) > limit:
        raise _too_large(limit)
    if not unpacker.eof:
        raise RefusedError.because("body_damaged", "the packed body breaks off", "send it again")
    return whole


def _too_large(limit: int) -> RefusedError:
    return RefusedError.because(
        "body_too_large",
        f"more than {limit // 1_000_000} MB in one request",
        "send it in parts, or give the file to the command line",
    )
