"""What may stand in a log: a text without telephone numbers, identity numbers, cards, mail addresses and plates of houses."""

from __future__ import annotations

import re

_MASKS = (
    (re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), "〔邮箱〕"),
    (re.compile(r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9])"), "〔证件号〕"),
    (re.compile(r"(?<![0-9])(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}(?![0-9])"), "〔手机号〕"),
    (re.compile(r"(?<![0-9])0[0-9]{2,3}-?[0-9]{7,8}(?![0-9])"), "〔电话〕"),
    (re.compile(r"(?<![0-9])(?:[0-9]{4}[ -]?){3,4}[0-9]{1,4}(?![0-9])"), "〔长号码〕"),
    (re.compile(r"(?<![0-9一二三四五六七八九十])[0-9一二三四五六七八九十]+(?:号楼|栋|单元|室|号院|弄)"), "〔门牌〕"),
    (re.compile(r"(?i)(微信号?|wechat|qq)[:： ]*[a-z0-9_-]{5,20}"), r"\1〔号码〕"),
)  # fmt: skip
_NAME = re.compile(r"((?:我叫|姓名|收货人|联系人|本人)[是:： ]*)([\u4e00-\u9fff]{2,3})(?![\u4e00-\u9fff])")


def masked(text: str) -> str:
    """The text with what identifies a person taken out. Orders and codes of goods stay: they are needed and identify goods."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return _NAME.sub(r"\1〔姓名〕", text)
