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
    "來係個們價億償優別則務員問單圖報場壞實對幾廣後應戶換損據時會條業標樣機權沒為無營現產發碼稅種簽紀絡給經維網繫罰聯聽腦與舉萬藥處號裝見規視訴詐話該認誤說誰調證護讓貨買費賠賣質購車這運過還錄錢錯閉開間關險電頁頻題類飯飲騙體麼點鋪咗唔佢嘢喺冇嚟啲睇邊畀",
    "来是个们价亿偿优别则务员问单图报场坏实对几广后应户换损据时会条业标样机权没为无营现产发码税种签纪络给经维网系罚联听脑与举万药处号装见规视诉诈话该认误说谁调证护让货买费赔卖质购车这运过还录钱错闭开间关险电页频题类饭饮骗体么点铺了不他货在没来些看边给",
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


def without_asking(text: str) -> str:
    """A text without the words that only make it a question: what is left is what it is about."""
    return _ASKING.sub(" ", text)


def matter(text: str) -> str:
    """A normalised text without greetings and fillers."""
    return _FILLERS.sub(" ", text)


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
