"""`pinzhi docs write|check`: the reference pages are made from the code, so that they cannot lie about it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from pinzhi.doors.cli.django_side import ready

HEAD = "<!-- Made by `pinzhi docs write` from the code. Do not edit. -->\n"
FOLDER = Path("docs/reference")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _first(doc: str | None) -> str:
    return " ".join((doc or "").strip().split("\n\n")[0].split())


def settings_page() -> str:
    """Every environment variable."""
    from pinzhi.site.environment import SETTINGS

    rows = [(f"`{s.name}`", f"`{s.default}`" if s.default else "(empty)", s.en, s.zh) for s in SETTINGS]
    return HEAD + "# Settings 设置\n\n" + _table(("variable", "default", "meaning", "含义"), rows)


def facts_page() -> str:
    """Every fact with its fields and the reactions it wakes."""
    from pinzhi.engine.outbox import reaction_table
    from pinzhi.kernel.fact import FACTS

    wakes = {row["fact"]: row["reactions"] for row in reaction_table()}
    out = [HEAD, "# Facts and reactions 事实与反应\n\nThe same table is printed by `pinzhi map`.\n"]
    rows = [(f"[{name}](#{name.lower()})", ", ".join(f"`{r}`" for r in wakes[name]) or "ledger only") for name in FACTS]
    out.append(_table(("fact", "reactions"), rows))
    for name, cls in FACTS.items():
        named = ", ".join(f"`{f.name}`" for f in fields(cls) if f.name != "subject")
        out.append(f"\n## {name}\n\n{_first(cls.__doc__)}\n\nVersion {cls.version}; fields: subject, {named}.\n")
    return "\n".join(out)


def verbs_page() -> str:
    """Who may do what."""
    from pinzhi.people.roles import ROLE_NAMES, VERBS

    roles = [(r.value, t.zh, t.en) for r, t in ROLE_NAMES.items()]
    verbs = [(f"`{verb}`", ", ".join(sorted(r.value for r in who))) for verb, who in sorted(VERBS.items())]
    return (
        HEAD
        + "# Roles and verbs 角色与权限\n\n"
        + _table(("role", "中文", "English"), roles)
        + "\n"
        + _table(("verb", "roles"), verbs)
    )


def commands_page() -> str:
    """Every command with its options."""
    from pinzhi.doors.cli.main import COMMANDS, main

    out = [HEAD, "# Commands 命令\n"]
    ctx = click.Context(main, info_name="pinzhi")
    for name in COMMANDS:
        command = main.get_command(ctx, name)
        if command is not None:
            out += _command("pinzhi", name, command)
    return "\n".join(out) + "\n"


def _command(prefix: str, name: str, command: click.Command) -> list[str]:
    path = f"{prefix} {name}"
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        parts = [f"## {path}\n\n{_first(command.help)}\n"]
        for sub in command.list_commands(ctx):
            child = command.get_command(ctx, sub)
            if child is not None:
                parts += _command(path, sub, child)
        return parts
    words = [p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)]
    rows = [(", ".join(f"`{o}`" for o in p.opts), p.help or "") for p in command.params if isinstance(p, click.Option)]
    text = f"### `{' '.join([path, *words])}`\n\n{_first(command.help)}\n"
    return [text + ("\n" + _table(("option", "meaning"), rows) if rows else "")]


def law_page() -> str:
    """Every row of law and every duty with a clock."""
    from pinzhi.law.rows import UNIT_NAMES
    from pinzhi.law.tables import THEME_NAMES, register, statutes

    law = statutes()
    unread = sum(not r.verified for r in law.rows)
    preface = (
        "# Rows of law 法规条目\n\nSummaries are our own words; the text of the statute binds. "
        f"{len(law.rows)} rows; {unread} of them are marked 需核对 (to be checked): their text was not read. "
        "Printed by `pinzhi law rows`, `pinzhi law obligations`.\n\n"
        "摘要为自行表述，以法规原文为准。标“需核对”的条目未读到原文，不得作为唯一依据。\n"
    )
    out = [HEAD, preface]
    for theme in law.themes:
        name = THEME_NAMES[theme]
        rows = []
        for r in law.find(theme=theme):
            unit = UNIT_NAMES[r.unit]
            figure = "" if r.value is None else f"{r.value.normalize():f} {unit.zh} ({unit.en})"
            source = f"{r.instrument.name.zh} {r.instrument.version} {r.article}" + (
                "" if r.verified else " **需核对**"
            )
            span = f"{r.valid_from} … {r.valid_to or ''}".rstrip()
            rows.append((f"`{r.id}`", source, r.summary.zh, r.summary.en, figure, span))
        out.append(
            f"## {name.zh} {name.en}\n\n" + _table(("id", "article", "规则", "rule", "figure", "in force"), rows)
        )
    duties = [
        (f"`{d.id}`", d.party.value, f"{d.name.zh} {d.name.en}", f"{d.event.zh} {d.event.en}", f"`{d.row}`")
        for d in register().duties
    ]
    out.append("## 义务时限 Duties with a clock\n\n" + _table(("id", "whose", "duty", "set off by", "row"), duties))
    return "\n".join(out)


def openapi_page() -> str:
    """The description of the HTTP interface, as the interface itself gives it: doors do not know one another."""
    import json

    from django.test import Client

    told = Client().get("/api/v1/openapi.json", secure=True, headers={"host": "127.0.0.1"}).json()
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


PAGES: dict[str, Any] = {
    "settings.md": settings_page,
    "facts.md": facts_page,
    "verbs.md": verbs_page,
    "commands.md": commands_page,
    "law.md": law_page,
    "openapi.json": openapi_page,
}


@click.group()
def command() -> None:
    """Reference pages from the code."""


@command.command()
def write() -> None:
    """Write docs/reference/*.md."""
    ready()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
    click.echo(f"{len(PAGES)} pages in {FOLDER}", err=True)


@command.command()
def check() -> None:
    """Exit 1 when a page differs from the code."""
    ready()
    stale = [
        n
        for n, page in PAGES.items()
        if not (FOLDER / n).exists() or (FOLDER / n).read_text(encoding="utf-8") != page()
    ]
    if stale:
        click.echo(f"stale: {', '.join(stale)}\n  → run: make docs", err=True)
        raise SystemExit(1)
