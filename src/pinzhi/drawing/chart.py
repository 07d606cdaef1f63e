"""What every drawing returns: the picture and the table that says the same."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.drawing.svg import FONT, clean, tag
from pinzhi.drawing.words import word


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a chart: `rows` are texts, the first column heads its row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def html(self) -> str:
        """An HTML table with caption and scoped headers."""
        head = "".join(tag("th", clean(c), scope="col") for c in self.columns)
        body = "".join(
            f"<tr>{tag('th', clean(row[0]), scope='row')}{''.join(f'<td>{clean(c)}</td>' for c in row[1:])}</tr>"
            for row in self.rows
        )
        return (
            f'<table class="table table-sm chart-data"><caption>{clean(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture (`svg`, role img, with title and description) and its data (`table`)."""

    svg: str
    table: Table
    language: str

    def html(self) -> str:
        """A figure: the picture in a frame that scrolls on narrow screens, and the data behind a disclosure."""
        name = clean(self.table.caption)
        scroll = f'tabindex="0" role="group" aria-label="{name}"'
        summary = tag("summary", clean(word("data", self.language)))
        data = f'<details class="chart-details">{summary}<div class="table-responsive" {scroll}>{self.table.html()}</div></details>'
        return f'<figure class="chart"><div class="chart-frame" {scroll}>{self.svg}</div>{data}</figure>'


def frame(
    body: str, *, id_: str, title: str, summary: str, width: float, height: float, kind: str, language: str
) -> str:
    """The `<svg>` around a drawing: view box, role, title and description tied by id (unique in a page: the caller's affair)."""
    return tag(
        "svg",
        tag("title", clean(title), id=f"{id_}-t"),
        tag("desc", clean(summary), id=f"{id_}-d"),
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{id_}-t {id_}-d",
        class_=f"drawing {kind}",
        lang="zh-Hans" if language.lower().startswith("zh") else "en",
        font_family=FONT,
    )


def nothing(
    *, id_: str, title: str, width: float, height: float, kind: str, language: str, columns: tuple[str, ...]
) -> Chart:
    """A chart with nothing in it says so."""
    text = word("none", language)
    note = tag(
        "text",
        clean(text),
        x=width / 2,
        y=height / 2,
        text_anchor="middle",
        class_="soft",
        fill="#4b5563",
        font_size=13,
    )
    svg = frame(note, id_=id_, title=title, summary=text, width=width, height=height, kind=kind, language=language)
    return Chart(svg, Table(title, columns, ()), language)
