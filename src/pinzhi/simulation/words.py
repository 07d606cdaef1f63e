"""Names, reasons and sentences of the simulated marketplace. Hand-written; nobody in it exists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of goods: its share of listings, price range in yuan, base rates per delivered line, and what typically goes wrong (zh, en)."""

    category: str
    share: float
    price: tuple[float, float]
    return_rate: float
    bad_share: float
    complaint_rate: float
    goods: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, str], ...]


LINES: tuple[Line, ...] = (
    Line("移动电源 power bank", 0.06, (59, 199), 0.018, 0.055, 0.004,
         (("20000毫安移动电源", "20,000 mAh power bank"), ("磁吸充电宝", "magnetic power bank"), ("自带线充电宝", "power bank with cable")),
         (("充电时鼓包", "swells while charging"), ("漏液", "leaks"), ("发烫", "gets hot"), ("充不进电", "does not charge"))),
    Line("小家电 small appliance", 0.09, (79, 399), 0.022, 0.060, 0.004,
         (("迷你电饭煲", "mini rice cooker"), ("桌面加湿器", "desk humidifier"), ("手持挂烫机", "garment steamer"), ("电热水壶", "electric kettle")),
         (("通电没反应", "no reaction when plugged in"), ("漏水", "leaks water"), ("有焦味", "smells burnt"), ("噪音大", "loud"))),
    Line("女装 women's wear", 0.17, (69, 359), 0.075, 0.085, 0.003,
         (("真丝衬衫", "silk blouse"), ("针织开衫", "knitted cardigan"), ("高腰阔腿裤", "wide-leg trousers"), ("连衣裙", "dress")),
         (("开线", "seam open"), ("掉色", "dye comes off"), ("起球", "pilling"), ("成分不符", "wrong fibre content"))),
    Line("童装 children's wear", 0.09, (39, 189), 0.045, 0.060, 0.003,
         (("纯棉连体衣", "cotton romper"), ("儿童羽绒服", "children's down jacket"), ("小学生校服裤", "school trousers")),
         (("有异味", "smells"), ("掉色", "dye comes off"), ("绳带过长", "cords too long"), ("开线", "seam open"))),
    Line("玩具 toys", 0.08, (19, 159), 0.016, 0.050, 0.003,
         (("磁力片", "magnetic tiles"), ("遥控车", "remote-controlled car"), ("积木桶", "box of blocks")),
         (("零件脱落", "part comes off"), ("有刺鼻气味", "pungent smell"), ("电池盖打不开", "battery lid stuck"), ("边缘锋利", "sharp edge"))),
    Line("食品 packaged food", 0.12, (12, 89), 0.007, 0.040, 0.003,
         (("每日坚果", "daily nuts"), ("手工牛肉干", "beef jerky"), ("土蜂蜜", "wild honey"), ("藕粉", "lotus root powder")),
         (("发霉", "mouldy"), ("有异物", "foreign body"), ("临期", "close to expiry"), ("味道不对", "tastes wrong"))),
    Line("生鲜 fresh food", 0.06, (19, 129), 0.012, 0.075, 0.006,
         (("赣南脐橙", "navel oranges"), ("冷冻虾仁", "frozen shrimp"), ("鲜鸡蛋", "fresh eggs")),
         (("坏果多", "many rotten"), ("化冻", "thawed"), ("破损", "broken"), ("不新鲜", "not fresh"))),
    Line("化妆品 cosmetics", 0.09, (39, 299), 0.014, 0.055, 0.004,
         (("保湿面霜", "moisturiser"), ("防晒乳", "sunscreen"), ("气垫粉底", "cushion foundation")),
         (("过敏", "allergic reaction"), ("疑似假货", "looks counterfeit"), ("分层", "separated"), ("漏液", "leaks"))),
    Line("厨具 kitchenware", 0.08, (25, 259), 0.017, 0.045, 0.002,
         (("不粘炒锅", "non-stick wok"), ("保温杯", "vacuum flask"), ("硅胶铲", "silicone spatula")),
         (("涂层脱落", "coating comes off"), ("不保温", "does not keep warm"), ("有异味", "smells"), ("漏水", "leaks"))),
    Line("家居 home textiles", 0.08, (29, 329), 0.028, 0.050, 0.002,
         (("乳胶枕", "latex pillow"), ("全棉四件套", "cotton bedding set"), ("遮光窗帘", "blackout curtain")),
         (("尺寸不符", "wrong size"), ("有异味", "smells"), ("掉毛", "sheds"), ("开线", "seam open"))),
    Line("头盔 helmets", 0.03, (49, 199), 0.015, 0.045, 0.003,
         (("3C电动车头盔", "e-bike helmet"), ("儿童骑行头盔", "children's cycle helmet")),
         (("卡扣松脱", "buckle opens"), ("外壳开裂", "shell cracks"), ("镜片模糊", "visor blurred"))),
    Line("图书 books", 0.05, (15, 98), 0.004, 0.020, 0.001,
         (("少儿百科", "children's encyclopaedia"), ("家常菜谱", "home cooking")),
         (("印刷模糊", "blurred print"), ("缺页", "pages missing"), ("疑似盗版", "looks pirated"))),
)  # fmt: skip

SHOPS: tuple[tuple[str, str], ...] = (
    ("禾木", "Hemu"), ("青柚", "Qingyou"), ("云杉", "Yunshan"), ("知夏", "Zhixia"), ("北岸", "Beian"), ("小满", "Xiaoman"), ("松果", "Songguo"),
    ("拾光", "Shiguang"), ("麦田", "Maitian"), ("海棠", "Haitang"), ("竹里", "Zhuli"), ("晨曦", "Chenxi"), ("橙果", "Chengguo"), ("南风", "Nanfeng"),
    ("木槿", "Mujin"), ("星野", "Xingye"),
)  # fmt: skip
SHOP_KINDS: tuple[tuple[str, str], ...] = (
    ("旗舰店", "Flagship"),
    ("专营店", "Store"),
    ("优选", "Select"),
    ("工坊", "Works"),
    ("小铺", "Corner"),
)

REGIONS = (
    "广东",
    "浙江",
    "江苏",
    "山东",
    "河南",
    "四川",
    "河北",
    "湖南",
    "湖北",
    "福建",
    "安徽",
    "上海",
    "北京",
    "辽宁",
    "陕西",
    "广西",
)
CARRIERS = ("carrier-a", "carrier-b", "carrier-c", "carrier-d")

PRAISE: tuple[tuple[str, str], ...] = (
    ("质量不错，和描述一致。", "Good quality, as described."),
    ("发货快，包装完整，会回购。", "Fast delivery, well packed, will buy again."),
    ("家里人都说好用。", "The whole family likes it."),
    ("性价比高，推荐。", "Good value, recommended."),
    ("第二次买了，一如既往。", "Second time I buy it, as good as before."),
    ("做工细致，满意。", "Carefully made, satisfied."),
)
NEUTRAL: tuple[tuple[str, str], ...] = (
    ("还可以吧，一般般。", "It is all right, nothing special."),
    ("东西还行，物流有点慢。", "The goods are fine, delivery was slow."),
    ("凑合用。", "It will do."),
)
BLAME: tuple[tuple[str, str], ...] = (
    ("才用了几天就{zh}，差评。", "After a few days: {en}. Disappointed."),
    ("收到就发现{zh}，客服还推脱。", "On arrival: {en}; customer service made excuses."),
    ("{zh}，和宣传完全不一样！", "{en} — nothing like the advertisement!"),
    ("第二次买就{zh}，质量下降了。", "Bought again and now: {en}. Quality has dropped."),
)
MALICE: tuple[tuple[str, str], ...] = (
    ("垃圾，别买！", "Rubbish, do not buy!"),
    ("骗人的，一星都不想给。", "A swindle, not worth one star."),
)
SLOW: tuple[tuple[str, str], ...] = (
    ("物流太慢了，等了十天。", "Delivery took ten days."),
    ("快递一直不更新，急死人。", "Tracking never moved."),
)
CHANGED_MIND = ("七天无理由", "no-reason return")
