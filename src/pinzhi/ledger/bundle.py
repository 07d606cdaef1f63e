"""
A proof that can be carried away: what was said, where it stands in the log, and the log's signed checkpoint. Pure.

Two spellings of the same thing. JSON is for programs and for people who look inside; the C2SP tlog-proof text (c2sp.org/tlog-proof) is for other tools of that
family and carries what was said in its `extra` line. Nothing in a bundle is believed: `check` recomputes it all from the trust policy of the reader.

The leaf is SHA-256(nonce || canonical JSON of what was said). The nonce is random, so the log alone tells nobody anything; whoever holds a bundle can show that
one thing and no other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pinzhi.kernel.canon import canonical
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Text
from pinzhi.ledger import tree
from pinzhi.ledger.checkpoint import Checkpoint, decimal, tobase64, unbase64
from pinzhi.ledger.tree import ProofError
from pinzhi.ledger.trust import Believed, TrustPolicy

FORMAT = "pinzhi-proof/1"
TLOG_FORMAT = "c2sp.org/tlog-proof@v1"
MAX_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Link:
    """That the tree of `second` leaves begins with the tree of `first` leaves: a consistency proof."""

    first: int
    second: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """`what` is a JSON value; `checkpoint` the signed note; `links` lead from older checkpoints to it."""

    what: Any
    nonce: bytes
    index: int
    inclusion: tuple[bytes, ...]
    checkpoint: str
    links: tuple[Link, ...] = ()

    def leaf(self) -> bytes:
        """The leaf hash that the log has at `index` if this proof is true."""
        return tree.leaf_hash(sha256(self.nonce + canonical(self.what)).digest())

    def document(self) -> dict[str, Any]:
        """The JSON spelling as values."""
        return {
            "format": FORMAT,
            "what": self.what,
            "nonce": self.nonce.hex(),
            "index": self.index,
            "inclusion": [tobase64(h) for h in self.inclusion],
            "checkpoint": self.checkpoint,
            "consistency": [_link_document(link) for link in self.links],
        }

    def json(self) -> str:
        """The JSON spelling."""
        return json.dumps(self.document(), ensure_ascii=False, indent=1) + "\n"

    def tlog(self) -> str:
        """The C2SP text."""
        extra = canonical(
            {"what": self.what, "nonce": self.nonce.hex(), "consistency": [_link_document(link) for link in self.links]}
        )
        head = [TLOG_FORMAT, f"extra {tobase64(extra)}", f"index {self.index}", *(tobase64(h) for h in self.inclusion)]
        return "\n".join(head) + "\n\n" + self.checkpoint


def _link_document(link: Link) -> dict[str, Any]:
    return {"from": link.first, "to": link.second, "hashes": [tobase64(h) for h in link.hashes]}


def _no(reason: str) -> RefusedError:
    return RefusedError(
        Refusal("unreadable_proof", reason, "ask for the proof again; do not edit or re-save it", "proof")
    )


def read_proof(raw: bytes) -> Proof:
    """Read either spelling. Raises RefusedError(`unreadable_proof`)."""
    if len(raw) > MAX_BYTES:
        raise _no(f"a proof is never larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
        if text.startswith(TLOG_FORMAT + "\n"):
            return _read_tlog(text)
        document = _json(text)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise _no(f"this is neither {FORMAT} nor {TLOG_FORMAT}")
        return _proof(document, document)
    except ProofError as no:
        raise _no(no.refusal.reason) from no
    except (ValueError, KeyError, TypeError, RecursionError) as why:
        raise _no(f"the proof is damaged ({type(why).__name__})") from why


def _proof(place: dict[str, Any], said: dict[str, Any]) -> Proof:
    index = place["index"]
    if not isinstance(index, int) or isinstance(index, bool) or not isinstance(place["checkpoint"], str):
        raise _no("index or checkpoint is not what it should be")
    nonce = bytes.fromhex(said["nonce"])
    if not nonce or nonce.hex() != said["nonce"]:
        raise _no("the nonce is missing or not lower-case hexadecimal")
    canonical(said["what"])
    return Proof(
        said["what"],
        nonce,
        index,
        tuple(unbase64(h, "a hash") for h in place["inclusion"]),
        place["checkpoint"],
        tuple(_link(link) for link in said.get("consistency", ())),
    )


def _link(document: dict[str, Any]) -> Link:
    first, second = document["from"], document["to"]
    if type(first) is not int or type(second) is not int:
        raise _no("the sizes of a consistency proof are not numbers")
    return Link(first, second, tuple(unbase64(h, "a hash") for h in document["hashes"]))


def _read_tlog(text: str) -> Proof:
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")[1:]
    if not gap or not lines or not lines[0].startswith("extra "):
        raise _no("the proof does not carry what was said (no extra line)")
    said = _json(unbase64(lines[0].removeprefix("extra "), "the extra line").decode("utf-8"))
    if len(lines) < 2 or not lines[1].startswith("index "):
        raise _no("the proof has no index line")
    index = decimal(lines[1].removeprefix("index "), "the index")
    return _proof({"index": index, "inclusion": lines[2:], "checkpoint": checkpoint}, said)


def _json(text: str) -> Any:
    """JSON that can be understood in one way only: no key twice, no floats, no NaN."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise _no("a key stands twice")
        return found

    def never(_: str) -> Any:
        raise _no("numbers with a fraction do not occur in a proof")

    return json.loads(text, object_pairs_hook=once, parse_float=never, parse_constant=never)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: `ok` is True, False, or None when the bundle does not hold what is needed to judge it."""

    name: str
    ok: bool | None
    sentence: Text


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a proof proves to a reader with this policy. `valid` is None when something could not be judged and nothing was wrong."""

    proof: Proof
    steps: tuple[Step, ...]
    believed: Believed | None = None

    @property
    def valid(self) -> bool | None:
        """All steps together."""
        answers = [s.ok for s in self.steps]
        return False if False in answers else None if None in answers else True


def check(proof: Proof, policy: TrustPolicy, older: Sequence[Checkpoint] = ()) -> Judgement:
    """Judge a proof. `older` are checkpoints that the reader kept and has already believed: the log must have continued them."""
    try:
        believed = policy.believe(proof.checkpoint.encode())
    except ProofError as no:
        return Judgement(proof, (_step("checkpoint", no),))
    point = believed.point
    steps = [
        Step(
            "checkpoint",
            True,
            Text(
                f"日志 {point.origin} 用您信任的密钥签署了检查点：共 {point.size} 条记录，根哈希 {point.root.hex()[:16]}…。",
                f"The log {point.origin} signed, with a key that you trust, a checkpoint of {point.size} entries (root {point.root.hex()[:16]}…).",
            ),
        ),
        _witnesses(believed, policy),
        _included(proof, point),
        *(_extends(proof, point, old) for old in older),
    ]
    return Judgement(proof, tuple(steps), believed)


def _step(name: str, no: ProofError) -> Step:
    code = no.refusal.code
    ok = None if code == CANNOT else False
    return Step(name, ok, Text(f"{_CHINESE.get(code, '证明不成立')}（{code}）。", f"{no.refusal.reason} ({code})."))


CANNOT = "algorithm_missing"
"""The one refusal that says nothing about the proof: this machine cannot judge the signature."""

_CHINESE = {
    CANNOT: "无法判断：本机的 cryptography 包不支持 ML-DSA-44 签名，请安装 48 或更高版本",
    "unsigned": "检查点没有您信任的密钥的签名",
    "wrong_signature": "签名与内容不符，检查点在签署后被改动过",
    "foreign_log": "检查点不是您信任的日志签署的",
    "no_quorum": "共同签名的见证方不足法定数",
    "root_mismatch": "哈希路径不通向检查点的根，内容或证明被改动过",
    "index_beyond_size": "检查点的范围内没有这一条",
    "wrong_proof_length": "证明的长度与日志大小不符",
    "sizes_reversed": "日志变短了",
    "bad_note": "检查点的格式不对",
    "bad_checkpoint": "检查点的格式不对",
}


def _witnesses(believed: Believed, policy: TrustPolicy) -> Step:
    names = ", ".join(believed.witnesses)
    if not policy.quorum:
        return Step(
            "witnesses",
            True,
            Text("您的信任策略不要求见证方。", "Your policy asks for no witnesses."),
        )
    return Step(
        "witnesses",
        True,
        Text(f"见证方已共同签名，达到法定数：{names}。", f"Witnesses have cosigned and make the quorum: {names}."),
    )


def _included(proof: Proof, point: Checkpoint) -> Step:
    try:
        tree.verify_inclusion(proof.index, point.size, proof.leaf(), proof.inclusion, point.root)
    except ProofError as no:
        return _step("included", no)
    return Step(
        "included",
        True,
        Text(
            f"下列内容一字不差地就是日志的第 {proof.index} 条（从 0 数起）。",
            f"What is shown below is, to the letter, entry {proof.index} of the log (counted from 0).",
        ),
    )


def _extends(proof: Proof, point: Checkpoint, old: Checkpoint) -> Step:
    """That the log continued `old`. The two checkpoints may stand in either order of size."""
    small, large = sorted((old, point), key=lambda c: c.size)
    try:
        if old.origin != point.origin:
            raise ProofError.of("foreign_log", f"your older checkpoint is of another log ({old.origin})")
        if small.size == large.size:
            tree.verify_consistency(small.size, large.size, (), small.root, large.root)
        elif small.size == 0:
            if small.root != tree.EMPTY_ROOT:
                raise ProofError.of("root_mismatch", "the checkpoint of the empty log has an impossible root")
        else:
            link = next((x for x in proof.links if (x.first, x.second) == (small.size, large.size)), None)
            if link is None:
                return Step(
                    "extends",
                    None,
                    Text(
                        f"无法判断：证明中没有从 {small.size} 条到 {large.size} 条的一致性证明。请用 `--since 旧检查点` 重新索取。",
                        f"Cannot be judged: the proof holds no consistency proof from {small.size} to {large.size} entries. Ask again with `--since OLD`.",
                    ),
                )
            tree.verify_consistency(small.size, large.size, link.hashes, small.root, large.root)
    except ProofError as no:
        return _step("extends", no)
    return Step(
        "extends",
        True,
        Text(
            f"日志只增不改：{large.size} 条的日志以您保存的 {small.size} 条的检查点为开头。"
            if old is small
            else f"日志只增不改：您保存的 {large.size} 条的检查点以本检查点为开头。",
            f"The log has only grown: {large.size} entries begin with the {small.size} that the smaller checkpoint covers.",
        ),
    )


def describe(what: Any) -> Text:
    """One sentence about what was said. Unknown shapes are named as such; the content itself is always printed beside it."""
    if isinstance(what, dict) and "fact" in what:
        return Text(
            f"事实「{what['fact']}」，对象 {what.get('subject')}，发生于 {what.get('at')}，由 {what.get('actor')} 记录。",
            f"The fact «{what['fact']}» about {what.get('subject')}, at {what.get('at')}, recorded by {what.get('actor')}.",
        )
    if isinstance(what, dict) and what.get("kind") == "decision" and isinstance(what.get("value"), dict):
        said = what["value"]
        subject = said.get("subject")
        about = f"{subject.get('kind')}:{subject.get('id')}" if isinstance(subject, dict) else subject
        return Text(
            f"决定「{said.get('effect')}」，对象 {about}，作出于 {said.get('decided_at')}，由 {said.get('decided_by')} 依 {said.get('policy')} 作出。",
            f"The decision «{said.get('effect')}» about {about}, taken at {said.get('decided_at')} by {said.get('decided_by')} under {said.get('policy')}.",
        )
    if isinstance(what, dict) and "kind" in what and "ref" in what:
        return Text(f"记录「{what['kind']}」{what['ref']}。", f"The record «{what['kind']}» {what['ref']}.")
    return Text("一条记录。", "A record.")
