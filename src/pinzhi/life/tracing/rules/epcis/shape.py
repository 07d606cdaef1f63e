"""
Which fields an event of each type has, in the order of XML and in the order of the hash.

Sources: EPCIS 2.0, sections 7.4 and 9.5 (XML), 10 (JSON); CBV 2.0, section 8.9 (order of the hash).
"""

from __future__ import annotations

EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
OBJECT, AGGREGATION, TRANSACTION, TRANSFORMATION, ASSOCIATION = EVENTS
QUANTITY = "QuantityEvent"
"""Deprecated since EPCIS 1.1, gone in 2.0; read from XML 1.2."""

_FIRST = ("eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo")
_WHERE = ("bizStep", "disposition", "readPoint", "bizLocation")
_PARTIES = ("sourceList", "destinationList")
ORDER: dict[str, tuple[str, ...]] = {
    OBJECT: (
        *_FIRST, "epcList", "action", *_WHERE, "bizTransactionList", "quantityList", *_PARTIES, "ilmd", "sensorElementList",
        "persistentDisposition",
    ),
    AGGREGATION: (
        *_FIRST, "parentID", "childEPCs", "action", *_WHERE, "bizTransactionList", "childQuantityList", *_PARTIES, "sensorElementList",
        "persistentDisposition",
    ),
    TRANSACTION: (
        *_FIRST, "bizTransactionList", "parentID", "epcList", "action", *_WHERE, "quantityList", *_PARTIES, "sensorElementList",
        "persistentDisposition",
    ),
    TRANSFORMATION: (
        *_FIRST, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", *_WHERE,
        "bizTransactionList", *_PARTIES, "ilmd", "sensorElementList", "persistentDisposition",
    ),
    ASSOCIATION: (
        *_FIRST, "parentID", "childEPCs", "childQuantityList", "action", *_WHERE, "bizTransactionList", *_PARTIES, "sensorElementList",
        "persistentDisposition",
    ),
    QUANTITY: (*_FIRST, "epcClass", "quantity", *_WHERE, "bizTransactionList"),
}  # fmt: skip
"""Fields of each type, in the order of the XML schema."""
FIELDS = {kind: frozenset(order) for kind, order in ORDER.items()}
ANY_FIELD = frozenset().union(*FIELDS.values())

EPC_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
QUANTITY_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
PAIR_LISTS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})

METADATA = ("time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism", "chemicalSubstance", "value",
    "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue",
    "uom", "coordinateReferenceSystem",
)  # fmt: skip
"""Fields of a sensor's report, in the order of the hash."""
MISPLACED = frozenset({"bizRules"})
"""Fields of a sensor's metadata that GS1's own examples write into a report: the XML schema lets any attribute stand there."""
NUMBERS = frozenset({"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"})
TIMES = frozenset({"time", "startTime", "endTime"})
ERROR = ("declarationTime", "reason", "correctiveEventIDs")

DOCUMENT = ("EPCISDocument", "EPCISQueryDocument")
