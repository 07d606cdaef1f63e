"""Certificates in events: RFC 6920's own examples, the digest in the event hash, faults with their places, and what a step takes along."""

import hashlib
import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue import files, papers, queries
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.ledger.models import Leaf
from pinzhi.life.tracing import by_form, capture, certificates, completeness
from pinzhi.life.tracing.models import Certified, Event
from pinzhi.life.tracing.rules.epcis import checking, hashing
from pinzhi.life.tracing.rules.epcis.certificates import (
    FIELD,
    NAMESPACE,
    PREFIX,
    Certificate,
    digest_of,
    mentioned,
    named,
    ni,
    stated,
)
from pinzhi.life.tracing.rules.epcis.documents import Read
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.rules.epcis.writing import write
from pinzhi.life.tracing.tests.chains import FACTORY, GTIN, NOW, document, lot, made, unit
from pinzhi.people.roles import Actor, Role

HELLO = hashlib.sha256(b"Hello World!").hexdigest()
HELLO_NI = "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
HOUSE = Actor.system("test")
SHOP = Actor("person", "person:shop", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:other", roles=frozenset({Role.MERCHANT}), merchant_id="M2")
GLN = FACTORY.rpartition("/")[2]
OURS = {"@context": {PREFIX: NAMESPACE}}
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
certificates_ = st.lists(
    st.builds(
        Certificate,
        digests,
        st.sampled_from(["report", "quarantine", "ciq"]),
        st.text("ABC123-〔〕号", max_size=20),
        st.none() | st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    ),
    unique_by=lambda c: c.sha256,
    max_size=5,
)


# --- RFC 6920 --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "digest"),
    [
        (HELLO_NI, HELLO),  # section 8.1
        (HELLO_NI.replace("ni:///", "ni://example.com/"), HELLO),  # section 8.1, with an authority
        ("ni:///sha-256;UyaQV-Ev4rdLoHyJJWCi11OHfrYv9E1aGQAlMO2X_-Q", "53269057e12fe2b74ba07c892560a2d753877eb62ff44d5a19002530ed97ffe4"),
        ("NI:///SHA-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk?ct=application/pdf", HELLO),
        ("ni:///sha-256-32;f4OxZQ?ct=text/plain", ""),  # section 8.1: a truncated one binds too little to be a certificate's
        ("ni:///sha-512;AAAA", ""),
    ],
)  # fmt: skip
def test_published_examples(uri, digest):
    assert digest_of(uri) == digest


def test_hello_world_is_written_as_the_rfc_writes_it():
    assert ni(HELLO) == HELLO_NI
    assert HELLO == "7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"


@pytest.mark.parametrize(
    "uri",
    [
        HELLO_NI + "=",  # padding
        HELLO_NI[:-1],  # a character short
        HELLO_NI[:-1] + "l",  # stray bits after the last byte
        HELLO_NI.replace("_", "/"),  # base64, not base64url
        f"ni:///sha-256;{HELLO}",  # hexadecimal digits, as the CBV writes them
        f"ni:///sha-256;{HELLO}?ver=CBV2.0",
        "ni:///sha-256-32;f4OxZX_x",
        "ni:///sha-256;",
        "ni:sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk",
        HELLO_NI + " x",
        "ni:",
    ],
)
def test_what_the_rfc_does_not_allow(uri):
    with pytest.raises(ValueError, match=re.escape(uri)):
        digest_of(uri)


@given(digests)
def test_every_digest_goes_there_and_back(digest):
    assert digest_of(ni(digest)) == digest
    assert len(ni(digest)) == len("ni:///sha-256;") + 43


# --- events ----------------------------------------------------------------------------------------------------------------------------------


def event(certs, **more):
    return made(1, [unit("A")], "B1") | OURS | stated(certs) | more


def only(fields):
    return read_document(document(fields)).events[0]


@given(certificates_)
def test_what_is_stated_is_named_in_both_forms_with_one_hash(certs):
    read = only(event(certs))
    expected = tuple(certs)
    assert named(read.fields, read.names) == expected
    assert mentioned(read.fields) == tuple(c.sha256 for c in certs)
    assert not [f for f in checking.event_faults(read) if not f.warning]
    xml = write([read], "xml", created="2026-11-02T00:00:00Z").data
    again = read_document(xml).events[0]
    assert named(again.fields, again.names) == expected
    assert not [f for f in checking.event_faults(again) if not f.warning]
    assert hashing.event_hash(again.fields, again.names) == hashing.event_hash(read.fields, read.names)


def test_the_exact_hash_changes_with_the_digest_and_not_with_certification_info_alone():
    def hash_of(fields):
        read = only(fields)
        return hashing.event_hash(read.fields, read.names)

    one = Certificate(HELLO, "quarantine", "Q1", date(2026, 11, 1))
    bare, bound = hash_of(event([])), hash_of(event([one]))
    assert hash_of(event([], certificationInfo=[HELLO_NI])) == bare
    assert bound != bare
    assert hash_of(event([Certificate("00" * 32, "quarantine", "Q1", date(2026, 11, 1))])) not in (bare, bound)
    assert bound == f"ni:///sha-256;{hashlib.sha256(BOUND.encode()).hexdigest()}?ver=CBV2.0"
    assert bare == f"ni:///sha-256;{hashlib.sha256(BOUND[: BOUND.index(FIELD)].encode()).hexdigest()}?ver=CBV2.0"


BOUND = (
    "eventType=ObjectEventeventTime=2026-11-01T01:00:00.000ZeventTimeZoneOffset=+00:00"
    "epcListepc=https://id.gs1.org/01/06901234567892/21/Aaction=ADDbizStep=https://ref.gs1.org/cbv/BizStep-commissioning"
    "disposition=https://ref.gs1.org/cbv/Disp-activebizLocationid=https://id.gs1.org/414/6901234000009"
    "ilmd{urn:epcglobal:cbv:mda}lotNumber=B1"
    "{https://ns.pinzhi.example/epcis/}certificate{https://ns.pinzhi.example/epcis/}digest=ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
    "{https://ns.pinzhi.example/epcis/}issued=2026-11-01{https://ns.pinzhi.example/epcis/}kind=quarantine{https://ns.pinzhi.example/epcis/}number=Q1"
)
"""Written by hand after CBV 2.0, 8.9: what is hashed of the event with its certificate."""
FIRST = "/epcisBody/eventList/0"


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"certificationInfo": HELLO_NI}, []),
        ({"certificationInfo": "https://cert.example/1"}, []),
        ({"certificationInfo": ["ni:///sha-512;AAAA", HELLO_NI]}, []),
        ({"certificationInfo": HELLO_NI + "="}, [("ni_form", "/certificationInfo")]),
        ({"certificationInfo": [HELLO_NI, f"ni:///sha-256;{HELLO}"]}, [("ni_form", "/certificationInfo/1")]),
        ({"pinzhi:certificate": {"pinzhi:digest": HELLO_NI}}, []),
        ({"pinzhi:certificate": {"pinzhi:digest": HELLO_NI}, "certificationInfo": [HELLO_NI, "https://c.example/"]}, []),
        (
            {"pinzhi:certificate": {"pinzhi:digest": HELLO_NI}, "certificationInfo": ni("00" * 32)},
            [("certificate_differs", "/certificationInfo")],
        ),
        (
            {"pinzhi:certificate": [{"pinzhi:digest": HELLO_NI}], "certificationInfo": [HELLO_NI, ni("00" * 32)]},
            [("certificate_differs", "/certificationInfo/1")],
        ),
        ({"pinzhi:certificate": {"pinzhi:digest": HELLO}}, [("ni_form", "/pinzhi:certificate/pinzhi:digest")]),
        ({"pinzhi:certificate": {"pinzhi:digest": "ni:///sha-256-32;f4OxZQ"}}, [("ni_form", "/pinzhi:certificate/pinzhi:digest")]),
        ({"pinzhi:certificate": [{"pinzhi:kind": "report"}]}, [("field_missing", "/pinzhi:certificate/0")]),
        ({"pinzhi:certificate": "Q1"}, [("type_object", "/pinzhi:certificate")]),
        ({"pinzhi:certificate": {"pinzhi:digest": 7}}, [("type_text", "/pinzhi:certificate/pinzhi:digest")]),
        (
            {"pinzhi:certificate": {"pinzhi:digest": HELLO_NI, "pinzhi:issued": "1.11.2026"}},
            [("day_form", "/pinzhi:certificate/pinzhi:issued")],
        ),
        (
            {"pinzhi:certificate": {"pinzhi:digest": HELLO_NI, "pinzhi:number": "9" * 129}},
            [("identifier_too_long", "/pinzhi:certificate/pinzhi:number")],
        ),
        ({"pinzhi:certificate": [{"pinzhi:digest": HELLO_NI}] * 101}, [("certificates_many", "/pinzhi:certificate")]),
    ],
)  # fmt: skip
def test_faults_have_code_and_place(fields, faults):
    said = [(f.code, f.path) for f in checking.event_faults(only(event([]) | fields)) if not f.warning]
    assert said == [(code, FIRST + path) for code, path in faults]


def test_in_xml_the_place_is_an_xpath():
    data = (
        f'<ObjectEvent xmlns:p="{NAMESPACE}"><eventTime>2026-11-01T00:00:00Z</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>'
        f"<certificationInfo>{ni('00' * 32)}</certificationInfo><epcList><epc>{unit('A')}</epc></epcList><action>OBSERVE</action>"
        f"<p:certificate><p:digest>{HELLO_NI}</p:digest></p:certificate></ObjectEvent>"
    )
    read = read_document(data.encode()).events[0]
    assert named(read.fields, read.names) == (Certificate(HELLO),)
    said = [(f.code, f.path.rpartition("/")[2]) for f in checking.event_faults(read) if not f.warning]
    assert said == [("certificate_differs", "certificationInfo")]


def test_an_alias_in_the_context_is_the_same_field():
    fields = event([]) | {"@context": {"cert": {"@id": NAMESPACE + "certificate"}, "p": NAMESPACE}}
    read = only(fields | {"cert": {"p:digest": HELLO_NI + "="}})
    assert [f.code for f in checking.event_faults(read) if not f.warning] == ["ni_form"]
    read = only(fields | {"cert": {"p:digest": HELLO_NI}})
    assert isinstance(read, Read)
    assert named(read.fields, read.names) == (Certificate(HELLO),)


# --- what a step takes along -----------------------------------------------------------------------------------------------------------------

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.fixture
def batch(db, settings, tmp_path):
    settings.CODE_KEYS, settings.EVENT_STORE, settings.FILES = (
        tmp_path / "codes",
        tmp_path / "events",
        tmp_path / "files",
    )
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="服装", gtin=GTIN)], HOUSE)
    entries = [BatchEntry("B1", "M1", listing_id="L1", quantity=9), BatchEntry("B2", "M1", listing_id="L1", quantity=9)]
    catalogue.register_entries(Kind.BATCH, entries, HOUSE)


def attached(content=PDF, kind="quarantine", number="Q1", batch="B1", **more):
    file = files.upload([content], SHOP)
    return papers.attach(
        batch, kind=kind, number=number, issued_on="2026-11-01", sha256=file.sha256, by=SHOP, now=NOW, **more
    )


def tell(step, at, batch="B1"):
    return by_form.tell(batch, SHOP, step=step, at=f"2026-11-{at} 09:00", gln=GLN, quantity=9, now=NOW)


def bodies():
    return [e.body for e in Event.objects.order_by("at")]


def test_the_step_that_makes_carries_everything_and_later_ones_what_is_new(batch):
    attached()
    assert tell("make", "02").fresh
    first = bodies()[0]
    digest = hashlib.sha256(PDF).hexdigest()
    assert first["certificationInfo"] == [ni(digest)]
    assert list(Certified.objects.values_list("sha256", "kind", "number", "issued_on")) == [
        (digest, "quarantine", "Q1", date(2026, 11, 1))
    ]
    late = attached(PDF + b" ", "report", "R1")
    assert tell("receive", "03").fresh  # no step with which certificates go along
    assert tell("ship", "04").fresh
    assert tell("sell", "05").fresh
    assert [e.get("certificationInfo") for e in bodies()] == [[ni(digest)], None, [ni(late.file_digest)], None]
    assert Leaf.objects.filter(kind="event").count() == 4
    # The same papers of another batch are another batch's: its own step carries them.
    attached(batch="B2")
    assert tell("ship", "06", "B2").fresh
    assert bodies()[-1]["certificationInfo"] == [ni(digest)]


def test_a_step_told_again_is_one_event_whatever_was_attached_meanwhile(batch):
    first = tell("make", "02")
    paper = attached()
    again = tell("make", "02")
    assert (again.event_id, again.fresh, Event.objects.count()) == (first.event_id, False, 1)
    assert tell("ship", "03").fresh
    papers.detach(paper.id, SHOP)
    assert not tell("ship", "03").fresh
    assert Event.objects.count() == 2


def test_an_event_that_was_declared_wrong_names_nothing_any_more(batch):
    paper = attached()
    tell("make", "02")
    row = Event.objects.get()
    body = row.body | {"errorDeclaration": {"declarationTime": "2026-11-03T00:00:00Z"}}
    assert capture.capture(json.dumps(body).encode(), SHOP, now=NOW).accepted == 1
    assert tell("ship", "04").fresh
    assert bodies()[-1]["certificationInfo"] == [ni(paper.file_digest)]


def test_a_batch_lists_its_papers_and_what_others_named(batch):
    attached()
    card = queries.batch("B1")
    [shown] = certificates.of_batch(card)
    assert (shown.number, shown.event, shown.own, shown.paper.public) == ("Q1", "", True, False)
    tell("make", "02")
    theirs = event([Certificate(HELLO, "ciq", "C9")], eventTime="2026-11-05T00:00:00Z", bizStep="inspecting")
    assert capture.capture(document(theirs | {"epcList": [f"{lot('B1')}/21/Z"]}), HOUSE, now=NOW).refused == 0
    own, other = certificates.of_batch(card)
    assert own.event == Event.objects.order_by("at")[0].hash.hex()
    assert (other.sha256, other.name.en, other.own, other.paper) == (HELLO, "ciq", False, None)
    assert certificates.document([other]) == [
        {
            "kind": "ciq", "number": "C9", "issued_on": None, "digest": HELLO_NI,
            "event": f"ni:///sha-256;{other.event}?ver=CBV2.0", "download": None,
        }
    ]  # fmt: skip


def test_an_attached_report_is_there_for_the_chain(batch):
    card = queries.batch("B1")
    assert "report" in completeness.of_batches([card])["B1"].missing
    attached(kind="report", number="R1")
    assert "report" in completeness.of_batches([card])["B1"].there


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"certificationInfo": [HELLO_NI + "="]}, "ni_form"),
        (
            {"certificationInfo": [ni("00" * 32)], "pinzhi:certificate": {"pinzhi:digest": HELLO_NI}},
            "certificate_differs",
        ),
    ],
)
def test_a_refused_event_stores_nothing(batch, fields, code):
    with pytest.raises(RefusedError) as no:
        capture.capture_one(document(event([]) | fields), SHOP, now=NOW)
    assert no.value.refusal.code == code
    assert no.value.refusal.field.startswith("/epcisBody/eventList/0/certificationInfo")
    assert (Event.objects.count(), Certified.objects.count(), Leaf.objects.filter(kind="event").count()) == (0, 0, 0)
