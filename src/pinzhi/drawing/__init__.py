"""
Charts as SVG strings, each with a title, a description and a data table. Pure: numbers and words in, text out.

Drawn on the server so that the same picture stands on the screen, on paper, in a PDF and in a mail, with no script. Legible in black and white: what a
colour says, a dash, a shape or a word says too. No `style` attribute anywhere (the content policy forbids it): presentation attributes give the
printed look, and CSS classes let a page re-colour it.
"""

from pinzhi.drawing.bars import Bar, Part, Step, bars, contributions, funnel
from pinzhi.drawing.chart import Chart, Table
from pinzhi.drawing.lines import Limits, Point, control, multiples, sparkline
from pinzhi.drawing.timeline import GradeStep, Lane, Moment, life

__all__ = [
    "Bar",
    "Chart",
    "GradeStep",
    "Lane",
    "Limits",
    "Moment",
    "Part",
    "Point",
    "Step",
    "Table",
    "bars",
    "contributions",
    "control",
    "funnel",
    "life",
    "multiples",
    "sparkline",
]
