"""`pinzhi complaints balance | pay-in | advance`: deposits, the platform's fund, and what it gave in place of merchants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import acting, rows

if TYPE_CHECKING:
    from pinzhi.life.complaints.models import Movement

reference = click.option("--reference", required=True, help="The number of the payment at the bank.")


@click.command("balance")
@click.option("--merchant", default="", help="The accounts of this merchant only.")
@rows.polite
def balance(merchant: str) -> rows.Answer:
    """
    Say what stands on every account, in yuan, and whether the books fit.

    `deposit:M` is there, `receivable:M` is owed to the fund, `paid:M` was brought in or is owed (as a minus). All accounts together make zero. Books that do
    not fit end with exit code 1.
    """
    from pinzhi.doors.cli.django_side import installed

    installed()
    from pinzhi.life.complaints import money

    found, wrong = money.balances(merchant), money.faults()
    document = {"accounts": {b.account: str(b.amount) for b in found}, "faults": wrong}
    lines = [f"{b.account}  {b.amount}" for b in found] or ["no money has moved"]
    return rows.Answer(document, "\n".join([*lines, *wrong]), status=rows.REFUSED if wrong else rows.DONE)


@click.command("pay-in")
@click.argument("account", type=click.Choice(["fund", "deposit", "deposit-back", "debt"]))
@click.argument("amount")
@click.option("--merchant", default="", help="Whose deposit or debt it is.")
@click.option("--basis", default="", help="How a deposit was worked out: the rule and the sum.")
@reference
@acting.as_person
@rows.polite
def pay_in(account: str, amount: str, merchant: str, basis: str, reference: str, who: str) -> rows.Answer:
    """
    Book AMOUNT yuan that were paid: into the `fund`, into a `deposit`, back from one (`deposit-back`), or of a merchant's `debt` to the fund.

    The same number of a payment is booked once.
    """
    from pinzhi.doors.cli.django_side import installed

    installed()
    from pinzhi.life.complaints import money

    by = acting.person(who)
    if account == "fund":
        made = money.fund_in(amount, reference, by)
    elif account == "deposit":
        made = money.deposit_in(merchant, amount, reference, basis, by)
    elif account == "deposit-back":
        made = money.deposit_back(merchant, amount, reference, by)
    else:
        made = money.settle(merchant, amount, reference, by)
    return _answer([made])


@click.command("advance")
@click.argument("complaint")
@click.option("--returned", default="", help="The number of the parcel with which the goods came back.")
@reference
@acting.as_person
@rows.polite
def advance(complaint: str, returned: str, reference: str, who: str) -> rows.Answer:
    """Give the buyer of COMPLAINT (its id) from the fund what the merchant owed and did not give in time, and take it back from the merchant."""
    from pinzhi.doors.cli.django_side import installed

    installed()
    from pinzhi.life.complaints import money

    return _answer(money.advance(complaint, acting.person(who), reference=reference, returned=returned))


def _answer(made: Sequence[Movement]) -> rows.Answer:
    documents: list[dict[str, Any]] = [
        {
            "key": m.key,
            "kind": m.kind,
            "at": m.at,
            "postings": {p.purse_id: str(p.amount) for p in m.postings.order_by("purse_id")},
            "calculation": m.calculation,
        }
        for m in made
    ]
    lines = [f"{d['kind']}  " + ", ".join(f"{a} {v}" for a, v in d["postings"].items()) for d in documents]
    return rows.Answer(documents, "\n".join(lines))
