"""What the parts of a listing and of its papers are called, in the words of both languages."""

from __future__ import annotations

from collections.abc import Mapping

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.evidence import PAPER_NAMES

FIELD_NAMES: Mapping[str, Text] = {
    "title": Text("标题", "title"),
    "subtitle": Text("副标题", "subtitle"),
    "description": Text("描述", "description"),
    "category": Text("品类", "category"),
    "brand": Text("品牌", "brand"),
    "attributes": Text("属性", "attributes"),
    "price": Text("价格", "price"),
    "compared_price": Text("划线价", "crossed-out price"),
    "compared_price_meaning": Text("划线价含义", "meaning of the crossed-out price"),
    "deal_prices": Text("成交价", "deal prices"),
    "images": Text("图片", "pictures"),
    "documents": Text("证明文件", "papers"),
    "image": Text("图片", "picture"),
    "image_words": Text("图片文字", "words on picture"),
    "document": Text("证明文件", "paper"),
    "report": Text("检验报告", "test report"),
}
OTHER_PAPERS: Mapping[str, Text] = {
    "business_licence": Text("营业执照", "business licence"),
    "price_list": Text("厂商价目文件", "the maker's price list"),
    "deals": Text("成交记录", "records of deals"),
}
"""What is asked for or handed in beside the kinds of the matrix, and kinds that people call otherwise than by their number."""
PAPER_FIELDS: Mapping[str, Text] = {
    "brand": Text("品牌", "brand"),
    "product": Text("产品名称", "product name"),
    "model": Text("型号", "model"),
    "holder": Text("持有人", "holder"),
    "holder_uscc": Text("持有人统一社会信用代码", "holder's credit code"),
    "manufacturer": Text("生产者", "maker"),
    "scope": Text("许可范围", "scope"),
    "functions": Text("保健功能", "functions"),
    "issued": Text("签发日期", "issued on"),
    "starts": Text("有效期起", "valid from"),
    "expires": Text("有效期至", "valid to"),
    "standards": Text("执行标准", "standards"),
    "conclusion": Text("检验结论", "conclusion"),
    "origin": Text("产地", "origin"),
    "safety_class": Text("安全类别", "safety class"),
    "age": Text("适用年龄", "age"),
    "power": Text("供电方式", "power supply"),
    "voltage": Text("额定电压", "voltage"),
    "purity": Text("贵金属纯度", "fineness"),
    "grantor": Text("授权方", "grantor"),
    "grantee": Text("被授权方", "grantee"),
    "territory": Text("授权地域", "territory"),
    "channel": Text("授权渠道", "channel"),
    "sublicence": Text("转授权", "sublicence"),
    "lab": Text("检验机构", "laboratory"),
    "cma": Text("资质认定编号", "CMA number"),
    "cnas": Text("认可编号", "CNAS number"),
    "manufactured": Text("生产日期", "made on"),
    "shelf_life": Text("保质期", "shelf life"),
}
"""Fields of papers by their name in the rules (`data/matrix/fields.toml`)."""

RULE_NAMES: Mapping[str, Text] = {
    "T01": Text("绝对化用语", "absolute terms"),
    "T02": Text("国家机关、军队名义", "in the name of the state or the army"),
    "T03": Text("疾病治疗与医疗用语", "diseases and medical terms"),
    "T04": Text("普通食品宣称保健功能", "health functions of ordinary food"),
    "T05": Text("保健食品违规宣称", "what health food may not say"),
    "T06": Text("化妆品宣称医疗作用", "medical effects of cosmetics"),
    "T07": Text("特殊化妆品功效", "effects of special cosmetics"),
    "T08": Text("功效与安全性保证", "promises of effect or safety"),
    "T09": Text("收益、考试、培训保证", "promises of returns, exams, training"),
    "T10": Text("专利标注", "patents"),
    "T11": Text("迷信、赌博、淫秽", "superstition, gambling, obscenity"),
    "T12": Text("替代母乳", "in place of breast milk"),
    "T13": Text("驰名商标", "well-known marks"),
    "T14": Text("酒类广告", "advertising of drink"),
    "T15": Text("站外引流", "leading buyers away"),
    "T16": Text("价格比较", "comparison of prices"),
    "T17": Text("贬低同行", "running down others"),
    "T18": Text("数据出处", "sources of figures"),
    "T19": Text("代言、证明与未成年人", "endorsements and minors"),
    "T20": Text("仿冒他人品牌", "imitations of brands"),
    "T21": Text("禁售、限售商品", "goods that may not be sold"),
    "T22": Text("赠品说明", "gifts"),
    "T23": Text("歧视、侮辱用语", "insults"),
    "T24": Text("标题堆砌", "stuffed titles"),
    "C01": Text("材质不一致", "material"),
    "C02": Text("有机宣称", "organic"),
    "C03": Text("产地不一致", "origin"),
    "C04": Text("净含量、数量不一致", "content or number"),
    "C05": Text("品牌不一致", "brand"),
    "C06": Text("婴幼儿适用", "for infants"),
    "C07": Text("营养、配料宣称", "nutrition"),
    "C12": Text("驳回后重复上架", "refused goods that come again"),
    "D00": Text("证件种类不识别", "kind of paper not known"),
    "D01": Text("证件编号不成立", "number of a paper"),
    "D02": Text("非必备证件未提交", "paper that is not a condition"),
    "D03": Text("证件内容与商品不符", "paper and listing differ"),
    "D04": Text("证件即将到期", "paper ends soon"),
    "D05": Text("标准版本", "edition of a standard"),
    "D06": Text("强制性标准与标示", "mandatory standards and labels"),
    "D07": Text("品类不在要求表中", "category not in the table"),
    "D08": Text("授权链", "chain of authorisation"),
    "D09": Text("食品许可类别", "category of a food licence"),
    "D10": Text("证件日期", "dates of a paper"),
    "D11": Text("免除证件须人工同意", "freed if a person agrees"),
    "P1": Text("划线价依据", "ground of the crossed-out price"),
    "P2": Text("先涨后降", "raised, then lowered"),
    "P3": Text("价格偏离同类", "far from like goods"),
    "P4": Text("疑似小数点错位", "slipped decimal point"),
    "P5": Text("单位价格异常", "price by the unit"),
    "P6": Text("品牌商品低价", "cheap branded goods"),
    "P7": Text("低价规格引流", "bait variants"),
    "P8": Text("首图价低于详情价", "head price below the detail price"),
    "R01": Text("检验报告疑似伪造", "report perhaps forged"),
    "R02": Text("检验结果超限", "result beyond its limit"),
    "R03": Text("检验机构资质", "scope of the laboratory"),
    "R04": Text("报告内容不完整", "report not complete"),
    "R05": Text("报告日期", "dates of a report"),
    "R06": Text("报告文件完整性", "file of a report"),
    "R07": Text("报告有效期", "report too old"),
    "R08": Text("报告与商品不符", "report of other goods"),
    "R09": Text("扫描件待识别", "scan not read yet"),
    "R10": Text("报告重复使用", "report used elsewhere"),
    "I01": Text("被驳回商品的图片", "pictures of refused goods"),
    "I02": Text("他人图片", "pictures of others"),
}
"""What the shipped rules are about, in a few words; the sentence of a finding says what is wrong. A rule of the lab has its number only."""


def field_name(field: str) -> Text:
    """What a field of a listing is called: `title`, `attr:材质`, `image:0` (the first picture), `document:1`."""
    head, _, rest = field.partition(":")
    if head == "attr":
        return Text(f"属性“{rest}”", f"attribute «{rest}»")
    named = FIELD_NAMES.get(head, Text(field, field))
    return Text(f"{named.zh}{int(rest) + 1}", f"{named.en} {int(rest) + 1}") if rest.isdecimal() else named


def paper_name(kind: str) -> Text:
    """What a kind of paper is called; the kind itself where it is none of ours."""
    return OTHER_PAPERS.get(kind) or PAPER_NAMES.get(kind) or Text(kind, kind)
