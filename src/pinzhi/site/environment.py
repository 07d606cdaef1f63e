"""Every setting that an operator may set, in one table: the documentation and `pinzhi doctor` are made from it."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its default and what it means, in both languages."""

    name: str
    default: str
    zh: str
    en: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "PINZHI_HOME", "var", "数据目录：数据库、事件库、账本、密钥", "data folder: database, event store, ledger, keys"
    ),
    Setting(
        "PINZHI_DATABASE",
        "",
        "PostgreSQL 地址（postgresql://…）；为空用内置 SQLite",
        "PostgreSQL address (postgresql://…); empty = built-in SQLite",
    ),
    Setting(
        "PINZHI_SECRET_KEY",
        "",
        "会话与签名密钥；为空时在数据目录生成",
        "session and signing key; empty = generated in the data folder",
    ),
    Setting(
        "PINZHI_IDENTITY_KEY",
        "",
        "主体信息加密散列的密钥；为空时在数据目录生成，之后不得更换",
        "key of the seals over personal particulars; empty = generated in the data folder; never changed afterwards",
    ),
    Setting(
        "PINZHI_HOSTS", "127.0.0.1,localhost,[::1]", "允许的主机名，逗号分隔", "allowed host names, separated by commas"
    ),
    Setting("PINZHI_HTTPS", "0", "1 = 只走 HTTPS（安全 Cookie、HSTS）", "1 = HTTPS only (secure cookies, HSTS)"),
    Setting("PINZHI_DEBUG", "0", "1 = 开发模式", "1 = development mode"),
    Setting("PINZHI_SECOND_FACTOR", "1", "1 = 员工必须启用第二因素", "1 = staff must use a second factor"),
    Setting(
        "PINZHI_WITNESSES",
        "",
        "账本见证方文件（tlog-policy 格式：witness、group、quorum 行及网址）",
        "file of the ledger's witnesses (tlog-policy: witness, group and quorum lines with addresses)",
    ),
    Setting(
        "PINZHI_ANCHORS",
        "",
        "检查点锚定位置文件（TOML：[[chain]] 区块链合约、[[authority]] 时间戳机构）；为空则不锚定",
        "file of the places where checkpoints are anchored (TOML: [[chain]] contracts, [[authority]] time-stamp authorities); empty = none",
    ),
    Setting(
        "PINZHI_CODE_HOST",
        "https://id.pinzhi.example",
        "一物一码网址的主机，扫码页由它提供",
        "host of the addresses on labels; it serves the scan page",
    ),
    Setting(
        "PINZHI_GS1_PREFIX",
        "",
        "平台自己的 GS1 厂商识别代码（可多个，逗号分隔），用于给没有商品条码的商品编码；为空则不编",
        "GS1 company prefixes of the platform (separated by commas), for goods without a GTIN; empty = none are numbered",
    ),
    Setting(
        "PINZHI_REGION_HEADER",
        "",
        "反向代理写入查询者所在城市的请求头（如 X-Client-Region）；为空则不记地区",
        "request header in which the reverse proxy writes the city of whoever asks (such as X-Client-Region); empty = no region is kept",
    ),
    Setting(
        "PINZHI_LAW_TEXTS",
        "",
        "法律法规官方文本所在目录（由 pinzhi law take-in 写入）；为空则在数据目录下",
        "folder of the official texts of statutes (written by pinzhi law take-in); empty = in the data folder",
    ),
    Setting(
        "PINZHI_ASSISTANT_URL",
        "",
        "智能客服可选的模型接口（OpenAI 形式，http(s)://host/v1）；只能改写已引用的条文；为空则不用模型",
        "optional model of the assistant (OpenAI form, http(s)://host/v1); it may only say quoted passages in other words; empty = none",
    ),
    Setting("PINZHI_ASSISTANT_MODEL", "default", "该模型的名称", "the name of that model"),
    Setting("PINZHI_ASSISTANT_KEY", "", "该模型接口的密钥", "the key of that model's interface"),
    Setting(
        "PINZHI_EMBED",
        "",
        "可以把投诉表单嵌入其页面的来源（如 https://shop.example），空格分隔；为空则不可嵌入",
        "origins that may show the complaint form in a frame (such as https://shop.example), separated by blanks; empty = none",
    ),
    Setting("PINZHI_ORIGIN", "pinzhi.example/log", "账本检查点的来源名", "origin line of the ledger's checkpoints"),
    Setting(
        "PINZHI_OIDC",
        "",
        "OIDC 提供方 JSON（id、name、server_url、client_id、secret）",
        "OIDC provider as JSON (id, name, server_url, client_id, secret)",
    ),
    Setting(
        "PINZHI_METRICS_TOKEN",
        "",
        "设置后，/metrics 只对持有该令牌者开放",
        "when set, /metrics answers only to who sends it as bearer token",
    ),
    Setting(
        "PINZHI_FEED_MB",
        "64",
        "一次接口请求可发送的事件正文上限（MB，解压后）",
        "largest body of events in one request (MB, unpacked)",
    ),
    Setting("PINZHI_FILE_MB", "32", "一个上传文件的上限（MB）", "largest uploaded file (MB)"),
    Setting(
        "PINZHI_OWNER_FILES_MB",
        "5120",
        "一个商家全部上传文件的上限（MB）",
        "largest sum of the files of one owner (MB)",
    ),
    Setting(
        "PINZHI_SWEEP_SECONDS",
        "300",
        "两次监测之间至少间隔的秒数",
        "least number of seconds between two sweeps of monitoring",
    ),
    Setting(
        "PINZHI_WEBHOOK_PRIVATE", "0", "1 = 允许向内网地址发送 webhook", "1 = webhooks may go to private addresses"
    ),
)
_BY_NAME = {s.name: s for s in SETTINGS}


def read(name: str) -> str:
    """The value of a setting that stands in the table. Raises KeyError for one that does not."""
    return os.environ.get(name, _BY_NAME[name].default)


def origins(name: str) -> str:
    """Web origins separated by blanks, as a content policy takes them. Raises SystemExit naming the one that is none."""
    found = read(name).split()
    for one in found:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", one):
            raise SystemExit(f"{name}: «{one}» is no origin like https://shop.example")
    return " ".join(found)


def flag(name: str) -> bool:
    """Whether a 0/1 setting is on."""
    return read(name) not in ("", "0", "false", "no")


def home() -> Path:
    """The data folder, made if it is not there, readable by its owner only."""
    path = Path(read("PINZHI_HOME")).resolve()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def secret_key() -> str:
    """The configured key, or one generated once in the data folder with mode 0600."""
    return read("PINZHI_SECRET_KEY") or _kept(home() / "secret_key")


def identity_key() -> bytes:
    """
    The key under which personal particulars are sealed: configured, or generated once beside the ledger's keys, so that every backup holds it.

    Never the session key: that one may be changed, this one may not, or no merchant would be linked to his earlier particulars any more.
    """
    if given := read("PINZHI_IDENTITY_KEY"):
        return given.encode()
    folder = home() / "keys"
    folder.mkdir(exist_ok=True, mode=0o700)
    return _kept(folder / "identity").encode()


def _kept(path: Path) -> str:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(fd, "w") as out:
        key = secrets.token_urlsafe(48)
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    return key


def database() -> dict[str, object]:
    """Django's DATABASES['default'] from PINZHI_DATABASE."""
    url = read("PINZHI_DATABASE")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home() / "pinzhi.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # read-then-write under DEFERRED loses transactions; a time-out does not help
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
            },
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": str(home() / "test.sqlite3")},
        }
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or str(options.pop("host", "")),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
