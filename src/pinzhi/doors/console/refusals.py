"""What the console says for each expected «no», by code, in whole sentences; a code without sentences is said as the refusal itself has it."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from pinzhi.kernel.refusal import Refusal

SENTENCES = {
    "not_permitted": (_("Your role may not do this."), _("Ask an administrator for the role that may.")),
    "evidence_changed": (
        _("The evidence has changed since this page was shown."),
        _("Look at what has changed and decide again."),
    ),
    "leased": (_("A colleague is working on this case."), _("Choose another case, or wait until it is free again.")),
    "reason_missing": (_("This needs a reason."), _("Write a sentence that says why.")),
    "same_person": (_("You proposed this yourself."), _("Let a colleague confirm it.")),
    "case_proposed": (_("An outcome waits for the second person."), _("Reject or withdraw it first.")),
    "not_for_checks": (_("This case asks for an answer only."), _("Decide by what is known.")),
    "over": (_("The matter of this case ended by itself."), _("Nothing is left to be decided here.")),
    "words_missing": (_("Nothing was written."), _("Say it in a sentence.")),
    "draft_missing": (_("No remedy has been written down yet."), _("Draft the remedy first.")),
    "involved_before": (
        _("You have proposed or decided in this complaint before."),
        _("Let a colleague decide who is new to it."),
    ),
    "already_acted": (_("Somebody has acted on this decision already."), _("Handle the complaint on from here.")),
    "goods_unknown": (_("Nobody knows which goods it is about."), _("Find out batch or listing first.")),
    "finding_wrong": (_("A finding is alleged, established or disproved."), _("Choose one of the three.")),
    "level_wrong": (_("Severity is 1 to 4."), _("Choose one of the four.")),
    "merge_itself": (_("A complaint cannot be joined to itself."), _("Choose another.")),
    "merge_closed": (_("The other complaint is not open."), _("Join them the other way round.")),
    "merge_other_merchant": (_("The two concern different merchants."), _("Handle them apart.")),
    "remedy_unknown": (_("There is no such remedy."), _("Choose one of the list.")),
    "remedy_without_amount": (_("The amount does not fit the remedy."), _("Give the amount in yuan.")),
    "remedy_amount": (_("This is no amount in yuan."), _("Write it like 128.50.")),
    "offer_empty": (_("An offer names at least one remedy."), _("Say what the buyer is to get.")),
    "offer_gone": (_("This offer no longer lies before the buyer."), _("Look at the present one.")),
    "fund_empty": (_("The fund holds less than this takes."), _("Let a manager put money into the fund first.")),
    "deposit_short": (_("The deposit holds less than this takes."), _("Take at most what is there.")),
    "not_borne_yet": (
        _("The merchant has not borne this refund yet."),
        _("Decide once it has been paid, or once the complaint is closed without."),
    ),
    "nothing_to_collect": (
        _("Nothing can be taken from this deposit."),
        _("Wait until the merchant has paid into it."),
    ),
    "reply_unknown": (_("This reply is shown no longer."), _("Go back to the list.")),
    "text_too_long": (_("The text is too long."), _("Say the most important first.")),
    "field_too_long": (_("One entry is too long."), _("Say it shorter.")),
    "amount_wrong": (_("This is no amount in yuan."), _("Write it like 128.50.")),
    "quantity_wrong": (_("This is no number of pieces."), _("Write a whole number.")),
    "day_order": (_("The goods cannot have come before they were paid."), _("Look at both days once more.")),
    "kind_unknown": (_("There is no such type."), _("Choose one of the list.")),
    "reference_taken": (_("Something else was taken in under this form already."), _("Begin a new form.")),
    "complaint_unknown": (_("There is no such complaint."), _("Go back to the list.")),
    "step_unknown": (_("There is no such step."), _("Go back to the list.")),
    "inspection_open": (_("An inspection on site is under way."), _("Close or cancel the inspection first.")),
    "inspection_unknown": (_("There is no such inspection."), _("Go back to the list.")),
    "inspector_involved": (_("This person has a part in the matter."), _("Send somebody else.")),
    "place_missing": (_("It is not said where."), _("Name the place.")),
    "merchant_missing": (_("The case names no merchant."), _("Only merchants are inspected.")),
    "day_missing": (_("No day was proposed."), _("Propose one to three.")),
    "day_too_many": (_("Too many days were proposed."), _("Propose at most three.")),
    "day_too_soon": (_("That day is too soon."), _("Leave time to prepare.")),
    "day_too_late": (_("That day is too far away."), _("Propose an earlier one.")),
    "day_off": (_("That is no working day."), _("Propose a working day.")),
    "day_not_proposed": (_("That day was not proposed."), _("Choose one of the days.")),
    "day_past": (_("That day is over."), _("Choose another.")),
    "too_early": (_("The day of the visit has not come."), _("Write it down on site.")),
    "unanswered": (_("Not every point is answered."), _("Answer every point, or save without a result.")),
    "answer_unknown": (_("That is no answer to this point."), _("Choose one of those shown.")),
    "result_unknown": (_("That is no result."), _("Choose one of those shown.")),
    "result_against_answers": (
        _("The result does not follow from the answers."),
        _("Look at the points answered with no."),
    ),
    "finding_missing": (_("What was found is not said."), _("Write a sentence.")),
    "still_time": (_("The merchant still has time to answer."), _("Wait, or cancel the inspection.")),
    "not_decided": (_("Only a decided case has an answer."), _("Decide it first.")),
    "golden_unknown": (_("This known answer is no longer kept."), _("Load the page again.")),
    "rule_is_clear": (_("People do not differ about this rule."), _("Load the page again.")),
    "same_reviewer": (_("You had a part in what is judged here."), _("Let a colleague judge it.")),
    "told_already": (_("The right answer has been told already."), _("Go on with the next case.")),
    "not_yours": (_("Somebody else proposed this."), _("Reject it instead, with a reason.")),
    "needs_person": (_("Only a person may do this."), _("Log in with an account of your own.")),
    "step_not_allowed": (
        _("This is not possible in the case's present state."),
        _("Load the page again to see its state."),
    ),
    "stale": (_("This has changed since the page was shown."), _("Read it again, then decide.")),
    "second_person_required": (
        _("Rules reach listings by two persons, and the second has not drafted them."),
        _("Let somebody else sign."),
    ),
    "backtest_missing": (_("These very rules were not tried on the past."), _("Have them tried, then go on.")),
    "cases_broken": (
        _("Golden or regression cases do not hold under these rules."),
        _("Mend the rules, or bring the cases along changed and say why; the page names them after the next try."),
    ),
    "shadow_too_short": (_("These rules have not been in the shadow long enough."), _("Come back later.")),
    "trial_taken": (_("Another version is on trial; one at a time."), _("Let it go live, or take it back first.")),
    "ruleset_outdated": (
        _("Other rules have become live since this was drafted, and it does not contain them."),
        _("Draft it again on what is live."),
    ),
    "share_range": (_("A share is 1 to 99 percent, and another one than now."), _("Choose another share.")),
    "ruleset_unchanged": (_("The draft says what the rules say already."), _("Change a rule.")),
    "ruleset_empty": (_("There is no rule file."), _("Name the file and write its rules.")),
    "file_name": (_("This is no name of a rule file."), _("Use small letters, digits and _.")),
    "name_missing": (_("A draft has a name of at most 80 characters."), _("Name it.")),
    "case_unknown": (_("There is no such case."), _("Go back to the list of cases.")),
    "nothing_to_undo": (_("There is nothing to undo."), _("Look at the history of the case.")),
    "too_old": (_("This decision is too old to be taken back here."), _("It can be appealed.")),
    "outcome_unknown": (_("This desk has no such outcome."), _("Choose one of the outcomes shown.")),
    "filter_unknown": (_("A filter in the address is not known."), _("Choose it again in the form.")),
    "sort_unknown": (_("The order in the address is not known."), _("Choose the order in the head of the list.")),
    "cursor_unknown": (_("This page of the list is not there any more."), _("Start from the first page.")),
    "snooze_past": (_("That moment has already passed."), _("Choose a later one.")),
    "snooze_beyond_due": (_("A case cannot be put aside beyond its deadline."), _("Choose an earlier moment.")),
    "case_decided": (_("The case is decided."), _("Undo the decision or reopen the case first.")),
    "view_name": (_("A view has a name of 1 to 60 characters."), _("Choose another name.")),
    "view_too_long": (_("This list has too many filters to be kept."), _("Leave some of them out.")),
    "view_too_many": (_("You have kept as many views as one person may."), _("Remove one first.")),
    "view_unknown": (_("There is no such view."), _("Choose one in the menu.")),
    "bulk_too_many": (_("More cases were chosen than can be done at once."), _("Choose fewer.")),
    "bulk_unknown": (_("There is nothing of it left to take back."), _("Look at the history of the cases.")),
    "done_since": (
        _("Something else has been done to this case since."),
        _("Look at its history and take it back there."),
    ),
    "verb_unknown": (_("This is not done to many cases at once."), _("Choose one of the acts shown.")),
    "assignee_unknown": (_("There is no such colleague."), _("Choose somebody who works here.")),
    "day_invalid": (_("This is not a day."), _("Write it as year-month-day, such as 2026-03-31.")),
    "day_in_future": (_("That day has not come yet."), _("Name today or a past day.")),
    "rating_unknown": (_("This listing has no rating."), _("Check the id, or wait for the next recomputation.")),
    "title_missing": (_("A name is missing."), _("Write it in Chinese and in English.")),
    "title_long": (
        _("A name is too long."),
        _("A department has at most 60 characters, a duty at most 160."),
    ),
    "code_invalid": (_("This is not a code."), _("Use lower-case letters, digits and hyphens, such as quality.")),
    "department_unknown": (_("There is no such department."), _("Choose one from the list.")),
    "duty_unknown": (_("There is no such duty."), _("Choose one from the grid.")),
    "desk_unknown": (_("There is no such desk."), _("Go back to the list of cases.")),
}


def in_words(refusal: Refusal) -> Refusal:
    """The refusal as a person reads it: its code's sentences in the reader's language, or its own words begun and ended as sentences."""
    reason, remedy = SENTENCES.get(refusal.code, (_sentence(refusal.reason), _sentence(refusal.remedy)))
    return replace(refusal, reason=str(reason), remedy=str(remedy))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}{'' if words[-1:] in '.!?。！？' else '.'}" if words else ""
