"""The verbs on departments and duties: what a department owes by a day, and that it is done."""

from __future__ import annotations

import re
from datetime import date, datetime

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.people.acts import act
from pinzhi.people.models import Department, Duty
from pinzhi.people.roles import Actor

NAME, TITLE = 60, 160
"""Characters of a department's name and of a duty's title, in each language."""


def put_department(by: Actor, code: str, zh: str, en: str) -> Department:
    """
    A department by its code. The same code again renames it.

    Raises RefusedError(`not_permitted`, `code_invalid`, `title_missing`, `title_long`).
    """
    with act("people.manage", by) as a:
        if not re.fullmatch(r"[a-z0-9-]{1,50}", code):
            raise RefusedError.because(
                "code_invalid",
                "a code has lower-case letters, digits and hyphens",
                "write it like quality",
                field="code",
            )
        names = _both(zh, en, NAME)
        a.note = f"department:{code}"
        made, _ = Department.objects.update_or_create(code=code, defaults={"name_zh": names.zh, "name_en": names.en})
        return made


def put_duty(by: Actor, department: str, zh: str, en: str, due_on: date) -> Duty:
    """
    What the department with this code owes by a day, in both languages. The same again is the same duty.

    Raises RefusedError(`not_permitted`, `department_unknown`, `title_missing`, `title_long`).
    """
    with act("people.duty", by) as a:
        title = _both(zh, en, TITLE)
        owner = Department.objects.filter(code=department).first()
        if owner is None:
            raise RefusedError.because(
                "department_unknown", "there is no such department", "choose one from the list", field="department"
            )
        duty, _ = Duty.objects.get_or_create(
            department=owner, title_en=title.en, due_on=due_on, defaults={"title_zh": title.zh}
        )
        a.note = f"duty:{duty.pk}"
        return duty


def finish_duty(by: Actor, duty_id: int, *, done: bool = True, now: datetime | None = None) -> None:
    """
    Mark a duty as done, or as not done after all. Twice is once: the first moment stays.

    Raises RefusedError(`not_permitted`, `duty_unknown`).
    """
    with act("people.duty", by, now=now) as a:
        a.note = f"duty:{duty_id} {'done' if done else 'open'}"
        duty = Duty.objects.select_for_update().filter(pk=duty_id).first()
        if duty is None:
            raise RefusedError.because("duty_unknown", "there is no such duty", "choose one from the grid")
        if done == (duty.done_at is not None):
            return
        duty.done_at, duty.done_by_id = (a.now, by.account_id) if done else (None, None)
        duty.save(update_fields=["done_at", "done_by"])


def _both(zh: str, en: str, most: int) -> Text:
    """Both names without spaces around them. Raises RefusedError(`title_missing`, `title_long`)."""
    names = (zh.strip(), en.strip())
    for field, name in zip(("zh", "en"), names, strict=True):
        if not name or "\x00" in name:
            raise RefusedError.because(
                "title_missing", "it is named in both languages", "write the Chinese and the English name", field=field
            )
        if len(name) > most:
            raise RefusedError.because("title_long", f"a name has at most {most} characters", "shorten it", field=field)
    return Text(*names)
