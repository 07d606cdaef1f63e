"""
Labels of a range of codes as files. A job writes them volume by volume; codes are computed while they are printed and stored nowhere else.

Files lie in `<home>/labels/<job>/`, readable by their owner only: they hold codes, and where asked for the covered ones. They go after thirty days.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from pinzhi.catalogue import queries as catalogue
from pinzhi.engine import jobs
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import giving, sheets
from pinzhi.life.tracing.addresses import address_stem, capitals
from pinzhi.life.tracing.models import CodeRange, LabelJob
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.labels.layout import Wording
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

JOB = "tracing.print_labels"
VOLUME = 50_000
"""Labels in one file: under a second to write, and as many as a roll printer takes in a shift."""
KEPT = timedelta(days=30)
FORMS = ("pdf", "zpl", "svg", "csv")
SUFFIX = {"svg": "zip"}
"""Endings of the files that are called otherwise than their form: sheets of SVG come as one archive."""
SYMBOLS = ("qr", "datamatrix")


def ask(
    range_id: int,
    by: Actor,
    *,
    form: str = "pdf",
    sheet: str = "a4-24",
    symbol: str = "qr",
    scratch: bool = False,
    now: datetime | None = None,
) -> LabelJob:
    """
    Have the labels of a range written.

    Raises RefusedError: `not_permitted`, `range_unknown` (also for another merchant's), `form_unknown`, `symbol_unknown`, `no_such_sheet`, `symbol_too_full`,
    `label_too_small`, `key_gone`.
    """
    if form not in FORMS:
        raise RefusedError.because(
            "form_unknown", f"there is no form {form[:20]}", f"choose one of {', '.join(FORMS)}", field="form"
        )
    if symbol not in SYMBOLS:
        raise RefusedError.because(
            "symbol_unknown", f"there is no symbol {symbol[:20]}", f"choose one of {', '.join(SYMBOLS)}", field="symbol"
        )
    with act("tracing.print", by, now=now) as a:
        row = CodeRange.objects.filter(pk=range_id, **giving.mine(by)).first()
        if row is None:
            raise RefusedError.because(
                "range_unknown", f"there is no range {range_id} of yours", "look at the ranges of the batch"
            )
        job = LabelJob(
            range=row, form=form, sheet=sheet, symbol=symbol, scratch=scratch, wording=_wording(row), host=settings.CODE_HOST,
            volumes=-(-row.count // VOLUME), at=a.now, by=by.label,
        )  # fmt: skip
        if form != "csv":
            order = _order(job, 0, 1)
            order.placed(order.carrier())  # what cannot be printed is refused before a worker takes it up
        else:
            _epoch(row)
        job.save()
        a.note = f"range:{row.pk}"
        jobs.enqueue(JOB, key=f"{JOB} {job.pk}", job_id=job.pk)
        return job


def write(
    job_id: int,
    *,
    total: Callable[[int], None] = lambda _: None,
    advance: Callable[[int], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Write every volume that is not there yet; each appears whole or not at all. Returns how many are there in the end."""
    job = LabelJob.objects.select_related("range").get(pk=job_id)
    total(job.volumes)
    folder = _folder(job)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(1, job.volumes + 1):
        if stop():
            break
        path = volume_path(job, number)
        if not path.exists():
            _write_whole(path, _pieces(job, number))
        job.done = number
        job.save(update_fields=["done"])
        advance(number)
    if job.done == job.volumes and job.finished_at is None:
        job.finished_at = clock.now()
        job.save(update_fields=["finished_at"])
    return job.done


def volume(job_id: int, number: int, by: Actor) -> tuple[LabelJob, Path]:
    """A written volume, for whoever may have it. Raises RefusedError(`labels_unknown`)."""
    mine = {f"range__{k}": v for k, v in giving.mine(by).items()}
    job = LabelJob.objects.select_related("range").filter(pk=job_id, **mine).first()
    if (
        job is None
        or not by.may("tracing.print")
        or not 1 <= number <= job.volumes
        or not (path := volume_path(job, number)).exists()
    ):
        raise RefusedError.because(
            "labels_unknown", "there are no such labels", "ask for them again; they are kept for thirty days"
        )
    return job, path


def volume_path(job: LabelJob, number: int) -> Path:
    """Where a volume is, or will be."""
    return _folder(job) / f"{number:04d}.{SUFFIX.get(job.form, job.form)}"


def forget(now: datetime) -> int:
    """Remove the files of jobs that are older than thirty days. Returns how many jobs."""
    gone = 0
    for job in LabelJob.objects.filter(at__lt=now - KEPT):
        if (folder := _folder(job)).is_dir():
            shutil.rmtree(folder)
            gone += 1
    return gone


def _folder(job: LabelJob) -> Path:
    return Path(settings.LABELS) / str(job.pk)


def _wording(row: CodeRange) -> dict[str, str]:
    card = catalogue.batch(row.batch_id)
    listing = catalogue.listing(card.listing_id) if card and card.listing_id else None
    return {
        "product": (listing.title if listing else "")[:60],
        "batch": row.batch_id,
        "produced": card.produced_on.isoformat() if card and card.produced_on else "",
        "report": card.report_no if card else "",
        "quarantine": card.quarantine_no if card else "",
    }


def _epoch(row: CodeRange) -> codes.Epoch:
    epoch = giving.epoch_of(row)
    if epoch is None:
        raise RefusedError.because(
            "key_gone", f"the key of epoch {row.epoch} is not here", "restore the folder of keys from its backup"
        )
    return epoch


def _order(job: LabelJob, first: int, count: int) -> sheets.Order:
    row, w = job.range, job.wording
    wording = Wording(
        w["product"], w["batch"], w["produced"], w["report"], w["quarantine"], job.host.rsplit("//", maxsplit=1)[-1]
    )
    stem = capitals(address_stem(job.host, row.gtin, row.batch_id))
    return sheets.Order(
        _epoch(row).keys(row.gtin),
        row.first + first,
        count,
        row.batch_id,
        stem,
        wording,
        sheets.sheet(job.sheet),
        job.symbol,
    )


def _pieces(job: LabelJob, number: int) -> Iterator[bytes]:
    first = (number - 1) * VOLUME
    count = min(VOLUME, job.range.count - first)
    if job.form == "csv":
        return _csv(job, first, count)
    order = _order(job, first, count)
    return {"pdf": sheets.as_pdf, "zpl": sheets.as_zpl, "svg": sheets.as_svg}[job.form](order)


def _csv(job: LabelJob, first: int, count: int) -> Iterator[bytes]:
    row = job.range
    keys, stem = _epoch(row).keys(row.gtin), address_stem(job.host, row.gtin, row.batch_id)
    made = codes.issue(keys, row.first + first, count).tolist()
    covered = codes.second_factors(keys, row.first + first, count).tolist() if job.scratch else None
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["url", "gtin", "batch", "serial", *(["scratch"] if covered else [])])
    for at, code in enumerate(made):
        text = code.decode()
        writer.writerow(
            [f"{stem}/21/{text}", row.gtin, row.batch_id, text, *([covered[at].decode()] if covered else [])]
        )
    yield out.getvalue().encode()


def _write_whole(path: Path, pieces: Iterator[bytes]) -> None:
    unfinished = path.with_suffix(path.suffix + ".part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        for piece in pieces:
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)


def jobs_of(batch_id: str, by: Actor) -> list[LabelJob]:
    """The label jobs of a batch, the latest first."""
    rows = LabelJob.objects.filter(range__batch_id=batch_id, **{f"range__{k}": v for k, v in giving.mine(by).items()})
    return list(rows.select_related("range").order_by("-pk")[:50])
