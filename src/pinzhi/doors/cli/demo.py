"""
`pinzhi demo`: a living marketplace on this machine, from nothing.

A simulated year with planted incidents (or a public data set with `--data`), registered, stored, swept and rated by the same verbs that an installation uses;
then the doors are opened and events keep trickling in. Everything lies in one folder (`PINZHI_HOME`, by default `var/demo`) and goes with it.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import (
    demo_admission,
    demo_complaints,
    demo_duties,
    demo_fast,
    demo_incident,
    demo_reviews,
    demo_tracing,
)
from pinzhi.doors.cli.django_side import migrated, ready

if TYPE_CHECKING:
    import pyarrow as pa

    from pinzhi.simulation.contracts import World

SIZE = {"days": 365, "merchants": 40, "listings": 240, "sales_per_day": 240.0}
SEED = 20261125
SUBSCRIPTION = "demo receiver"
RECEIVER = Path(__file__).parents[4] / "docs" / "examples" / "webhook_receiver.py"
PEOPLE = (
    ("admin", ("administrator",), "系统管理员 administrator"),
    ("analyst", ("analyst",), "监测分析员 analyst"),
    ("senior", ("senior_reviewer", "analyst"), "高级审核员 senior reviewer"),
    ("agent", ("complaint_agent",), "投诉专员 complaint agent"),
    ("manager", ("manager",), "质量经理 manager"),
)


@contextmanager
def step(zh: str, en: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    start = time.perf_counter()
    yield
    click.echo(f"  {time.perf_counter() - start:5.1f} s  {zh} · {en}", err=True)


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True),
    help="An Olist folder or an Online Retail file instead of the simulated year.",
)
@click.option("--no-serve", is_flag=True, help="End after the summary.")
@click.option(
    "--port", default=8000, show_default=True, help="Port to serve on (the webhook receiver takes the next one)."
)
@click.option("--again", is_flag=True, help="Throw the old demo away and begin anew.")
def command(data: str | None, no_serve: bool, port: int, again: bool) -> None:
    """A marketplace's year goes in, decisions come out: load, run the loop, serve on 127.0.0.1."""
    home = _home(again=again)
    ready()
    summary_file = home / "demo.json"
    if summary_file.exists():
        summary = json.loads(summary_file.read_text())
        click.echo(f"the demo of {summary['made_at']} is still there ({home}); --again begins anew", err=True)
    else:
        click.echo("品质 Pinzhi · demo", err=True)
        summary = _build(data, port)
        summary_file.write_text(json.dumps(summary, ensure_ascii=False, indent=1))
        summary_file.chmod(0o600)
    _say(summary, port)
    if not no_serve:
        _live(home, summary, port, simulated=summary["data"] == "simulated")


def _home(*, again: bool) -> Path:
    os.environ.setdefault("PINZHI_HOME", "var/demo")
    os.environ.setdefault("PINZHI_SECOND_FACTOR", "0")
    os.environ.setdefault("PINZHI_WEBHOOK_PRIVATE", "1")
    os.environ.setdefault("PINZHI_SWEEP_SECONDS", "60")
    home = Path(os.environ["PINZHI_HOME"]).resolve()
    if again and home.exists():
        if not (home / "demo.json").exists():
            raise click.UsageError(f"{home} holds no demo; it is not thrown away")
        import shutil

        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return home


def _build(data: str | None, port: int) -> dict[str, Any]:
    from pinzhi.engine import aggregates, outbox
    from pinzhi.engine.embedded.opened import open_store
    from pinzhi.kernel import clock
    from pinzhi.ledger import store as ledger
    from pinzhi.life.monitoring import actions as monitoring
    from pinzhi.life.monitoring.contracts import day_of, number_of
    from pinzhi.life.rating import actions as rating
    from pinzhi.people.roles import Actor

    with step("建库", "schema"):
        migrated()
    logins, receiver, token = _people(port)
    pieces: dict[str, str] = {}
    complaint: dict[str, str] = {}
    with step("部门与职责", "departments and duties"):
        demo_duties.enter(clock.today())
    if data:
        _load_public(data)
    else:
        world = simulated_year()
        _load_simulated(world)
        with step("入驻审核", "admission"):
            demo_admission.enter(world.market)
        with step("复评与核查", "reviews judged once more, inspections"):
            demo_reviews.plant(world.market, clock.now())
        logins["merchant"] = demo_admission.login()
        with step("追溯", "tracing"):
            pieces = demo_tracing.enter(world)
        with step("投诉", "complaints"):
            complaint = demo_complaints.enter(world)
            demo_incident.enter(world)
        with step("快速退款与账簿", "fast refunds and books"):
            if fast := demo_fast.enter(world):
                logins["shop"] = demo_admission.login(fast, "shop")
    store = open_store()
    store.refresh()
    with step("统计", "tallies"):
        tallies = aggregates.tallied(store.dense())
    with step("监测", "monitoring"):
        run = monitoring.sweep(Actor.system("demo"), tallies)
    with step("评级", "rating"):
        last = day_of(tallies.last_day)
        for day in (last - timedelta(days=60), last - timedelta(days=30), last):
            if number_of(day) > tallies.first_day:
                rating.recompute(Actor.system("demo"), tallies, day)
    with step("事实送达各环节", "facts to their reactions"):
        delivered = outbox.drain()
    with step("账本签名", "ledger signed"):
        checkpoint = ledger.checkpoint(at=clock.now())
    return {
        "made_at": clock.now().isoformat(timespec="seconds"),
        "data": data or "simulated",
        "events": store.count(),
        "signals": run.raised,
        "delivered": delivered,
        "leaves": checkpoint.size,
        "logins": logins,
        "pieces": pieces,
        "complaint": complaint,
        "webhook_secret": receiver,
        "token": token,
    }


def _people(port: int) -> tuple[dict[str, str], str, str]:
    """Demo accounts with passwords of their own, a subscription to the receiver on the next port, and a token for the live events."""
    from pinzhi.decisions.subscriptions import subscribe
    from pinzhi.people import actions as people
    from pinzhi.people import tokens
    from pinzhi.people.roles import Actor, Role

    logins: dict[str, str] = {}
    with step("账号", "accounts"):
        house = Actor.system("demo")
        for name, roles, shown in PEOPLE:
            password = secrets.token_urlsafe(9)
            _, invitation = people.add(house, name, frozenset(map(Role, roles)), display_name=shown)
            people.accept(invitation, password)
            logins[name] = password
        _, secret = subscribe(house, name=SUBSCRIPTION, url=f"http://127.0.0.1:{port + 1}/")
        _, token = tokens.make(house, name="demo live events", scopes=["events:write"])
    return logins, secret, token


def simulated_year() -> World:
    """The demo's marketplace, the same for everybody on the same day."""
    from pinzhi.kernel import clock
    from pinzhi.simulation.history import simulate

    with step("模拟一年", "simulate a year"):
        first = clock.today() - timedelta(days=int(SIZE["days"]))
        return simulate(seed=SEED, first_day=first, **SIZE)  # type: ignore[arg-type]


def _load_simulated(world: World) -> None:
    from pinzhi.catalogue import actions as catalogue
    from pinzhi.catalogue.receiving import receive_events
    from pinzhi.kernel.values import Kind
    from pinzhi.people.roles import Actor

    house = Actor.system("demo")
    with step("登记商家、商品、批次", "register merchants, listings, batches"):
        for kind, rows in (
            (Kind.MERCHANT, world.market.merchants),
            (Kind.LISTING, world.market.listings),
            (Kind.BATCH, demo_tracing.particulars(world)),
        ):
            taken = catalogue.register(kind, enumerate(rows, 1), house)
            if taken.aside:
                raise click.ClickException(f"the simulated {kind} feed was refused: {taken.aside[0].reason}")
    with step("写入事件库", "events into the store"):
        table = event_table(world.events)
        month = 200_000
        for n, start in enumerate(range(0, table.num_rows, month)):
            receive_events(
                house, table.slice(start, month), source="demo", body_sha256=f"{world.seed:x}-{world.first_day}-{n}"
            )


def event_table(columns: dict[str, list[Any]]) -> pa.Table:
    """Simulated columns as a table of `intake.EVENT_SCHEMA`."""
    import pyarrow as pa

    from pinzhi.engine.intake.columns import EVENT_SCHEMA

    rows = len(columns["at"])
    made = {
        f.name: pa.array(columns["amount"]).cast(f.type)
        if f.name == "amount"
        else pa.array(columns[f.name], type=f.type)
        if f.name in columns
        else pa.nulls(rows, f.type)
        for f in EVENT_SCHEMA
    }
    return pa.table(made, schema=EVENT_SCHEMA)


def _load_public(data: str) -> None:
    verb = "olist" if Path(data).is_dir() else "online-retail"
    with step(f"导入 {data}", f"import {data}"):
        done = subprocess.run([sys.executable, "-m", "pinzhi", "feeds", "import", verb, data], check=False)
        if done.returncode not in (0, 3):
            raise click.ClickException("the data could not be imported; see above")


def _say(summary: dict[str, Any], port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    lines = [
        "",
        f"  {summary['events']:,} 条事件 events · {summary['signals']} 条预警 signals · {summary['leaves']:,} 条账本记录 ledger entries",
        "",
        f"  工作台 console   {url}/console/",
        f"  商家 merchant    {url}/merchant/",
        f"  接口 API         {url}/api/v1/openapi.json",
        f"  账本 ledger      {url}/ledger/checkpoint",
        f"  健康 health      {url}/healthz  {url}/metrics",
        *(f"  扫码 scan        {url}{path}" for path in summary.get("pieces", {}).values()),
        f"  咨询 ask         {url}/ask",
        f"  投诉 complain    {url}/complain",
        *_kept(summary.get("complaint") or {}, url),
        "",
        *(f"  {name:8} {password}" for name, password in summary["logins"].items()),
        "",
        "  演示环境关闭了第二因素，请勿用于生产 · the second factor is off in the demo; not for production",
    ]
    click.echo("\n".join(lines))


def _kept(complaint: dict[str, str], url: str) -> list[str]:
    """The complaint of a buyer who waits for him: receipt and access code."""
    if not complaint:
        return []
    return [f"  查询 follow up   {url}/complaint/{complaint['receipt']}  查询码 code {complaint['code']}"]


def _send_to(url: str) -> None:
    """Webhooks of the demo go to the receiver of this run, whatever port an earlier one had."""
    from pinzhi.decisions import subscriptions
    from pinzhi.decisions.models import Subscription
    from pinzhi.people.roles import Actor

    row = Subscription.objects.filter(name=SUBSCRIPTION).first()
    if row is not None and row.url != url:
        subscriptions.change(Actor.system("demo"), row, url=url)


def _live(home: Path, summary: dict[str, Any], port: int, *, simulated: bool) -> None:
    """Serve, with a worker, a webhook receiver on the next port, and events trickling in."""
    receiver = None
    if RECEIVER.exists():
        _send_to(f"http://127.0.0.1:{port + 1}/")
        log = (home / "webhooks.log").open("ab")
        receiver = subprocess.Popen(
            [sys.executable, str(RECEIVER), "--port", str(port + 1), "--store", str(home / "received.sqlite3")],
            env=os.environ | {"PINZHI_WEBHOOK_SECRET": summary["webhook_secret"]},
            stdout=log,
            stderr=log,
        )
        click.echo(f"  webhook → http://127.0.0.1:{port + 1}/  ({home / 'webhooks.log'})", err=True)
    live = None
    if simulated:
        # A process, not a thread: nothing of what sends is in the server.
        log = (home / "live.log").open("ab")
        live = subprocess.Popen(
            [sys.executable, "-m", "pinzhi.doors.cli.trickle", f"http://127.0.0.1:{port}"],
            env=os.environ | {"PINZHI_DEMO_TOKEN": summary["token"]},
            stdout=log,
            stderr=log,
        )
    # A process of its own as well: the server forks its workers, and the library of the event store, which this process has used to build the year, refuses
    # to go on in a fork.
    server = subprocess.Popen([sys.executable, "-m", "pinzhi", "serve", "--port", str(port), "--with-worker"])
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        while server.poll() is None:
            try:
                server.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C in a terminal has reached the server too; it ends in its own time
    finally:
        for process in (live, receiver):
            if process is not None:
                process.terminate()
                process.wait(timeout=10)
