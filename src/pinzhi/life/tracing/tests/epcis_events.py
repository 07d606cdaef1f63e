"""Events of our own for the tests: one plain event of each type, documents around them in JSON and XML, and a strategy that draws valid ones."""

import json
import string

from hypothesis import strategies as st

from pinzhi.life.tracing.rules.epcis import terms
from pinzhi.life.tracing.rules.gs1.digits import check_digit

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OURS = "https://ns.pinzhi.example/epcis/"


def base(kind="ObjectEvent", **fields):
    """A plain valid event of a type; `fields` are put in or, where None, taken out."""
    event = {"type": kind, "eventTime": "2026-03-01T08:30:00+08:00", "eventTimeZoneOffset": "+08:00"}
    event |= {
        "ObjectEvent": {"epcList": ["https://id.gs1.org/01/06901234567892/21/A1"], "action": "OBSERVE"},
        "AggregationEvent": {
            "parentID": "urn:epc:id:sscc:6901234.0000000017",
            "childEPCs": ["https://id.gs1.org/01/06901234567892/21/A1"],
            "action": "ADD",
        },
        "TransactionEvent": {
            "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:6901234000009:PO1"}],
            "epcList": ["https://id.gs1.org/01/06901234567892/21/A1"],
            "action": "ADD",
        },
        "TransformationEvent": {
            "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.056789.L1", "quantity": 5.5, "uom": "KGM"}],
            "outputEPCList": ["https://id.gs1.org/01/06901234567892/21/A1"],
        },
        "AssociationEvent": {
            "parentID": "urn:epc:id:grai:6901234.00001.9",
            "childEPCs": ["urn:epc:id:giai:6901234.S1"],
            "action": "ADD",
        },
    }[kind]
    event |= fields
    return {k: v for k, v in event.items() if v is not None}


def document(*events, context=(), **fields):
    """The document around events, as bytes."""
    whole = {
        "@context": [CONTEXT, {"pz": OURS}, *context],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-02T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    } | fields
    return json.dumps({k: v for k, v in whole.items() if v is not None}).encode()


def xml(*events, version="2.0", attributes="", header=""):
    """The XML document around elements given as text."""
    return (
        f'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{version[0]}" xmlns:pz="{OURS}" xmlns:cbvmda="urn:epcglobal:cbv:mda"'
        f' schemaVersion="{version}" creationDate="2026-03-02T00:00:00Z" {attributes}>{header}'
        f"<EPCISBody><EventList>{''.join(events)}</EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


XML_OBJECT = (
    "<ObjectEvent><eventTime>2026-03-01T08:30:00+08:00</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
    "<epcList><epc>https://id.gs1.org/01/06901234567892/21/A1</epc></epcList><action>OBSERVE</action>{}</ObjectEvent>"
)

# --- a strategy of valid events -----------------------------------------------------------------------------------------------------------

_word = st.text(string.ascii_letters + string.digits + "-_.", min_size=1, max_size=12)
_digits = st.text(string.digits, min_size=1, max_size=9)
_text = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)


@st.composite
def gtin(draw):
    body = draw(st.text(string.digits, min_size=13, max_size=13))
    return body + check_digit(body)


@st.composite
def pieces(draw):
    kind = draw(st.sampled_from(("link", "urn", "sscc", "giai")))
    serial = draw(_word)
    if kind == "link":
        return f"https://{draw(st.sampled_from(('id.gs1.org', 'id.pinzhi.example')))}/01/{draw(gtin())}/21/{serial}"
    if kind == "urn":
        return f"urn:epc:id:sgtin:6901234.{draw(st.integers(0, 999999)):06d}.{serial}"
    if kind == "sscc":
        return f"urn:epc:id:sscc:6901234.{draw(st.integers(0, 10**10 - 1)):010d}"
    return f"urn:epc:id:giai:6901234.{serial}"


@st.composite
def classes(draw):
    if draw(st.booleans()):
        return f"urn:epc:class:lgtin:6901234.{draw(st.integers(0, 999999)):06d}.{draw(_word)}"
    return f"https://id.gs1.org/01/{draw(gtin())}"


locations = st.one_of(
    st.integers(0, 99999).map(lambda n: f"urn:epc:id:sgln:6901234.{n:05d}.0"),
    st.tuples(st.integers(0, 99999), _word).map(lambda t: f"urn:epc:id:sgln:6901234.{t[0]:05d}.{t[1]}"),
    st.just("geo:31.23,121.47"),
)
parties = st.integers(0, 99999).map(lambda n: f"urn:epc:id:pgln:6901234.{n:05d}")
numbers = st.one_of(
    st.integers(0, 10**6), st.decimals("0", "100000", places=3, allow_nan=False, allow_infinity=False).map(float)
)
moments = (
    st.datetimes()
    .map(lambda d: d.replace(year=2000 + d.year % 50))
    .flatmap(
        lambda d: st.sampled_from(("Z", "+08:00", "-05:30")).map(lambda z: d.isoformat(timespec="milliseconds") + z)
    )
)


def listed(of, low=1):
    return st.lists(of, min_size=low, max_size=3)


@st.composite
def quantities(draw):
    element = {"epcClass": draw(classes())}
    if draw(st.booleans()):
        element["quantity"] = draw(numbers)
        if draw(st.booleans()):
            element["uom"] = draw(st.sampled_from(("KGM", "LTR", "MTR")))
        else:
            element["quantity"] = int(element["quantity"])
    return element


@st.composite
def extensions(draw, depth=2):
    """Fields of one's own: text, numbers in text, lists, objects; never an empty object or list, which XML cannot tell apart."""
    found = {}
    for name in draw(st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=6), max_size=3, unique=True)):
        values = _text if depth == 0 else st.one_of(_text, listed(_text), extensions(depth - 1).filter(bool))
        found["pz:" + name] = draw(values)
    return found


@st.composite
def reports(draw):
    report = {"type": draw(st.sampled_from(sorted(terms.MEASUREMENTS)))}
    for name in draw(st.sets(st.sampled_from(("value", "minValue", "maxValue", "sDev", "percRank")))):
        report[name] = draw(numbers)
    if draw(st.booleans()):
        report |= {"uom": "CEL", "time": draw(moments), "booleanValue": draw(st.booleans()), "component": "x"}
    return report | {k: v for k, v in draw(extensions(0)).items() if isinstance(v, str)}


@st.composite
def sensor_elements(draw):
    element = {"sensorReport": draw(listed(reports()))}
    if draw(st.booleans()):
        element["sensorMetadata"] = {"deviceID": "urn:epc:id:giai:6901234.S1", "time": draw(moments)} | draw(
            extensions(0)
        )
    return element | draw(extensions(1))


@st.composite
def events(draw):
    """Any valid event."""
    kind = draw(
        st.sampled_from(
            ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
        )
    )
    event = base(kind, eventTime=draw(moments))
    what = {
        "ObjectEvent": ("epcList", "quantityList"),
        "AggregationEvent": ("childEPCs", "childQuantityList"),
        "TransactionEvent": ("epcList", "quantityList"),
        "TransformationEvent": ("outputEPCList", "inputQuantityList"),
        "AssociationEvent": ("childEPCs", "childQuantityList"),
    }[kind]
    event[what[0]] = draw(st.lists(pieces(), min_size=1, max_size=4, unique=True))
    event[what[1]] = draw(listed(quantities()))
    maybe = {
        "bizStep": st.sampled_from(sorted(terms.BIZ_STEPS)),
        "disposition": st.sampled_from([*sorted(terms.DISPOSITIONS), "https://ns.pinzhi.example/disp/kept"]),
        "readPoint": locations.flatmap(lambda i: extensions(1).map(lambda e: {"id": i} | e)),
        "bizLocation": locations.map(lambda i: {"id": i}),
        "bizTransactionList": listed(
            st.tuples(st.sampled_from(sorted(terms.TRANSACTION_TYPES)), _word).map(
                lambda t: {"type": t[0], "bizTransaction": f"urn:epcglobal:cbv:bt:6901234000009:{t[1]}"}
            )
        ),
        "sourceList": listed(parties.map(lambda p: {"type": "owning_party", "source": p})),
        "destinationList": listed(parties.map(lambda p: {"type": "possessing_party", "destination": p})),
        "sensorElementList": listed(sensor_elements()),
        "persistentDisposition": st.just({"set": ["recalled"], "unset": ["completeness_inferred", "reserved"]}),
        "certificationInfo": st.just(["https://cert.pinzhi.example/1", "https://cert.pinzhi.example/2"]),
        "eventID": st.uuids().map(lambda u: f"urn:uuid:{u}"),
        "errorDeclaration": moments.map(
            lambda m: {
                "declarationTime": m,
                "reason": "incorrect_data",
                "correctiveEventIDs": ["urn:uuid:0001"],
                "pz:who": "r",
            }
        ),
    }
    if kind in ("ObjectEvent", "TransformationEvent"):
        maybe["ilmd"] = extensions(2)
    for name in draw(st.sets(st.sampled_from(sorted(maybe)))):
        event[name] = draw(maybe[name])
    if "ilmd" in event and kind == "ObjectEvent":
        event["action"] = "ADD"
    return event | draw(extensions(2))
