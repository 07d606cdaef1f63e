"""
The result table: which columns there are, which cells make a row, over merged cells, wrapped names and page breaks.

A row is what one value says about one name. A name column may hold a group beside or above the item («可萃取重金属 | 铅»): the name is then both, joined by
a space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pinzhi.life.admission.rules.reports.labels import OTHER, Labels
from pinzhi.life.admission.rules.reports.layout import SLACK, joined, rows
from pinzhi.life.admission.rules.reports.words import Cell, Word

SEVERAL = "several"
ORDER = ("index", "name", "method", "unit", "limit", "lod", "value", "verdict")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it holds and from where to where it reaches. `specimen` names the sample where a report tests several."""

    kind: str
    x0: float
    x1: float
    specimen: str = ""

    def holds(self, cell: Cell) -> bool:
        """Whether the middle of a cell lies in it."""
        return self.x0 - SLACK <= (cell.x0 + cell.x1) / 2 <= self.x1 + SLACK


@dataclass(slots=True)
class Row:
    """A line of the table as it stands on the page; texts by column."""

    page: int
    y: float
    texts: dict[str, str] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)

    @property
    def doubted(self) -> bool:
        """Whether the second reading of a cell differs or the reader was not sure of it."""
        return any(c.doubted for c in self.cells)

    @property
    def sure(self) -> float:
        """The least sure reading in it."""
        return min((c.sure for c in self.cells), default=1.0)


@dataclass(slots=True)
class Tables:
    """All result rows of a report and the cells that belong to them (the search for fields leaves those out)."""

    rows: list[Row] = field(default_factory=list)
    used: set[int] = field(default_factory=set)


def kinds(headings: Sequence[Cell], labels: Labels) -> list[tuple[str, Cell]] | None:
    """The columns of a header row, each kind once; None where it is no header of a result table."""
    wanted: list[tuple[str, Cell]] = []
    taken: set[str] = set()
    options = [(cell, labels.columns(cell.text)) for cell in headings]
    known = [(c, o) for c, o in options if o]
    if len(known) < 3 or len(known) < 0.6 * len(options):
        return None
    # First those that can mean one thing only, then the others: «Standard» is the method where a requirement stands beside it.
    for cell, can in sorted(known, key=lambda k: len(k[1])):
        kind = next((k for k in can if k not in taken), "")
        if kind:
            taken.add(kind)
            wanted.append((kind, cell))
    if not {"name", "value"} <= taken or not taken & {"limit", "verdict"}:
        return None
    return sorted(wanted, key=lambda w: w[1].x0)


def tables(pages: Sequence[Sequence[Cell]], labels: Labels) -> Tables:
    """Every result table of a report; `pages` holds the cells of each page."""
    found = Tables()
    columns: list[Column] = []
    for held in pages:
        ruled = [c for c in held if c.ruled]
        free = [c for c in held if not c.ruled]
        heads = _ruled_heads(ruled, labels)
        if not heads and columns and _fits(ruled, columns):
            top = min(c.y0 for c in ruled)
            _ruled_body([c for c in ruled if c.y0 >= top - SLACK], columns, labels, found)
        for i, (head, level) in enumerate(heads):
            bottom = max(c.y1 for _, c in head)
            columns, bottom = _with_specimens(head, ruled, bottom)
            stop = heads[i + 1][1] if i + 1 < len(heads) else 1e9
            found.used |= {id(c) for c in ruled if level - SLACK <= c.y0 and c.y1 <= bottom + SLACK}
            _ruled_body([c for c in ruled if bottom - SLACK <= c.y0 < stop - SLACK], columns, labels, found)
        if not heads:
            _free_tables(free, labels, found)
    return found


# --- drawn tables ---------------------------------------------------------------------------------------------------------------------------------


def _ruled_heads(ruled: Sequence[Cell], labels: Labels) -> list[tuple[list[tuple[str, Cell]], float]]:
    found: list[tuple[list[tuple[str, Cell]], float]] = []
    for cell in ruled:
        if "name" not in labels.columns(cell.text):
            continue
        middle = (cell.y0 + cell.y1) / 2
        level = [c for c in ruled if c.y0 <= middle <= c.y1 or (abs(c.y0 - cell.y0) < SLACK and c is not cell)]
        head = kinds(level, labels)
        if head and not any(abs(cell.y0 - y) < SLACK for _, y in found):
            found.append((head, min(c.y0 for c in level)))
    return found


def _with_specimens(head: list[tuple[str, Cell]], ruled: Sequence[Cell], bottom: float) -> tuple[list[Column], float]:
    """Columns of a header; a value heading over several narrower ones («1#», «2#») is a column for each specimen."""
    columns: list[Column] = []
    for kind, cell in head:
        below = [
            c
            for c in ruled
            if kind in ("value", "verdict")
            and cell.y1 - SLACK <= c.y0
            and c.y1 <= bottom + SLACK
            and cell.x0 - SLACK <= c.x0
            and c.x1 <= cell.x1 + SLACK
        ]
        if below:
            columns.extend(Column(kind, c.x0, c.x1, c.text) for c in sorted(below, key=lambda c: c.x0))
        else:
            columns.append(Column(kind, cell.x0, cell.x1))
    return columns, bottom


def _fits(ruled: Sequence[Cell], columns: Sequence[Column]) -> bool:
    """Whether the drawn cells of a page go on with the columns of the page before."""
    edges = [x for c in columns for x in (c.x0, c.x1)]
    return bool(ruled) and sum(any(abs(c.x0 - e) < 3 for e in edges) for c in ruled) >= 0.8 * len(ruled)


def _ruled_body(body: Sequence[Cell], columns: Sequence[Column], labels: Labels, found: Tables) -> None:
    left, right = min(c.x0 for c in columns), max(c.x1 for c in columns)
    body = [c for c in body if c.x1 > left and c.x0 < right]
    levels = sorted({round(y, 1) for c in body for y in (c.y0, c.y1)})
    bands = [(a, b) for a, b in zip(levels, levels[1:], strict=False) if b - a > 3]
    seen: set[tuple[int, ...]] = set()
    values = [c for c in columns if c.kind == "value"]
    for top, bottom in bands:
        middle = (top + bottom) / 2
        across = [c for c in body if c.y0 <= middle <= c.y1]
        if not across:
            break
        first = min(across, key=lambda c: c.x0)
        if _ends(first, across, columns, labels):
            break
        found.used |= {id(c) for c in across}
        for column in values:
            row = _band(across, columns, column, middle)
            mark = tuple(id(c) for c in row.cells)
            if (
                mark
                and mark not in seen
                and (row.texts.get("value") or row.texts.get("limit"))
                and row.texts.get("name")
            ):
                seen.add(mark)
                found.rows.append(row)


def _ends(first: Cell, across: Sequence[Cell], columns: Sequence[Column], labels: Labels) -> bool:
    """A row that begins with the label of a field, or one cell with the end of the report in it."""
    over = sum(first.x0 - SLACK <= (c.x0 + c.x1) / 2 <= first.x1 + SLACK for c in columns)
    parts = labels.split(first.text)
    named = [p for p in parts if p.field not in ("", OTHER)]
    alone = len(across) == 1 or len(across) == 2
    return bool((named and alone) or (over > 1 and labels.holds("end", first.text)) or (parts and alone and over > 1))


def _band(across: Sequence[Cell], columns: Sequence[Column], value: Column, middle: float) -> Row:
    row = Row(across[0].page, middle)
    for column in columns:
        if column.kind == "value" and column is not value:
            continue
        if column.kind == "verdict" and column.specimen and column.specimen != value.specimen:
            continue
        inside = [c for c in across if _in(c, column, columns)]
        if not inside:
            continue
        row.cells.extend(inside)
        text = " ".join(c.text for c in sorted(inside, key=lambda c: c.x0))
        row.texts[column.kind] = text
    if value.specimen and row.texts.get("name"):
        row.texts["name"] += f" ({value.specimen})"
    return row


def _in(cell: Cell, column: Column, columns: Sequence[Column]) -> bool:
    """A cell belongs to the column of its middle; one that reaches over several columns is a heading between rows, unless it was merged over values alone."""
    over = [c for c in columns if cell.x0 - SLACK <= (c.x0 + c.x1) / 2 <= cell.x1 + SLACK]
    if len(over) > 1:
        return column in over and all(c.kind == over[0].kind for c in over)
    return column.holds(cell)


# --- tables without upright lines ----------------------------------------------------------------------------------------------------------------------


def _free_tables(free: Sequence[Cell], labels: Labels, found: Tables) -> None:
    lines = rows(free)
    at = 0
    while at < len(lines):
        head = kinds(lines[at], labels) if len(lines[at]) > 2 else None
        if head is None:
            at += 1
            continue
        columns = [Column(kind, c.x0, c.x1) for kind, c in head]
        found.used |= {id(c) for c in lines[at]}
        at += 1
        # A second line of the header repeats it in the other language.
        while at < len(lines) and lines[at] and all(labels.columns(c.text) for c in lines[at]):
            for cell in lines[at]:
                near = _nearest(cell, columns)
                columns = [Column(c.kind, min(c.x0, cell.x0), max(c.x1, cell.x1)) if c is near else c for c in columns]
            found.used |= {id(c) for c in lines[at]}
            at += 1
        at = _free_body(lines, at, columns, labels, found)


def _nearest(cell: Cell, columns: Sequence[Column]) -> Column:
    def apart(column: Column) -> tuple[float, float]:
        overlap = min(cell.x1, column.x1) - max(cell.x0, column.x0)
        return (
            -overlap if overlap > 0 else max(-overlap, 0.0) + 0.001,
            abs((cell.x0 + cell.x1) - (column.x0 + column.x1)),
        )

    return min(columns, key=apart)


def _free_body(
    lines: Sequence[Sequence[Cell]], at: int, columns: Sequence[Column], labels: Labels, found: Tables
) -> int:
    waiting: Row | None = None  # a name alone: the beginning of a wrapped name, or a heading
    last: Row | None = None
    before: Sequence[Cell] | None = None
    while at < len(lines):
        line = lines[at]
        height = max(c.y1 - c.y0 for c in line)
        if before is not None and min(c.y0 for c in line) - max(c.y1 for c in before) > 4 * height:
            break
        parts = labels.split(line[0].text)
        if any(p.field for p in parts) and not (
            len(line) > 2 and _nearest(line[0], columns).kind == "name" and len(parts) == 1
        ):
            break
        if labels.holds("end", line[0].text) or kinds(line, labels):
            break
        row = Row(line[0].page, (line[0].y0 + line[0].y1) / 2)
        for cell in (piece for c in line for piece in _parted(c, columns)):
            kind = _nearest(cell, columns).kind
            row.texts[kind] = f"{row.texts[kind]} {cell.text}" if kind in row.texts else cell.text
            row.cells.append(cell)
        found.used |= {id(c) for c in line}
        if row.texts.get("value"):
            if not row.texts.get("name") and waiting:
                _take(row, waiting)
            found.rows.append(row)
            last, waiting = row, None
        elif last is not None and _close(last, row, height) and not waiting:
            _append(last, row)
        else:
            waiting = row
        before = line
        at += 1
    return at


def _parted(cell: Cell, columns: Sequence[Column]) -> list[Cell]:
    """A cell cut where a word begins just under the beginning of a heading: long names reach up to the next column."""
    groups: list[list[Word]] = [[]]
    for word in cell.words:
        if groups[-1] and any(abs(word.x0 - c.x0) < 3 for c in columns):
            groups.append([])
        groups[-1].append(word)
    if len(groups) == 1:
        return [cell]
    return [
        Cell(joined(g), cell.page, g[0].x0, min(w.y0 for w in g), g[-1].x1, max(w.y1 for w in g), tuple(g))
        for g in groups
    ]


def _close(last: Row, row: Row, height: float) -> bool:
    """A line right under a row goes on with it."""
    return row.y - max(c.y1 for c in last.cells) < 0.9 * height


def _take(row: Row, above: Row) -> None:
    for kind, text in above.texts.items():
        row.texts[kind] = f"{text} {row.texts[kind]}" if kind in row.texts else text
    row.cells.extend(above.cells)


def _append(row: Row, below: Row) -> None:
    for kind, text in below.texts.items():
        glue = "" if row.texts.get(kind, " ")[-1] >= "⺀" and text[0] >= "⺀" else " "
        row.texts[kind] = f"{row.texts[kind]}{glue}{text}" if kind in row.texts else text
    row.cells.extend(below.cells)
