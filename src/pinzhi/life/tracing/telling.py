"""The sentences of tracing."""

from __future__ import annotations

from pinzhi.kernel.values import Text

REASONS: dict[str, Text] = {
    "code_form": Text("不是本系统的编码格式", "this has not the form of a code of ours"),
    "epoch_unknown": Text("编码所用的密钥期不存在", "the code names an epoch of keys that does not exist"),
    "epoch_revoked": Text(
        "该密钥期已作废，编码不再有效", "the epoch of keys was revoked; its codes are no longer valid"
    ),
    "not_issued": Text("编码未经签发，可能是伪造", "the code was never issued; it may be made up"),
    "link_invalid": Text("网址不是有效的 GS1 数字链接", "the address is no valid GS1 Digital Link"),
    "gtin_missing": Text("只有编码时需同时给出商品代码", "a code alone needs the GTIN beside it"),
    "other_batch": Text("编码有效，但属于另一批次", "the code was issued, for another batch than the address says"),
}
