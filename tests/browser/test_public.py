"""The scan page in a real browser: proofs checked by the page itself, a changed entry found, everything usable without scripts."""

import re

import pytest

from pinzhi.ledger.checkpoint import MLDSA44, Note, Signature
from pinzhi.ledger.witness import Cosigner

pytestmark = pytest.mark.browser
LIGHTEST = 15_000
"""Bytes of a scan page with everything that it loads (issue: below 15 KB before pictures)."""


def check(page):
    page.click("#check button")
    page.locator(".proof").nth(3).wait_for()
    page.locator("#check button:not([disabled])").wait_for()


def test_the_browser_checks_every_entry_against_the_signed_ledger(open_context, house):
    page = open_context("").page()
    page.goto(house.at("{piece}"))
    check(page)
    assert page.locator(".proof.good").count() == 4
    assert "已证明" in page.locator(".proof").first.inner_text()


def changed(route, change):
    answer = route.fetch()
    route.fulfill(response=answer, body=change(answer.text()))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"owner": ""', '"owner": "M9"'),
        lambda text: re.sub(r'"index": (\d+)', lambda m: f'"index": {int(m[1]) + 1}', text),
        lambda text: text.replace('"nonce": "', '"nonce": "00', 1),
        lambda text: text.replace("\\n\\n\\u2014", "\\n\\n\\u2014").replace(
            "pinzhi.example/log\\n", "pinzhi.example/other\\n", 1
        ),
    ],
    ids=["what", "place", "nonce", "origin"],
)
def test_an_entry_that_was_changed_on_its_way_is_not_proven(open_context, house, change):
    page = open_context("").page()
    page.route("**/ledger/proof/event/*", lambda route: changed(route, change))
    page.goto(house.at("{piece}"))
    check(page)
    assert page.locator(".proof.good").count() < 4
    assert page.locator(".proof.bad, .proof.soft").count() > 0


def cosigned(page, *, spoil=False):
    """The page with two witnesses, one of each algorithm, as if the ledger of the house had been cosigned."""
    lab, regulator = Cosigner("lab.example/w", b"l" * 32), Cosigner("regulator.example/w", b"r" * 32, MLDSA44)
    shown = f"{lab.verifier.line()} {regulator.name}+{regulator.verifier.key_id.hex()}+Bg=="

    def proof(route):
        answer = route.fetch()
        document = answer.json()
        note = Note.parse(document["checkpoint"].encode())
        lines = [w.cosign(note.text, 1_800_000_000) for w in (lab, regulator)]
        if spoil:
            lines[0] = Signature(lines[0].name, lines[0].key_id, lines[0].signature[:-1] + b"\0")
        route.fulfill(response=answer, json=document | {"checkpoint": note.with_signatures(lines).raw().decode()})

    page.route("**/ledger/proof/event/*", proof)
    page.route(
        "**/01/*/10/*/21/*",
        lambda route: changed(route, lambda text: text.replace('data-keys="', f'data-keys="{shown} ')),
    )


def test_the_browser_counts_the_witnesses_that_it_verified_and_names_the_others(open_context, house):
    page = open_context("", language="en").page()
    cosigned(page)
    page.goto(house.at("{piece}"))
    check(page)
    assert page.locator(".proof.good").count() == 4
    said = page.locator(".proof").first.inner_text()
    assert "witnesses: lab.example/w · not checked here" in said
    assert said.endswith("(ML-DSA; use pinzhi-verify): regulator.example/w")


def test_a_wrong_cosignature_is_not_proven(open_context, house):
    page = open_context("").page()
    cosigned(page, spoil=True)
    page.goto(house.at("{piece}"))
    check(page)
    assert page.locator(".proof.bad").count() == 4


def test_everything_can_be_done_without_scripts(open_context, house):
    page = open_context("", language="en", java_script_enabled=False).page()
    page.goto(house.at("{piece}"))
    assert page.locator("#check").is_hidden()
    page.click("summary")
    page.fill("#covered", "00000000")
    page.click("text=Activate >> nth=1")
    assert "This is not the code under the cover" in page.inner_text("main")
    page.click("text=Something is wrong with this piece")
    assert page.input_value("#unit").endswith(house.ids["piece"].rpartition("/")[2])
    page.check("input[value=spoiled]")
    page.fill("#words", "有异物")
    page.click("button >> text=Send")
    assert "Received" in page.inner_text("h1")


def test_the_browser_holds_a_file_against_the_digests_and_sends_it_nowhere(open_context, house):
    watched = open_context("")
    page, sent = watched.page(), []
    page.goto(house.at("{piece}"), wait_until="networkidle")
    page.on("request", lambda r: sent.append(r.url))
    report = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% report\ntrailer<</Root 1 0 R>>\n%%EOF"
    for content, words, tone in ((report, "文件一致：", "good"), (report + b" ", "不是以上任何一份文件", "bad")):
        page.set_input_files("#compare-file", {"name": "r.pdf", "mimeType": "application/pdf", "buffer": content})
        page.locator(f"#compare output.{tone}").wait_for()
        assert words in page.inner_text("#compare output")
    assert page.locator("#papers a[download]").count() == 1
    assert sent == []


def test_the_page_is_light(open_context, house):
    watched, sizes = open_context(""), []
    page = watched.page()
    devtools = watched.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    page.goto(house.at("{piece}"), wait_until="networkidle")
    assert sum(sizes) < LIGHTEST, sizes


def test_on_paper_there_are_no_buttons(open_context, house):
    page = open_context("").page()
    page.emulate_media(media="print")
    page.goto(house.at("{piece}"))
    assert page.locator("h1").is_visible()
    assert page.locator(".button").first.is_hidden()
    assert page.locator("#check").is_hidden()
