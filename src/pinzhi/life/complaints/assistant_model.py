"""
A model behind an interface of the OpenAI form (`POST …/chat/completions`), as local servers of models offer it. Off unless a house names one.

It is only ever asked to say quoted passages in other words (`rules.assistant.rephrasing`); it gets the masked question and the passages, nothing else.
"""

from __future__ import annotations

import http
import http.client
import json
import ssl
from urllib.parse import urlsplit

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.assistant_tables import assistant
from pinzhi.life.complaints.rules.assistant.rephrasing import Rephrased, Writer

LARGEST = 64 * 1024
"""Bytes of an answer that are read."""


def openai_compatible(base_url: str, model: str, key: str = "", seconds: float = 8.0) -> Writer:
    """
    A writer over HTTP. `base_url` ends before `/chat/completions`; `seconds` bound each wait for the network.

    Raises RefusedError(`model_address_invalid`) for an address that is none. The writer raises OSError or ValueError when the model does not answer in form.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise RefusedError.because(
            "model_address_invalid",
            f"{base_url!r} is no address of a model",
            "give http(s)://host[:port]/v1",
            field="model-url",
        )
    path = f"{parts.path.rstrip('/')}/chat/completions"
    host, port, secure = parts.hostname, parts.port, parts.scheme == "https"

    def write(instructions: str, material: str) -> str:
        body = {
            "model": model,
            "temperature": 0,
            "max_tokens": 300,
            "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": material}],
        }
        line = (
            http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
            if secure
            else http.client.HTTPConnection(host, port, timeout=seconds)
        )
        head = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        try:
            line.request("POST", path, json.dumps(body).encode(), head)
            answer = line.getresponse()
            raw = answer.read(LARGEST + 1)
        except http.client.HTTPException as why:
            raise OSError(str(why)) from why
        finally:
            line.close()
        if answer.status != http.HTTPStatus.OK or len(raw) > LARGEST:
            raise ValueError(f"the model answered {answer.status} with {len(raw)} bytes")
        return _content(raw)

    return write


def _content(raw: bytes) -> str:
    found = json.loads(raw)
    try:
        text = found["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as why:
        raise ValueError("the model did not answer in form") from why
    if not isinstance(text, str):
        raise ValueError("the model did not answer with text")  # noqa: TRY004 - one kind of failure for the caller
    return text


def with_model(base_url: str, model: str, key: str = "", seconds: float = 8.0) -> Rephrased:
    """The assistant with a model that explains."""
    return Rephrased(assistant(), openai_compatible(base_url, model, key, seconds))
