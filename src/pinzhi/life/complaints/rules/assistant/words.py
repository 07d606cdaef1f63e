"""Texts as the assistant compares them: which language, which marks, which grams. Nothing here knows what a word means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_ENDINGS = (
    ("ations", "ate"), ("ation", "ate"), ("ments", ""), ("ment", ""), ("ingly", ""), ("ings", ""), ("ing", ""), ("edly", ""),
    ("ies", "y"), ("ied", "y"), ("eed", "eed"), ("ed", ""), ("sses", "ss"), ("ses", "s"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"),
    ("ers", ""), ("er", ""), ("ly", ""), ("ss", "ss"), ("us", "us"), ("is", "is"), ("s", ""),
)  # fmt: skip
"""English endings and what stays: «returned», «returns», «returning» are one word. Rough, and the same for question and phrase."""
_SHORT = 4
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an the is are was were be been am do does did to of in on at for from with and or but if it its this that these those i me my we our you your he "
        "she they them his her their there here have has had will would can could should shall may might must not no so as by what which who when where why "
        "how about into than then too very just also got get any some all please hi hello",
    )
)
"""English words that say nothing about the matter."""
_OFTEN = frozenset("的了是我你他她它们这那就也都吗呢吧啊呀嘛哦和与在有没给把被让说要去来到个")
"""Characters of everyday speech; alone they are no gram, in a pair they are."""


_SIMPLE = str.maketrans(
    "來係個們價億償優別則務員問單圖報場壞實對幾廣後應戶換損據時會條業標樣機權沒為無營現產發碼稅種簽紀絡給經維網繫罰聯聽腦與舉"
    "萬藥處號裝見規視訴詐話該認誤說誰調證護讓貨買費賠賣質購車這運過還錄錢錯閉開間關險電頁頻題類飯飲騙體麼點鋪咗唔佢嘢喺冇嚟啲"
    "睇邊畀閘燈熱氣壓鍋爐燒鮮雞魚蝦麵飽鹽糧紙筆書畫襪褲領顏綠紅黃藍銀鐵鋼銅鑽錶鐘鎖門戲劇樂藝學師課習試驗醫療診傷殘癢膚髮髒潔"
    "環衛爛黴變蟲縮鬆緊寬輕兩隻雙張塊廠製進訂郵遞達輸毀遺賬帳餘額漲減贈獎積級義責補貼監檢測鑑準約協議訟長閣屬嗎嚇罵嘩嗰咁哋攞"
    "搵揾諗瞓嬲佔僞偽劃勞勢區卻廳歷廢彈徵恆懷戀拋擇擁擊擔攤敗敵斷於晝曆東極構槍樓歲歐殺滿滯濕灣煙爾牆犧瑪盡盤禮窮節範築糾純細"
    "終組結絕統絲緩緣線編緯縣總績織繳續纖聲職脫腳膠臺興舊華葉蓋薦薑蘋蘭虛衝襯訊討託設許評詞詢詳誇誠誘請論諾謊謝譯讀豐貝負財貧"
    "貪貴貸賀賓賞賤賴賺賽贊趕跡踐軟軸較載輛輩輪辦農連週遊遙適選邏鄉鄰釋針鈕鉛銷鋁鍵鎮鏈鏡鐲閱闆陳陸陽隊階隨隱雖雜離難雲靈靜響"
    "頂項順須預頓頭頸願風飛飼餅養餵駕駛騷驚驟鬧魯鴨鵝麥齊齒龍龜",
    "来是个们价亿偿优别则务员问单图报场坏实对几广后应户换损据时会条业标样机权没为无营现产发码税种签纪络给经维网系罚联听脑与举"
    "万药处号装见规视诉诈话该认误说谁调证护让货买费赔卖质购车这运过还录钱错闭开间关险电页频题类饭饮骗体么点铺了不他货在没来些"
    "看边给闸灯热气压锅炉烧鲜鸡鱼虾面饱盐粮纸笔书画袜裤领颜绿红黄蓝银铁钢铜钻表钟锁门戏剧乐艺学师课习试验医疗诊伤残痒肤发脏洁"
    "环卫烂霉变虫缩松紧宽轻两只双张块厂制进订邮递达输毁遗账账余额涨减赠奖积级义责补贴监检测鉴准约协议讼长阁属吗吓骂哗那这们拿"
    "找找想睡气占伪伪划劳势区却厅历废弹征恒怀恋抛择拥击担摊败敌断于昼历东极构枪楼岁欧杀满滞湿湾烟尔墙牺玛尽盘礼穷节范筑纠纯细"
    "终组结绝统丝缓缘线编纬县总绩织缴续纤声职脱脚胶台兴旧华叶盖荐姜苹兰虚冲衬讯讨托设许评词询详夸诚诱请论诺谎谢译读丰贝负财贫"
    "贪贵贷贺宾赏贱赖赚赛赞赶迹践软轴较载辆辈轮办农连周游遥适选逻乡邻释针钮铅销铝键镇链镜镯阅板陈陆阳队阶随隐虽杂离难云灵静响"
    "顶项顺须预顿头颈愿风飞饲饼养喂驾驶骚惊骤闹鲁鸭鹅麦齐齿龙龟",
)
"""Traditional characters and those of Cantonese that complaints are written with; not a conversion, only so that both meet the same grams."""


_FILLERS = re.compile(
    "请问一下|请问|我想问一下|我想问问|我问一下|想问一下|问一下|我想咨询一下|想咨询一下|咨询一下|你好|您好|在吗|亲亲|不好意思|打扰了|麻烦问下|麻烦|那个|就是说|就是呢|这个|"
    "我跟你说|怎么说呢|老师|同志|师傅|谢谢|求助|急|喂|哎|哈|嗯|啊|呢|吧|呀|嘛|了解一下|帮我看看|帮忙看下|说一下|我就想知道|我想知道|想知道|到底|究竟|真的"
)
"""What is said to begin, to soften or to press; it says nothing about the matter."""


_ASKING = re.compile(
    "怎么办|怎么样|怎么|咋办|咋|啥|什么|能不能|可不可以|可以|行不行|是不是|有没有|如何|多少|几|吗|能|该"
)


_PLAINLY = dict(
    re.findall(
        r"(\S+)=(\S+)",
        "哪能办=怎么办 哪能=怎么 咋整=怎么办 咋办=怎么办 咋个=怎么 咋=怎么 啷个=怎么 点算=怎么办 点样=怎么 点解=为什么 "
        "为啥=为什么 啥子=什么 啥=什么 乜=什么 中不中=行不行 系咪=是不是 边度=哪里 几多=多少 几耐=多久 几时=什么时候 "
        "没得退=不能退 没得=没有 莫得=没有 勿肯=不肯 勿=不 俺们=我们 俺=我 阿拉=我们 "
        "伊拉=他们 伊=他 侬=你 恁=你 额说=我说 屋头=家里 屋里厢=家里 娃儿=孩子 细路=孩子 囡囡=孩子 小囡=孩子 晓得=知道 "
        "俾=给 嘅=的 系度=在 今朝=今天 明朝=明天 寻日=昨天 三个号头=三个月 号头=月 勒个=的 忽悠=骗 糊弄=骗 陪偿=赔偿 "
        "陪钱=赔钱 培偿=赔偿 赔尝=赔偿 包证金=保证金 包证=保证 执造=执照 许可征=许可证 生产日起=生产日期 保质其=保质期 "
        "退狂=退款 快第=快递 发漂=发票 投速=投诉 举抱=举报 广高=广告 评台=平台 卖咖=卖家 商佳=商家 优会=优惠 直拨=直播 "
        "主拨=主播 合理不和理=合理不合理 半营业执照=办营业执照 合约=合同 质亮=质量 说名书=说明书 变制=变质 运废=运费 "
        "反应给=反映给 上那去=上哪去 维全=维权",
    )
)
"""What is said in the country and in Cantonese or Shanghainese, and what dictation hears wrongly, in plain words."""
_SAID_OTHERWISE = re.compile("|".join(sorted(_PLAINLY, key=len, reverse=True)))


def without_asking(text: str) -> str:
    """A text without the words that only make it a question: what is left is what it is about."""
    return _ASKING.sub(" ", text)


def matter(text: str) -> str:
    """A normalised text without greetings and fillers, in plain words."""
    return _FILLERS.sub(" ", _SAID_OTHERWISE.sub(lambda m: _PLAINLY[m[0]], text))


def normalise(text: str) -> str:
    """Full width to half width, capitals to small, blanks to one: the form in which texts are compared."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).lower().translate(_SIMPLE)).strip()


def language(text: str) -> str:
    """`zh` where there are more Chinese characters than English words, else `en`: an English question may quote a Chinese word."""
    han = sum(len(run) for run in _HAN.findall(text))
    words = len(re.findall(r"[A-Za-z]+", text))
    return "en" if words and han <= words else "zh"


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """An English word without its ending."""
    word = word.split("'", maxsplit=1)[0]
    for ending, stays in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(stays) >= _SHORT - 1:
            word = word[: len(word) - len(ending)] + stays
            break
    if len(word) > _SHORT and word[-1] == word[-2] and word[-1] not in "lse":
        word = word[:-1]  # shipped, shipping: ship
    return word.removesuffix("e") if len(word) > _SHORT else word


def stems(text: str) -> list[str]:
    """The English words of a normalised text by their stems, in their order; those that say nothing too."""
    return [stem(word) for word in _WORD.findall(text)]


def grams(text: str) -> Iterator[str]:
    """Single Chinese characters and pairs, English stems and pairs of them, figures. `text` is normalised."""
    for run in _HAN.findall(text):
        for i, character in enumerate(run):
            if character not in _OFTEN:
                yield character
            if i + 1 < len(run):
                yield run[i : i + 2]
    before = ""
    for word in _WORD.findall(text):
        if word in _STOP:
            continue
        now = stem(word)
        yield now
        if before:
            yield f"{before} {now}"
        before = now


_ENDS = re.compile(r"(?<=。)|(?<=[：:])(?=（)|(?<=；)(?=（[一二三四五六七八九十]+）)")


def sentences(text: str) -> Iterator[str]:
    """The sentences of an article, each with its stop; a heading that ends in a colon and every item of a list are pieces of their own."""
    for paragraph in text.split("\n"):
        yield from (piece for piece in _ENDS.split(paragraph) if piece.strip())
