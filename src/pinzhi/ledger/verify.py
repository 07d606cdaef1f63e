"""
`pinzhi-verify PROOF… --policy POLICY [--checkpoint OLD]`: judge proofs offline. Needs Python, `cryptography`, and nothing of the running system.

Exit status. For people and scripts (no `--json`): 0 every proof holds · 1 at least one does not · 2 wrong usage, an unreadable policy or older checkpoint ·
3 some proof could not be read or judged. With `--json` the document carries the verdicts (`valid`: true, false, or null where it could not be judged) and the
status only says whether all could be judged: 0, or 3.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.ledger.bundle import Judgement, check, describe, read_proof
from pinzhi.ledger.checkpoint import Checkpoint
from pinzhi.ledger.trust import TrustPolicy, read_policy

OK, NOT_PROVEN, USAGE, UNREADABLE = 0, 1, 2, 3


def _read(name: str) -> bytes:
    """A file, or standard input for `-`. Raises RefusedError(`unreadable_file`)."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as why:
        raise RefusedError(
            Refusal("unreadable_file", f"{name}: {why.strerror or why}", "check the name and the permissions")
        ) from why


def _usage(no: RefusedError, what: str) -> NoReturn:
    line = f" (line {no.refusal.line})" if no.refusal.line else ""
    sys.stderr.write(printable(f"{what}{line}: {no.refusal.reason}") + f"\n  → {no.refusal.remedy}\n")
    raise SystemExit(USAGE)


def _policy(name: str) -> TrustPolicy:
    try:
        return read_policy(_read(name))
    except RefusedError as no:
        _usage(no, name)


def _older(names: list[str], policy: TrustPolicy) -> list[Checkpoint]:
    """Older checkpoints that the reader kept; they too must be signed by a trusted log (the quorum was the reader's when he kept them)."""
    found = []
    for name in names:
        try:
            found.append(TrustPolicy(policy.logs).believe(_read(name)).point)
        except RefusedError as no:
            _usage(no, name)
    return found


def _document(name: str, judged: Judgement | RefusedError) -> dict[str, Any]:
    if isinstance(judged, RefusedError):
        return {"file": name, "valid": None, "error": judged.refusal.row()}
    proof, believed = judged.proof, judged.believed
    sentence = describe(proof.what)
    return {
        "file": name,
        "valid": judged.valid,
        "what": proof.what,
        "what_zh": sentence.zh,
        "what_en": sentence.en,
        "index": proof.index,
        "origin": believed.point.origin if believed else None,
        "size": believed.point.size if believed else None,
        "root": believed.point.root.hex() if believed else None,
        "log_key": believed.log.line() if believed else None,
        "witnesses": list(believed.witnesses) if believed else [],
        "steps": [{"step": s.name, "ok": s.ok, "zh": s.sentence.zh, "en": s.sentence.en} for s in judged.steps],
    }


_MARKS = {True: "✓", False: "✗", None: "?"}
_HEADS = {
    True: "已证明 · proven",
    False: "证明不成立 · not proven",
    None: "无法判断 · cannot be judged",
}


def _print(name: str, judged: Judgement | RefusedError, language: str) -> None:
    if isinstance(judged, RefusedError):
        _say(f"? {name}: 无法读取 · cannot be read", f"    {judged.refusal.reason}", f"    → {judged.refusal.remedy}")
        return
    _say(f"{_MARKS[judged.valid]} {name}: {_HEADS[judged.valid]}")
    for step in judged.steps:
        _say(*(f"  {_MARKS[step.ok]} {sentence}" for sentence in _in(step.sentence.zh, step.sentence.en, language)))
    if judged.valid:
        about = describe(judged.proof.what)
        _say(*(f"  = {sentence}" for sentence in _in(about.zh, about.en, language)))
        body = json.dumps(judged.proof.what, ensure_ascii=False, indent=2, sort_keys=True)
        _say(*(f"    {line}" for line in body.split("\n")))


def printable(text: str) -> str:
    """A proof comes from a stranger: nothing in it may steer the reader's terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(printable(line) + "\n")


def _in(zh: str, en: str, language: str) -> list[str]:
    return {"zh": [zh], "en": [en]}.get(language, [zh, en])


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pinzhi-verify",
        description="离线验证品质账本的证明 · Verify proofs of the Pinzhi ledger offline.",
        epilog="Exit: 0 proven · 1 not proven · 2 wrong usage · 3 could not be read or judged. With --json: 0 judged, 3 not; see `valid`.",
    )
    parser.add_argument("proof", nargs="+", help="proof files (JSON or .tlog-proof), - for standard input")
    parser.add_argument("--policy", required=True, help="trusted keys and quorum (C2SP tlog-policy)")
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        help="a checkpoint kept earlier: the log must have continued it; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--lang", choices=["both", "zh", "en"], default="both", help="language of the sentences")
    return parser


def verify(
    names: list[str], policy: TrustPolicy, older: list[Checkpoint]
) -> list[tuple[str, Judgement | RefusedError]]:
    """Judge files; one that cannot be read does not stop the others."""
    out: list[tuple[str, Judgement | RefusedError]] = []
    for name in names:
        try:
            out.append((name, check(read_proof(_read(name)), policy, older)))
        except RefusedError as no:
            out.append((name, no))
    return out


def run(arguments: list[str] | None = None) -> int:
    """The command as a function; gives the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Chinese shows escapes instead of failing
    given = _arguments().parse_args(arguments)
    policy = _policy(given.policy)
    results = verify(given.proof, policy, _older(given.checkpoint, policy))
    answers = [None if isinstance(j, RefusedError) else j.valid for _, j in results]
    if given.json:
        documents = [_document(name, judged) for name, judged in results]
        whole = (
            documents[0]
            if len(documents) == 1
            else {"valid": None if None in answers else all(answers), "proofs": documents}
        )
        sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
        return UNREADABLE if None in answers else OK
    for name, judged in results:
        _print(name, judged, given.lang)
    return NOT_PROVEN if False in answers else UNREADABLE if None in answers else OK


def main() -> None:
    """Console entry point."""
    raise SystemExit(run())


if __name__ == "__main__":
    main()
