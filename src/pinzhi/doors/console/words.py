"""Fixed words of the console for codes that come from other rooms, so that both languages say them the same everywhere."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

STATES = {
    "waiting": _("waiting"),
    "open": _("open"),
    "claimed": _("taken"),
    "snoozed": _("put aside"),
    "proposed": _("waits for the second person"),
    "decided": _("decided"),
    "paused": _("waits for an inspection"),
}
SEVERITIES = {"H": _("high"), "M": _("medium"), "L": _("low")}
KINDS = {
    "item": _("item"),
    "listing": _("listing"),
    "batch": _("batch"),
    "merchant": _("merchant"),
    "category": _("category"),
    "platform": _("platform"),
    "case": _("case"),
    "paper": _("document"),
    "policy": _("policy"),
    "account": _("account"),
}
VERBS = {
    "open": _("opened"),
    "claim": _("taken"),
    "release": _("given back"),
    "decide": _("decided"),
    "propose": _("proposed"),
    "confirm": _("confirmed"),
    "reject": _("not confirmed"),
    "withdraw": _("withdrawn"),
    "snooze": _("put aside"),
    "wake": _("brought back"),
    "assign": _("assigned"),
    "escalate": _("escalated"),
    "ask": _("more asked for"),
    "undo": _("undone"),
    "reopen": _("reopened"),
    "comment": _("remark"),
    "evidence": _("new evidence"),
    "over": _("settled elsewhere"),
    "inspect": _("inspection asked for"),
    "inspected": _("inspection ended"),
}
STANDINGS = {
    "normal": _("on sale"),
    "promoted": _("promoted"),
    "watched": _("watched"),
    "restricted": _("restricted"),
    "quarantined": _("quarantined"),
    "stopped": _("sale stopped"),
    "delisted": _("delisted"),
    "banned": _("banned"),
}
EFFECTS = {
    "admit": _("admit"),
    "promote": _("promote"),
    "none": _("no effect"),
    "watch": _("watch"),
    "restrict": _("restrict"),
    "quarantine": _("quarantine"),
    "stop_sale": _("stop sale"),
    "delist": _("delist"),
    "ban": _("ban"),
}
FACTS = {
    "EventsAccepted": _("events accepted"),
    "CatalogueChanged": _("catalogue changed"),
    "ListingAdmitted": _("admitted"),
    "ListingRefused": _("refused"),
    "PaperExpiring": _("document runs out"),
    "StandardReplaced": _("standard replaced"),
    "ListingsHeldAgain": _("live listings checked again"),
    "LabLostScope": _("laboratory lost scope"),
    "EventsCaptured": _("tracing events stored"),
    "CodesIssued": _("codes issued or declared void"),
    "CodeCopied": _("a code seems to be copied"),
    "RecallOpened": _("recall or drill"),
    "ScreeningOverturned": _("rule overturned"),
    "RulesetPublished": _("rules published"),
    "ComplaintOpened": _("complaint"),
    "HazardReported": _("hazard reported"),
    "ComplaintMoved": _("complaint went on"),
    "ComplaintClosed": _("complaint closed"),
    "PromiseBroken": _("time ran out"),
    "RemedyFulfilled": _("remedy given"),
    "OffenceReported": _("offence reported"),
    "IncidentSurfaced": _("many complaints of one matter"),
    "IncidentDecided": _("decided for all of an incident"),
    "SignalRaised": _("signal raised"),
    "SignalJudged": _("signal judged"),
    "GradeChanged": _("grade changed"),
    "DecisionIssued": _("decision issued"),
    "DecisionLifted": _("decision lifted"),
    "CaseOpened": _("case opened"),
    "CaseDecided": _("case decided"),
    "CaseReopened": _("case reopened"),
    "InspectionClosed": _("inspected on site"),
    "PolicyPublished": _("policy published"),
    "RoleChanged": _("role changed"),
    "CostBooked": _("cost booked"),
}
CHANGES = {"registered": _("registered"), "seen": _("seen in events"), "updated": _("updated")}
FILTERS = {
    "state": _("State"),
    "severity": _("Severity"),
    "desk": _("Desk"),
    "assigned": _("With"),
    "due": _("Deadline"),
    "stream": _("Stream"),
    "weeks": _("Time range"),
    "outcome": _("Judgement"),
    "kind": _("Kind"),
    "grade": _("Grade"),
    "interval": _("Interval"),
    "promoted": _("Promotion"),
    "half": _("Half-year"),
    "kpi": _("Figure"),
    "status": _("Against the target"),
}
FIELDS = {
    "inspections": _("Inspections on site"),
    "desk": _("Desk"),
    "rule": _("Rule"),
    "units": _("Cases judged by two"),
    "alpha": _("Alpha"),
    "interval": _("Interval"),
    "differ": _("Cases on which answers differ"),
    "stream": _("Stream"),
    "observed": _("Observed"),
    "expected": _("Expected"),
    "evidence": _("Strength of evidence"),
    "cause": _("Cause"),
    "cause_kind": _("Kind of cause"),
    "cause_id": _("Cause"),
    "merchant": _("Merchant"),
    "category": _("Category"),
    "raised_on": _("Raised on"),
    "onset": _("Began on"),
    "examples": _("Examples"),
    "sentence": _("In a sentence"),
    "signal_id": _("Signal"),
    "ratio": _("Times the expected"),
    "low": _("Lower end of the interval"),
    "high": _("Upper end of the interval"),
    "threshold": _("Threshold of evidence"),
    "cause_share": _("Share of the excess"),
    "false_share": _("Expected share of false signals"),
    "policy": _("Policy version"),
    "as_of": _("As of"),
    "state": _("State"),
    "since": _("Since"),
    "grade": _("Grade"),
    "mean": _("Share of good orders"),
    "orders": _("Orders"),
    "bad_risk": _("Sure that it harms"),
    "line": _("Line of restriction"),
    "reasons_zh": _("Reasons (Chinese)"),
    "reasons_en": _("Reasons (English)"),
    "text_zh": _("In a sentence (Chinese)"),
    "text_en": _("In a sentence (English)"),
    "also": _("Further signals of the same cause"),
}
STREAMS = {
    "return": _("returns"),
    "review": _("bad reviews"),
    "complaint": _("complaints"),
    "refund": _("refunds"),
    "fused": _("quality events of all kinds"),
}
EVENTS = {
    "return": _("return"),
    "review": _("review"),
    "complaint": _("complaint"),
    "refund": _("refund"),
}
JUDGEMENTS = {
    "": _("not judged yet"),
    "open": _("not judged yet"),
    "real": _("real"),
    "noise": _("noise"),
    "undecided": _("cannot tell yet"),
}
MARKS = {
    "signal": _("signal"),
    "correction": _("corrective action"),
    "burst": _("crowded reviews found real"),
}
TRANSFORMS = {
    "width": _("full width or circled characters"),
    "invisible": _("invisible characters"),
    "case": _("capital letters"),
    "traditional": _("traditional characters"),
    "lookalike": _("look-alike characters"),
    "gap": _("marks between the characters"),
    "pinyin": _("pinyin"),
    "split": _("characters written as their parts"),
    "identity": _("unchanged"),
    "mirror": _("mirrored"),
    "rotate90": _("turned by 90°"),
    "rotate180": _("turned by 180°"),
    "rotate270": _("turned by 270°"),
    "squeeze": _("squeezed"),
    "tilt": _("tilted"),
    "crop": _("cropped"),
    "frame": _("framed"),
    "overlay": _("with something laid over it"),
}
COMPARED = {
    "submission": _("Refused submission"),
    "listing": _("Refused listing"),
    "merchant": _("Merchant"),
    "links": _("What both merchants share"),
    "title_alike": _("Likeness of the titles"),
    "attributes_alike": _("Likeness of the attributes"),
    "still": _("Rules still broken"),
    "gtin_alike": _("The same GTIN"),
    "pictures_alike": _("Pictures in common"),
    "same": _("The same picture"),
    "median": _("Middle price of like goods (yuan)"),
    "members": _("Like goods"),
    "z": _("Distance from like goods, in spreads"),
    "sku": _("Variant"),
    "item": _("Item"),
    "value": _("Value"),
    "limit": _("Required"),
    "printed": _("Printed"),
    "report": _("On the report"),
    "ours": _("On the page of the listing"),
}
REPORT_CHECKS = {
    "fields": _("complete"),
    "limits": _("limits"),
    "scope": _("laboratory's scope"),
    "reuse": _("used before"),
    "identity": _("these goods"),
    "dates": _("possible dates"),
    "expiry": _("still holds"),
    "integrity": _("the file itself"),
}
REPORT_ANSWERS = {"ok": _("in order"), "bad": _("wrong"), "unsure": _("for a person")}
OPERATORS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}
JUDGED = {
    "pass": _("conforms"),
    "fail": _("does not conform"),
    "unsure": _("cannot be decided"),
    "not_judged": _("no requirement"),
}
ACTORS = {"person": _("a person"), "rule": _("rule"), "system": _("system"), "token": _("interface client")}
SYSTEMS = {
    "buyer": _("the buyer, on the page"),
    "complaint form": _("the buyer, by the form"),
    "scan page": _("a consumer, by the scan page"),
    "invitation": _("whoever was invited"),
    "login": _("the login"),
    "command line": _("the command line"),
    "console": _("the console"),
    "admission": _("admission review, by itself"),
    "complaints": _("the complaint desk, by itself"),
    "monitoring": _("monitoring, by itself"),
    "assistant": _("the assistant"),
    "rating": _("the rating, by itself"),
    "tracing": _("tracing, by itself"),
    "watch": _("the watch over new data"),
    "demo": _("the demonstration"),
}
"""Who acts where no person does: names of `Actor.system`."""
LIST_COMMA = pgettext_lazy("between items of a list", ", ")
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
JOBS = {
    "queued": _("queued"),
    "running": _("running"),
    "done": _("done"),
    "failed": _("failed"),
    "cancelled": _("cancelled"),
}


def money(amount: Decimal) -> str:
    """Yuan as people read them: `¥1,234.50`."""
    return f"¥{amount:,.2f}"


def remaining(due: datetime, now: datetime) -> str:
    """The time that is left, in the one unit that matters; `overdue by …` when it has run out."""
    seconds = (due - now).total_seconds()
    size = abs(seconds)
    if size < 5400:
        count = max(round(size / 60), 1)
        left = ngettext("%(count)d minute left", "%(count)d minutes left", count)
        late = ngettext("overdue by %(count)d minute", "overdue by %(count)d minutes", count)
    elif size < 129600:
        count = round(size / 3600)
        left = ngettext("%(count)d hour left", "%(count)d hours left", count)
        late = ngettext("overdue by %(count)d hour", "overdue by %(count)d hours", count)
    else:
        count = round(size / 86400)
        left = ngettext("%(count)d day left", "%(count)d days left", count)
        late = ngettext("overdue by %(count)d day", "overdue by %(count)d days", count)
    return (left if seconds >= 0 else late) % {"count": count}


ANCHOR_TROUBLES = {
    "": _("waits for blocks or an answer"),
    "anchored_otherwise": _("the chain has another root at this size"),
    "chain_ahead": _("the chain has an anchor beyond this ledger"),
    "anchor_reverted": _("the contract refused the transaction"),
    "account_empty": _("the account has no money"),
    "chain_unreachable": _("the node did not answer"),
    "chain_refused": _("the node refuses"),
    "chain_not_understood": _("the node answers nonsense"),
    "chain_other": _("the node is of another chain"),
    "contract_missing": _("there is no contract at the address"),
    "contract_of_others": _("the contract is not ours"),
    "not_operator": _("the key is not the one that made the contract"),
    "anchor_key_missing": _("the key is missing"),
    "key_readable_by_others": _("others can read the key"),
    "bad_key": _("the key cannot be read"),
    "authority_unreachable": _("the time-stamp authority did not answer"),
    "authority_refused": _("the time-stamp authority refuses"),
    "stamp_wrong": _("the time stamp does not hold"),
    "roots_unreadable": _("the trusted certificates cannot be read"),
    "extra_missing": _("a package is missing"),
}
