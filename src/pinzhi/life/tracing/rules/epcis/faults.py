"""The sentences of what can be wrong in an EPCIS document, by code; `{value}` is the value or name that it is about."""

from __future__ import annotations

from pinzhi.kernel.values import Text
from pinzhi.life.tracing.rules.epcis.documents import Fault

FAULTS: dict[str, Text] = {
    # the document
    "context_missing": Text("缺少 @context", "@context is missing"),
    "document_type": Text("文档类型应为 EPCISDocument 或 EPCISQueryDocument", "the document is an EPCISDocument or an EPCISQueryDocument"),
    "schema_version": Text("不支持版本 {value}", "version {value} is not supported"),
    "xml_root": Text("根元素 {value} 不是 EPCIS 文档或事件", "the root element {value} is no EPCIS document and no event"),
    "capture_behaviour": Text("只能是 rollback 或 proceed，而不是「{value}」", "this is rollback or proceed, not «{value}»"),
    "xml_order": Text("{value} 的位置不符合 XML 模式规定的顺序", "{value} does not stand where the XML schema puts it"),
    "xml_repeated": Text("{value} 只能出现一次", "{value} may stand only once"),
    "json_unreadable": Text("无法按 JSON 解析", "it cannot be read as JSON"),
    "too_deep": Text("嵌套过深", "it is nested too deeply"),
    # fields and their types
    "field_missing": Text("缺少必填字段 {value}", "the field {value} is missing"),
    "field_unknown": Text("标准没有 {value} 字段；自定义字段须带命名空间", "the standard has no field {value}; a field of one's own needs a namespace"),
    "field_not_allowed": Text("该类型事件没有 {value} 字段", "an event of this type has no field {value}"),
    "prefix_undeclared": Text("{value} 的前缀未在 @context 中声明", "the prefix of {value} is not declared in @context"),
    "extension_without_namespace": Text("{value} 没有命名空间", "{value} has no namespace"),
    "name_unmapped": Text("扩展内的 {value} 没有命名空间，其他系统可能忽略它", "{value} inside an extension has no namespace; other systems may drop it"),
    "field_misplaced": Text("{value} 应写在 sensorMetadata 中", "{value} belongs in sensorMetadata"),
    "certification_inline": Text("应为认证信息的网址，而不是内容本身", "this should be the address of the certification, not its content"),
    "ni_form": Text(
        "「{value}」不是有效的哈希 URI，应写作 ni:///sha-256; 后接 43 位 base64url 字符，不带等号",
        "«{value}» is no hash URI (RFC 6920): ni:///sha-256; and 43 characters of base64url without padding",
    ),
    "certificate_differs": Text(
        "{value} 与事件扩展字段中的证明文件哈希不一致", "{value} is not among the digests of the certificates that the event states"
    ),
    "certificates_many": Text("一个事件最多附 100 份证明文件，现有 {value} 份", "at most 100 certificates in one event, not {value}"),
    "element_of_later_edition": Text(
        "扩展点中的 {value} 不属于本版标准，予以保留但不检查",
        "{value} in the extension point is of no edition known here; it is kept, not checked",
    ),
    "null_value": Text("不能为 null，没有值就不要写这个字段", "null is no value: leave the field out"),
    "type_text": Text("应为文本", "this must be text"),
    "type_object": Text("应为对象", "this must be an object"),
    "type_list": Text("应为列表", "this must be a list"),
    "type_number": Text("应为数字，而不是「{value}」", "this must be a number, not «{value}»"),
    "type_boolean": Text("应为 true 或 false", "this must be true or false"),
    "type_hex": Text("应为十六进制数字", "this must be hexadecimal digits"),
    "list_empty": Text("列表不能为空", "the list may not be empty"),
    "empty": Text("没有值", "there is no value"),
    # when
    "time_form": Text("时间「{value}」应写作 2026-01-31T08:00:00+08:00，须带时区", "«{value}» is no time such as 2026-01-31T08:00:00+08:00 with its zone"),
    "day_form": Text("日期「{value}」应写作 2026-01-31", "the day «{value}» is written like 2026-01-31"),
    "offset_form": Text("时区偏移「{value}」应写作 +08:00", "the offset «{value}» is written like +08:00"),
    "time_future": Text("事件时间 {value} 在将来", "the time of the event, {value}, lies in the future"),
    "times_reversed": Text("结束时间早于开始时间", "the end lies before the beginning"),
    # why
    "event_type": Text("没有「{value}」这种事件类型", "there is no type of event «{value}»"),
    "event_type_withdrawn": Text("{value} 自 EPCIS 1.1 起不再推荐使用", "{value} has been deprecated since EPCIS 1.1"),
    "action": Text("action 只能是 ADD、OBSERVE 或 DELETE，而不是「{value}」", "the action is ADD, OBSERVE or DELETE, not «{value}»"),
    "word_unknown": Text("CBV 中没有「{value}」", "the CBV has no word «{value}»"),
    "word_bare": Text("XML 中应写全称 URI，而不是「{value}」", "in XML the word «{value}» is written as a URI"),
    "word_not_in_web_vocabulary": Text("GS1 词汇表中未见「{value}」", "«{value}» is not among the known words of the GS1 Web Vocabulary"),
    "word_draft": Text("「{value}」尚未收入 CBV", "«{value}» is a word of GS1's that the CBV has not got yet"),
    "word_in_gs1_namespace": Text("{value} 占用了 GS1 的命名空间，自定义词应用自己的", "{value} takes GS1's namespace; words of one's own belong in one's own"),
    "disposition_set_and_unset": Text("{value} 不能同时设置和取消", "{value} cannot be set and unset at once"),
    # what
    "what_missing": Text("事件没有对象：缺少标识符或数量", "the event is about nothing: neither identifiers nor quantities"),
    "inputs_missing": Text("没有投入物：缺少 inputEPCList 或 inputQuantityList", "no inputs: inputEPCList or inputQuantityList is missing"),
    "outputs_missing": Text("没有产出物：缺少 outputEPCList 或 outputQuantityList", "no outputs: outputEPCList or outputQuantityList is missing"),
    "parent_missing": Text("缺少 parentID（{value} 时必填）", "parentID is missing (required when the action is {value})"),
    "ilmd_not_allowed": Text("只有 action 为 ADD 时才能带 ilmd", "ilmd goes with the action ADD only"),
    "repeated": Text("{value} 重复", "{value} stands there more than once"),
    "event_id_repeated": Text("同一文档中事件编号 {value} 重复", "the event ID {value} stands in this document more than once"),
    "class_expected": Text("此处应为品类或批次标识，而不是单件标识 {value}", "an identifier of a class or lot belongs here, not of one piece: {value}"),
    "piece_expected": Text("此处应为单件标识，而不是品类或批次 {value}", "an identifier of one piece belongs here, not of a class or lot: {value}"),
    "quantity_negative": Text("数量不能为负：{value}", "a quantity cannot be negative: {value}"),
    "uom_without_quantity": Text("有计量单位却没有数量", "there is a unit but no quantity"),
    "uom_form": Text(
        "计量单位「{value}」应为 UN/ECE 20 号建议书的两至三位代码",
        "the unit «{value}» is a code of two or three characters (UN/ECE Recommendation 20)",
    ),
    "count_not_whole": Text("没有计量单位时数量按件计，应为整数：{value}", "without a unit the quantity is a count and should be whole: {value}"),
    "not_writable": Text("该事件无法写成另一种格式：{value}", "the other form cannot hold this event: {value}"),
    # storing
    "event_id_conflict": Text("编号 {value} 的事件已有不同内容", "an event with the ID {value} is stored with other content"),
    "event_too_large": Text("一个事件涉及 {value} 个对象，请分成几个事件", "one event names {value} things; send it as several"),
    "identifier_too_long": Text("标识符过长：{value}…", "the identifier is too long: {value}…"),
    "quantity_out_of_range": Text("数量过大：{value}", "the quantity is too large: {value}"),
    "zero_character": Text("文本中不能有空字符（U+0000）", "a text may not hold the zero character (U+0000)"),
    "epcis_prefix_unknown": Text("{value} 的前缀未声明", "the prefix of {value} is declared nowhere"),
    # identifiers
    "uri_form": Text("「{value}」不是 URI", "«{value}» is no URI"),
    "epc_unknown_scheme": Text("{value} 不是已知的 EPC 类型", "{value} is of no known EPC scheme"),
    "epc_syntax": Text("{value} 不符合该 EPC 类型的写法", "{value} is not written as its EPC scheme demands"),
    "check_digit": Text("{value} 的校验位不符", "the check digit of {value} does not fit"),
    "check_digit_elsewhere": Text(
        "若 {value} 是 GS1 数字链接，则其校验位不符", "if {value} is meant as a GS1 Digital Link, its check digit does not fit"
    ),
    "link_order": Text("{value} 中应用标识符的顺序不对", "the application identifiers in {value} are not in their order"),
    "link_qualifier": Text("{value} 的主键不能带这个限定符", "the key in {value} does not take this qualifier"),
    "link_value": Text("{value} 中的值不符合其应用标识符", "a value in {value} does not fit its application identifier"),
}  # fmt: skip
LONGEST_VALUE = 120


def sentence(fault: Fault) -> Text:
    """The fault in both languages."""
    text = FAULTS[fault.code]
    value = fault.value if len(fault.value) <= LONGEST_VALUE else fault.value[:LONGEST_VALUE] + "…"
    return Text(text.zh.replace("{value}", value), text.en.replace("{value}", value))


UNREADABLE: dict[str, Text] = {
    "epcis_too_big": Text("文档过大，请分批发送", "the document is too large; send it in parts"),
    "epcis_empty": Text("文件是空的", "there is nothing in it"),
    "epcis_json_invalid": Text("不是有效的 JSON", "this is no JSON"),
    "epcis_xml_invalid": Text("不是格式良好的 XML", "this is no well-formed XML"),
    "epcis_xml_doctype": Text(
        "文档类型声明带有实体或外部引用，出于安全不予读取",
        "the document type defines or fetches entities, which is not read for safety",
    ),
    "epcis_encoding": Text("无法识别字符编码，请存为 UTF-8", "the encoding cannot be read; save it as UTF-8"),
    "epcis_too_deep": Text("嵌套过深", "it is nested too deeply"),
}  # fmt: skip
"""Why a document could not be read at all, by the code of the refusal."""
