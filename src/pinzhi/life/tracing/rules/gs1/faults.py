"""The sentences of faults in GS1 values and Digital Links, by code."""

from __future__ import annotations

from pinzhi.kernel.values import Text

FAULTS: dict[str, Text] = {
    # content of a value
    "length": Text("长度不符合该标识符的规定", "the value is shorter or longer than the identifier allows"),
    "characters": Text("含有该标识符不允许的字符", "the value holds characters that the identifier does not allow"),
    "check_digit": Text("校验位不符", "the check digit does not fit"),
    "check_characters": Text("校验字符对不符", "the pair of check characters does not fit"),
    "company_prefix": Text("厂商识别代码应以数字开头", "a GS1 company prefix begins with digits"),
    "date": Text("日期不存在", "there is no such date"),
    "time": Text("时间不存在", "there is no such time of day"),
    "country": Text("国家或地区代码不存在（ISO 3166）", "there is no such code of a country (ISO 3166)"),
    "currency": Text("货币代码不存在（ISO 4217）", "there is no such code of a currency (ISO 4217)"),
    "percent_encoding": Text("百分号编码不完整", "a percent sign is not followed by two hexadecimal digits"),
    "flag": Text("只能是 0 或 1", "only 0 or 1 is allowed"),
    "winding": Text("卷绕方向只能是 0、1 或 9", "the winding is 0, 1 or 9"),
    "zero_expected": Text("此处应为 0", "a zero is expected here"),
    "zero_not_allowed": Text("不能全为 0", "it may not be all zeros"),
    "leading_zero": Text("不能以 0 开头", "it may not begin with a zero"),
    "hyphen_expected": Text("此处只能是连字符（表示零下）", "only a hyphen (below zero) may stand here"),
    "only_digits": Text("至少应含一个非数字字符", "at least one character must not be a digit"),
    "sex": Text("性别代码只能是 0、1、2、9（ISO 5218）", "0, 1, 2 or 9 is expected (ISO 5218)"),
    "latitude": Text("纬度超出范围", "the latitude is out of range"),
    "longitude": Text("经度超出范围", "the longitude is out of range"),
    "piece_of_total": Text("件序号应在 01 与总件数之间", "the piece lies between 01 and the total"),
    "birth_sequence": Text("出生顺序写作「第几/共几」", "the order of birth is written position/total"),
    "importer_index": Text("进口商索引字符不允许", "the importer index is not allowed"),
    "media_type": Text("载体类型不存在", "there is no such media type"),
    "package_type": Text("包装类型代码不允许", "the package type is not allowed"),
    "iban": Text("不是有效的国际银行账号", "this is no valid IBAN"),
    "digits_expected": Text("只能是数字", "only digits are allowed"),
    # identifiers beside one another
    "companion_missing": Text("缺少必须同时出现的标识符", "an identifier that must go with it is missing"),
    "companion_forbidden": Text(
        "与另一个标识符不能同时出现", "it may not stand beside another identifier that is there"
    ),
    # the link
    "too_long": Text("网址过长", "the address is too long"),
    "uri_characters": Text("网址含有不允许的字符", "the address holds characters that no URI may hold"),
    "scheme": Text("网址应以 http:// 或 https:// 开头", "the address must begin with http:// or https://"),
    "host": Text("网址缺少域名或路径", "the address has no host or no path"),
    "no_key": Text("路径中没有 GS1 主键", "there is no GS1 primary key in the path"),
    "unknown_identifier": Text("不存在这样的应用标识符", "there is no such application identifier"),
    "convenience_alpha": Text(
        "字母简写（如 /gtin/）已废止，请用数字标识符", "alphabetic short names (/gtin/) were withdrawn; use the digits"
    ),
    "order": Text("限定符的顺序不对", "the qualifiers are not in their order"),
    "qualifier": Text("该主键不能用这个限定符", "this key does not take this qualifier"),
    "repeated": Text("同一标识符出现多次", "the same identifier stands there more than once"),
    "not_an_attribute": Text("该标识符不能放在查询参数中", "this identifier may not stand in the query"),
    "empty": Text("标识符没有值", "the identifier has no value"),
}
