"""
Reports that come with a submission: read once, kept by their bytes, judged from what was kept.

    read_digital(listing)      before the act: text layers, some 13 ms a page, in the bounded child process
    gathered(listing)          what `rules.filed` judges with: readings, the register of laboratories, reports seen before
    kept(row, listing, filed)  in the act: what is remembered of each report for the next ones

A scan waits for the job `admission.read_files` where recognition is installed; without it a person is asked to look.
"""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q

from pinzhi.catalogue import files
from pinzhi.catalogue.contracts import FileCard
from pinzhi.decisions import policies
from pinzhi.engine.embedded.blobs import open_files
from pinzhi.kernel import clock
from pinzhi.kernel.canon import digest, plain
from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.models import FileReading, KeptReport, LabRegister, Submission
from pinzhi.life.admission.paper import scan
from pinzhi.life.admission.paper.reading import read_report
from pinzhi.life.admission.report_inputs import licence_of
from pinzhi.life.admission.report_tables import labels
from pinzhi.life.admission.rules.filed import Filed
from pinzhi.life.admission.rules.papers import REPORTS
from pinzhi.life.admission.rules.reports.checks import fingerprint, read
from pinzhi.life.admission.rules.reports.policy import ReportPolicy, report_policy
from pinzhi.life.admission.rules.reports.register import Licence
from pinzhi.life.admission.rules.reports.reuse import Earlier
from pinzhi.life.admission.rules.reports.words import Sheets
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

READER = "1"
"""Version of the reader: a reading of another version is made again, never changed."""
TEXT, PICTURE = f"text-{READER}", f"picture-{READER}"
MOST_KNOWN = 40
WAITS = Text(
    "检验报告为扫描件，正在识别；识别完成后自动复核。",
    "The report is a scan and is being read; it is judged again when it is.",
)
NOT_HERE = Text(
    "检验报告为扫描件，本系统未安装文字识别，请人工核对原件。",
    "The report is a scan and no recognition is installed: a person must look.",
)


def reports(listing: Listing) -> dict[int, FileCard]:
    """Files of the listing's test reports by the number of the document; only the merchant's own."""
    named = {
        n: d.path for n, d in enumerate(listing.documents) if d.kind in REPORTS and d.path.startswith(files.PREFIX)
    }
    mine = files.owned(named.values(), files.merchant_owner(listing.merchant_id)) if named else {}
    return {n: mine[path] for n, path in named.items() if path in mine}


def read_digital(listing: Listing) -> None:
    """Read the text layers of reports that are not read yet."""
    cards = reports(listing)
    if cards:
        limits = policy_of(policies.policy_in_force("admission").version)
        for card in cards.values():
            read_file(card, limits, TEXT)


def read_pictures(listing: Listing) -> int:
    """Read what only its picture shows, by recognition. Gives how many files were read; nothing where recognition is not installed."""
    if not scan.available():
        return 0
    limits, count = policy_of(policies.policy_in_force("admission").version), 0
    for card in reports(listing).values():
        if waits(card):
            read_file(card, limits, PICTURE)
            count += 1
    return count


def waits(card: FileCard) -> bool:
    """Whether only the picture of a page says what stands there, and nobody has read it."""
    found = {r.reader: r for r in FileReading.objects.filter(sha256=card.sha256)}
    return PICTURE not in found and (TEXT not in found or _pictured(sheets_of(found[TEXT])))


def read_file(card: FileCard, limits: ReportPolicy, reader: str) -> None:
    """Read a file with a version of the reader and keep what it says, or why it cannot be read. A reading that is kept is never made again."""
    if FileReading.objects.filter(sha256=card.sha256, reader=reader).exists():
        return
    sheets, refusal = None, None
    with tempfile.TemporaryDirectory(prefix="pinzhi-") as folder:
        path = Path(folder) / f"{card.sha256[:16]}.{'jpg' if card.kind == 'jpeg' else card.kind}"
        path.symlink_to(open_files().path(card.sha256))
        try:
            sheets = read_report(path, limits.reading, ocr=reader == PICTURE)
        except RefusedError as no:
            refusal = no.refusal
    FileReading.objects.get_or_create(
        sha256=card.sha256,
        reader=reader,
        defaults={
            "body": b"" if sheets is None else zlib.compress(msgspec.msgpack.encode(replace(sheets, name=""))),
            "refusal": None
            if refusal is None
            else {"code": refusal.code, "reason": refusal.reason, "remedy": refusal.remedy},
        },
    )


def sheets_of(row: FileReading) -> Sheets | None:
    """What was read; None where the file could not be."""
    return msgspec.msgpack.decode(zlib.decompress(bytes(row.body)), type=Sheets) if row.body else None


def _pictured(sheets: Sheets | None) -> bool:
    return sheets is not None and any(m.code == "page_unreadable" for m in sheets.marks)


def policy_of(version: str) -> ReportPolicy:
    """The figures for reports of a version of the station's policy."""
    return report_policy(read_policy(policies.text_of(version)))


def gathered(listing: Listing) -> Filed | None:
    """What the listing's reports are judged with now; None where it brings no report as a file."""
    cards = reports(listing)
    if not cards:
        return None
    rows = {(r.sha256, r.reader): r for r in FileReading.objects.filter(sha256__in=[c.sha256 for c in cards.values()])}
    readings = {n: _newest(card.sha256, rows) for n, card in cards.items()}
    snapshot = LabRegister.objects.order_by("-pk").first()
    policy = policies.policy_in_force("admission").version
    known = _known(
        listing, [s for r in readings.values() if r is not None and (s := sheets_of(r)) is not None], policy_of(policy)
    )
    written = {
        "readings": {str(n): None if r is None else r.pk for n, r in readings.items()},
        "register": snapshot.digest if snapshot else "",
        "known": [asdict(k) for k in known],
        "policy": policy,
        "recognition": scan.available(),
    }
    return again(written)


def readings_of(listing: Listing) -> dict[str, int | None]:
    """The reading that each report would be judged from now, by the number of its document."""
    now = gathered(listing)
    return {} if now is None else dict(json.loads(now.basis)["readings"])


def _newest(sha256: str, rows: Mapping[tuple[str, str], FileReading]) -> FileReading | None:
    """The reading of the pictures where the text layer does not say everything, else that of the text layer."""
    text, picture = rows.get((sha256, TEXT)), rows.get((sha256, PICTURE))
    return picture if picture is not None else text


def again(written: Mapping[str, Any]) -> Filed:
    """The same from what was written down."""
    rows = FileReading.objects.in_bulk([pk for pk in written["readings"].values() if pk is not None])
    listed = []
    for n, pk in sorted((int(n), pk) for n, pk in written["readings"].items()):
        sheets = sheets_of(rows[pk]) if pk is not None else None
        why = None
        if sheets is None and pk is not None and rows[pk].refusal:
            no = Refusal(**rows[pk].refusal)
            why = Text(f"检验报告无法读取（{no.code}），请人工核对原件", f"the report cannot be read: {no.reason}")
        elif sheets is None or _pictured(sheets):
            sheets, why = None, WAITS if written["recognition"] else NOT_HERE
        listed.append((n, sheets, why))
    return Filed(
        tuple(listed),
        register(written["register"]) if written["register"] else None,
        tuple(Earlier(**k) for k in written["known"]),
        labels(),
        policy_of(written["policy"]),
        json.dumps(written, ensure_ascii=False, sort_keys=True),
    )


def _known(listing: Listing, sheets: Sequence[Sheets], policy: ReportPolicy) -> list[Earlier]:
    """Reports seen before that share number, file, results or layout with one of these, of other listings; the latest first."""
    wanted = Q(pk=None)
    for one in sheets:
        now = fingerprint(read(one, labels(), policy.reports), one, listing)
        wanted |= Q(sha256=now.sha256) | Q(results=now.results) | Q(layout=now.layout)
        if now.report_no:
            wanted |= Q(report_no=now.report_no)
    rows = KeptReport.objects.filter(wanted).exclude(submission__listing_id=listing.id).order_by("-pk")
    return [Earlier(**r) for r in rows.values_list("said", flat=True)[:MOST_KNOWN]]


def keep(row: Submission, listing: Listing, filed: Filed | None) -> None:
    """Remember the reports of a submission. In the transaction of its act."""
    for _, sheets, _ in filed.sheets if filed else ():
        if sheets is not None:
            now = fingerprint(read(sheets, labels(), filed.policy.reports), sheets, listing)  # type: ignore[union-attr]
            KeptReport.objects.create(
                submission=row,
                sha256=now.sha256,
                report_no=now.report_no[:200],
                results=now.results if now.figures else "",
                layout=now.layout,
                said=asdict(now),
            )


def import_register(
    rows: Iterable[Mapping[str, Any]], by: Actor
) -> tuple[LabRegister, tuple[Licence, ...], tuple[Licence, ...]]:
    """
    Take in a snapshot of the register of laboratories: it, and the rows before and after. The same rows again are the same snapshot.

    Raises RefusedError: `not_permitted`, `register_empty`, and what `report_inputs.licence_of` says of a row.
    """
    after = tuple(licence_of(row) for row in rows)
    if not after:
        raise RefusedError.because("register_empty", "the register has no row", "give rows lab, cma, cnas, standard")
    last = LabRegister.objects.order_by("-pk").first()
    before = register(last.digest) if last else ()
    written = plain(list(after))
    mark = digest(written)
    with act("admission.register", by) as a, transaction.atomic():
        if last is not None and last.digest == mark:
            return last, before, after
        made = LabRegister.objects.create(digest=mark, rows=written, at=clock.now(), by=a.by.label)
        a.note = f"register:{mark[:16]} {len(after)} rows"
    return made, before, after


def register(mark: str) -> tuple[Licence, ...]:
    """The rows of a snapshot."""
    row = LabRegister.objects.filter(digest=mark).order_by("pk").first()
    if row is None:
        raise LookupError(f"there is no register {mark}")
    return tuple(msgspec.convert(r, Licence) for r in row.rows)
