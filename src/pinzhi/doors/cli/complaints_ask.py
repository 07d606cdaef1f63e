"""`pinzhi complaints ask`: a buyer's question answered with the words of the rule. Needs no server, no database, no network."""

from __future__ import annotations

import sys
from datetime import date, datetime, time

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError


@click.command()
@click.argument("question")
@click.option("--on", type=Day(), help="The day of the purchase: rules are quoted as they stood then (default: today).")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the answer (default: that of the question).")
@click.option(
    "--model-url",
    default="",
    help="A model of the OpenAI form that may explain what was quoted (checked); off without it.",
)
@click.option("--model", default="default", show_default=True, help="The name of that model.")
@rows.polite
def ask(question: str, on: date | None, lang: str | None, model_url: str, model: str) -> rows.Answer:
    """
    Answer QUESTION in Chinese or English (`-` reads it from standard input).

    A passage is quoted only where the matter is clear; else the matters that may be meant are named. Danger, or the wish for a person, comes first.
    """
    from pinzhi.life.complaints.assistant_tables import assistant
    from pinzhi.life.complaints.rules.assistant.conversation import Message, Session
    from pinzhi.life.complaints.rules.assistant.replying import Engine
    from pinzhi.life.complaints.rules.assistant.tools import NoTools

    text = sys.stdin.read() if question == "-" else question
    if not text.strip():
        raise RefusedError.because(
            "question_empty", "there is no question", "write what you want to know", field="question"
        )
    today = clock.today()
    if on is not None and on > today:
        raise RefusedError.because(
            "day_in_future", f"{on} has not come yet", "give the day of the purchase", field="on"
        )
    message = Message(text, datetime.combine(today, time(12), clock.SHANGHAI))
    engine: Engine = assistant()
    if model_url:
        from pinzhi.life.complaints.assistant_model import with_model

        engine = with_model(model_url, model)
    reply = engine.reply(Session(), message, NoTools(), bought_on=on, speak=lang or "")
    cited = "\n".join(f"  {c.label}{'：' + c.quotation if c.quotation else ''}" for c in reply.citations)
    return rows.Answer(reply.document(), f"{reply.text}\n{cited}" if cited else reply.text)
