"""
Charts as SVG strings, each with a title, a description and a data table. Pure: numbers and words in, text out.

Drawn on the server so that the same picture stands on the screen, on paper, in a PDF and in a mail, with no script. Legible in black and white: what a
colour says, a dash, a shape or a word says too. No `style` attribute anywhere (the content policy forbids it): presentation attributes give the
printed look, and CSS classes let a page re-colour it.
"""

from pinzhi.drawing.bars import Bar, Part, Step, bars, contributions, funnel
from pinzhi.drawing.chart import Chart, Table
from pinzhi.drawing.course import Stage, course
from pinzhi.drawing.goals import Goal, goals
from pinzhi.drawing.lines import Flag, Limits, Point, control, multiples, sparkline
from pinzhi.drawing.machine import Rung, machine
from pinzhi.drawing.months import MonthValue, months
from pinzhi.drawing.timeline import GradeStep, Lane, Moment, life
from pinzhi.drawing.whisker import whisker

__all__ = [
    "Bar",
    "Chart",
    "Flag",
    "Goal",
    "GradeStep",
    "Lane",
    "Limits",
    "Moment",
    "MonthValue",
    "Part",
    "Point",
    "Rung",
    "Stage",
    "Step",
    "Table",
    "bars",
    "contributions",
    "control",
    "course",
    "funnel",
    "goals",
    "life",
    "machine",
    "months",
    "multiples",
    "sparkline",
    "whisker",
]
