"""Steps and dispositions of CBV 2.0 as people read them, and what the scan page says."""

from __future__ import annotations

from pinzhi.kernel.values import Text

STEPS: dict[str, Text] = {
    "accepting": Text("验收", "accepted"),
    "arriving": Text("到达", "arrived"),
    "assembling": Text("组装", "assembled"),
    "collecting": Text("回收", "collected"),
    "commissioning": Text("赋码生产", "made and coded"),
    "consigning": Text("寄售", "consigned"),
    "creating_class_instance": Text("成批生产", "batch made"),
    "cycle_counting": Text("循环盘点", "counted"),
    "decommissioning": Text("注销编码", "code taken out of use"),
    "departing": Text("发车", "departed"),
    "destroying": Text("销毁", "destroyed"),
    "disassembling": Text("拆解", "taken apart"),
    "dispensing": Text("发药", "dispensed"),
    "encoding": Text("写码", "encoded"),
    "entering_exiting": Text("进出", "entered or left"),
    "holding": Text("封存", "held"),
    "inspecting": Text("检验", "inspected"),
    "installing": Text("安装", "installed"),
    "killing": Text("灭活标签", "tag killed"),
    "loading": Text("装车", "loaded"),
    "other": Text("其他", "other"),
    "packing": Text("装箱", "packed"),
    "picking": Text("拣货", "picked"),
    "receiving": Text("收货", "received"),
    "removing": Text("移除", "removed"),
    "repackaging": Text("改包装", "repackaged"),
    "repairing": Text("维修", "repaired"),
    "replacing": Text("更换", "replaced"),
    "reserving": Text("预留", "reserved"),
    "retail_selling": Text("零售售出", "sold at retail"),
    "sampling": Text("抽样", "sampled"),
    "sensor_reporting": Text("传感器记录", "sensor reading"),
    "shipping": Text("发货", "shipped"),
    "staging_outbound": Text("待发", "staged"),
    "stock_taking": Text("盘点", "stock taken"),
    "stocking": Text("上架", "put on the shelf"),
    "storing": Text("入库", "stored"),
    "transporting": Text("运输", "in transport"),
    "unloading": Text("卸车", "unloaded"),
    "unpacking": Text("拆箱", "unpacked"),
    "void_shipping": Text("取消发货", "shipment cancelled"),
}
KINDS: dict[str, Text] = {
    "ObjectEvent": Text("记录", "recorded"),
    "AggregationEvent": Text("组合", "put together"),
    "TransactionEvent": Text("交易", "transaction"),
    "TransformationEvent": Text("加工", "processed"),
    "AssociationEvent": Text("关联", "associated"),
    "QuantityEvent": Text("计数", "counted"),
}


def step_name(step: str, kind: str = "") -> Text:
    """What happened, in both languages; a word of one's own as it was written."""
    if step in STEPS:
        return STEPS[step]
    return Text(step, step) if step else KINDS.get(kind, Text("记录", "recorded"))
