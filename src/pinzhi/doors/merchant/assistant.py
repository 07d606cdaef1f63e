"""The assistant at the merchant's door: duties, deadlines and his own complaints; what a person of the house answered stands here too."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pinzhi.doors.merchant.access import actor_of, own
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import conversing
from pinzhi.life.complaints.conversing import Asker
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Conversation
from pinzhi.reading import asking

KEPT = "ask"
PERSON = {"zh": "转人工", "en": "I want to talk to a person"}
WAITING = ("awaiting_merchant", "fulfilling")
SHOWN = 5
WRONG: dict[str, Any] = {
    "message_empty": gettext_lazy("Write what you want to know."),
    "text_too_long": gettext_lazy("Your text is too long. Say the most important first."),
    "conversation_full": gettext_lazy("This conversation is long enough. Ask for a person, or begin a new one."),
    "too_fast": gettext_lazy("That was quick. Go on in a minute, or ask for a person."),
    "conversation_busy": gettext_lazy("Several messages came at once. Send it again in a moment."),
}
QUICK: tuple[tuple[Any, Any], ...] = (
    (gettext_lazy("How long to answer?"), gettext_lazy("How fast must the merchant answer on this platform?")),
    (gettext_lazy("Late refunds"), gettext_lazy("What is deliberate delay?")),
    (gettext_lazy("Return shipping"), gettext_lazy("Who pays return shipping?")),
)
"""What merchants ask first: what the button says, and what it sends."""


@own
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The talk of this account, and what is sent in it."""
    by = actor_of(request)
    asker = Asker(
        channel="merchant", language=translation.get_language() or "zh-hans", owner=f"account:{by.account_id}", merchant_id=by.merchant_id, by=by
    )  # fmt: skip
    key = request.session.get(KEPT, "")
    if request.method != "POST":
        return _page(request, asker, conversing.load(key, asker))
    if request.POST.get("do") == "new":
        request.session.pop(KEPT, None)
        return HttpResponseRedirect(reverse("merchant:ask"))
    if not conversing.usable(key, asker):
        key = request.session[KEPT] = conversing.new_key()
    person, number = request.POST.get("do") == "person", request.POST.get("number", "")
    text = PERSON[asker.tongue] if person else request.POST.get("say", "") or request.POST.get("text", "")
    try:
        conversing.say(
            key,
            text,
            asker,
            asking.bind,
            asking.engine(),
            number=int(number) if number.isascii() and number.isdigit() and len(number) < 4 else None,
        )
    except RefusedError as no:
        said = str(WRONG.get(no.refusal.code, no.refusal.reason))
        return _page(request, asker, conversing.load(key, asker), said=said, typed=text[:2000], status=422)
    return HttpResponseRedirect(reverse("merchant:ask") + "#last")


def _page(
    request: HttpRequest, asker: Asker, row: Conversation | None, *, said: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    turns = row.turns if row else []
    last = turns[-1]["answer"] if turns else {}
    zh = asker.tongue == "zh"
    due = Complaint.objects.filter(merchant_id=asker.merchant_id, state__in=WAITING).order_by("next_due")[:3]
    quick = [(one.receipt, _("How does complaint %(receipt)s stand?") % {"receipt": one.receipt}) for one in due]
    context = {
        "turns": turns,
        "number": len(turns) + 1,
        "choices": last.get("choices", []),
        "pending": last.get("pending", False),
        "yes": "确认" if zh else "confirm",
        "no": "不用了" if zh else "not now",
        "quick": () if turns else QUICK,
        "due": quick,
        "waits": bool(row and row.case_id and not last.get("person")),
        "earlier": _earlier(asker, row),
        "said": said,
        "typed": typed,
        "most": policy_in_force().assistant.doors.characters,
    }
    return render(request, "merchant/assistant.html", context, status=status)


def _earlier(asker: Asker, row: Conversation | None) -> list[tuple[str, str]]:
    """What this account asked a person in other talks, with the answer, "" while there is none."""
    found = (
        Conversation.objects.filter(owner=asker.owner, merchant_id=asker.merchant_id)
        .exclude(case_id="")
        .order_by("-at")
    )
    return [
        (
            next((t["said"] for t in one.turns if t["said"]), ""),
            next((t["answer"]["text"] for t in reversed(one.turns) if t["answer"].get("person")), ""),
        )
        for one in found.exclude(pk=row.pk if row else "")[:SHOWN]
    ]
