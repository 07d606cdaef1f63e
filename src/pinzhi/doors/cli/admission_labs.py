"""`pinzhi admission labs`: the register of laboratories that reports are held against."""

from __future__ import annotations

import click

from pinzhi.doors.cli import rows


@click.command("labs")
@click.argument("register", required=False)
@click.option("--as", "username", default="", help="The account that does it; without it the house itself.")
@rows.polite
def labs(register: str | None, username: str) -> rows.Answer:
    """
    Take in REGISTER (columns lab, cma, cnas, valid_from, valid_to, standard; one row per standard); without it say which snapshot holds.

    Live listings that stand on a laboratory which has lost its scope are held again. The same snapshot again changes nothing.
    """
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.django_side import installed

    installed()
    from pinzhi.kernel import clock
    from pinzhi.life.admission import filed, renewal
    from pinzhi.life.admission.models import LabRegister
    from pinzhi.life.admission.rules.laboratories import lost
    from pinzhi.people.roles import Actor

    if register is None:
        held = LabRegister.objects.order_by("-pk").first()
        if held is None:
            return rows.Answer({"register": None}, "no register of laboratories: scope is not checked")
        document = {"register": held.digest, "rows": len(held.rows), "at": held.at.isoformat(), "by": held.by}
        return rows.Answer(document, f"{held.digest[:16]}… {len(held.rows)} rows, {held.at:%Y-%m-%d}, {held.by}")
    by = acting.person(username) if username else acting.house()
    read = rows.read_rows(register, required=["lab"])
    made, before, after = filed.import_register(read, by)
    losses = lost(before, after, clock.today()) if before else ()
    swept = renewal.laboratories_lost(Actor.system("admission"), losses) if losses else None
    document = {
        "register": made.digest,
        "rows": len(after),
        "lost": len(losses),
        "listings": swept.judged if swept is not None else 0,
    }
    line = (
        f"{made.digest[:16]}… {len(after)} rows; {len(losses)} scopes lost, {document['listings']} listings held again"
    )
    return rows.Answer(document, line, refused=read.refused, out=register)
