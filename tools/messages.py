"""
The Chinese catalogue of the interface: collect, compile, check. Needs babel and Django, no gettext binary.

    python tools/messages.py collect   # every msgid of code and templates into django.po; new ones empty, unused ones dropped
    python tools/messages.py compile   # django.po → django.mo, only if it is older
    python tools/messages.py check     # exit 1 and a list, unless every msgid is translated, placeholders agree, punctuation is Chinese
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "pinzhi"
LANGUAGE = "zh_Hans"
PO = PACKAGE / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|(?<!\{)\{(\w+)\}")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;!?][\u4e00-\u9fff]|[\u4e00-\u9fff]\.(?:\s|$)")


def sources() -> Iterator[tuple[str, io.BytesIO]]:
    """Every file with interface words, as Python source: templates through Django's own conversion."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure(USE_I18N=True)
    for path in sorted(PACKAGE.rglob("*.py")):
        if {"tests", "migrations"} & set(path.parts):
            continue
        yield str(path.relative_to(PACKAGE)), io.BytesIO(path.read_bytes())
    for path in sorted([*PACKAGE.rglob("templates/**/*.html"), *PACKAGE.rglob("templates/**/*.txt")]):
        lines = templatize(path.read_text(encoding="utf-8"), origin=str(path)).splitlines()
        # What is not a message has become XXXX; without indentation the rest is Python to the tokenizer.
        yield str(path.relative_to(PACKAGE)), io.BytesIO("\n".join(line.strip() for line in lines).encode())


def collected() -> Catalog:
    """The catalogue as the code has it: msgids and where they stand, nothing translated."""
    fresh = Catalog(locale=LANGUAGE, domain="django", charset="utf-8")
    for name, source in sources():
        for _line, message, comments, context in extract("python", source, KEYWORDS, ("Translators:",)):
            fresh.add(message, locations=[(name, None)], auto_comments=comments, context=context)
    return fresh


def read() -> Catalog:
    """The catalogue as it is on disk."""
    with PO.open("rb") as source:
        return read_po(source, locale=LANGUAGE, domain="django")


def collect() -> int:
    """Bring django.po up to date with the code. Translations stay; nothing is guessed."""
    fresh, old = collected(), read() if PO.is_file() else Catalog(locale=LANGUAGE)
    for message in fresh:
        if message.id and (known := old.get(_key(message), message.context)):
            message.string = known.string
    PO.parent.mkdir(parents=True, exist_ok=True)
    fresh.fuzzy = False
    fresh.header_comment = "# Interface words of Pinzhi in Simplified Chinese. Terms follow docs/glossary.md."
    with PO.open("wb") as out:
        write_po(out, fresh, width=140, sort_output=True, include_lineno=False, omit_header=False)
    text = re.sub(
        r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team|Project-Id-Version|Report-Msgid-Bugs-To):.*\n',
        "",
        PO.read_text(),
        flags=re.MULTILINE,
    )
    PO.write_text(text)
    missing = [m for m in fresh if m.id and not _strings(m)]
    print(f"messages: {len(fresh)} collected, {len(missing)} to translate", file=sys.stderr)
    return 0


def compile_() -> int:
    """Write django.mo unless it is newer than django.po."""
    mo = PO.with_suffix(".mo")
    if not PO.is_file() or (mo.is_file() and mo.stat().st_mtime_ns > PO.stat().st_mtime_ns):
        return 0
    part = mo.with_suffix(".part")
    with part.open("wb") as out:
        write_mo(out, read())
    part.replace(mo)
    return 0


def faults() -> list[str]:
    """Everything wrong with the catalogue, one sentence each; empty when it is complete."""
    fresh, disk = collected(), read()
    found = []
    for message in fresh:
        if not message.id:
            continue
        known = disk.get(_key(message), message.context)
        where = message.locations[0][0] if message.locations else "?"
        if known is None or not _strings(known) or known.fuzzy:
            found.append(f"{where}: not translated: {_key(message)!r}")
            continue
        found += [f"{where}: {fault}: {_key(message)!r}" for fault in _text_faults(message, known)]
    used = {(_key(m), m.context) for m in fresh if m.id}
    found += [f"django.po: no longer used: {_key(m)!r}" for m in disk if m.id and (_key(m), m.context) not in used]
    return found


def _text_faults(message: Message, known: Message) -> Iterator[str]:
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    wanted = {frozenset(_names(i)) for i in ids}
    for text in _strings(known):
        if frozenset(_names(text)) not in wanted:
            yield "placeholders differ"
        if HALF_WIDTH.search(text):
            yield f"half-width punctuation in Chinese ({text})"


def _names(text: str) -> list[str]:
    return [a or b for a, b in PLACEHOLDER.findall(text)]


def _strings(message: Message) -> tuple[str, ...]:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return tuple(t for t in texts if t)


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else str(message.id)


def check() -> int:
    """Print the faults; 1 if there are any."""
    found = faults()
    for fault in found:
        print(fault, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    verbs = {"collect": collect, "compile": compile_, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    sys.exit(verbs[sys.argv[1]]())
