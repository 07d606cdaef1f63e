"""
The words of the Core Business Vocabulary 2.0 and the namespaces around them.

Source: CBV 2.0, sections 7.1 to 7.6 and 8.9; GS1 Web Vocabulary. In JSON a word stands bare (`shipping`), in XML as a URI.
"""

from __future__ import annotations

import re

CBV = "https://ref.gs1.org/cbv/"
VOC = "https://ref.gs1.org/voc/"
EPCIS = "https://ref.gs1.org/epcis/"
CBVMDA = "urn:epcglobal:cbv:mda"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
CBV_URN = "urn:epcglobal:cbv:"

PREFIXES = {"gs1": VOC, "cbv": CBV, "epcis": EPCIS, "cbvmda": CBVMDA, "rdfs": RDFS}
"""What every document may use without declaring it: the prefixes of the EPCIS context."""
CONTEXTS = (
    "https://ref.gs1.org/standards/epcis/",
    "https://gs1.github.io/EPCIS/",
    "https://id.gs1.org/epcis-context",
    "https://ref.gs1.org/docs/epcis/",
)
"""Addresses of the EPCIS context begin so; whatever it holds is known here."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BIZ_STEPS = _words(
    """
    accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting decommissioning departing
    destroying disassembling dispensing encoding entering_exiting holding inspecting installing killing loading other packing picking
    receiving removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting shipping staging_outbound
    stock_taking stocking storing transporting unloading unpacking void_shipping
    """
)
DISPOSITIONS = _words(
    """
    active available completeness_inferred completeness_verified conformant container_closed container_open damaged destroyed dispensed
    disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement
    no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned sellable_accessible
    sellable_not_accessible stolen unavailable unknown
    """
)
TRANSACTION_TYPES = _words(
    """
    bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt
    """
)
DRAFTS = frozenset({"notifying", "subject_to_regulation"})
"""Words that GS1 uses in its guidance on the EU's deforestation regulation before an edition of the CBV has them. Hashed as they stand."""
PARTY_TYPES = frozenset({"owning_party", "possessing_party", "location"})
ERROR_REASONS = frozenset({"did_not_occur", "incorrect_data"})
COMPONENTS = _words(
    """
    x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude longitude altitude
    """
)
MEASUREMENTS = _words(
    """
    AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance AmountOfSubstancePerUnitVolume Angle
    AngularAcceleration AngularMomentum AngularVelocity Area Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent
    DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force
    Frequency Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity
    MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity
    MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance
    Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate
    VolumeFraction VolumetricFlux Wavenumber
    """
)
EXCEPTIONS = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})


class Vocabulary:
    """
    One closed list of words: how a word becomes its URI, and whether a URI names one of the words.

    `stem` is what stands before the word in its URI, `urn` the old form of the stem (CBV 1.x). `open`: the list grows without a new edition of the CBV.
    """

    __slots__ = ("_uris", "open", "stem", "urn", "words")

    def __init__(self, words: frozenset[str], stem: str, urn: str, *, open: bool = False) -> None:  # noqa: A002
        self.words, self.stem, self.urn, self.open = words, stem, urn, open
        self._uris = {w: stem + w for w in words}

    def uri(self, value: str) -> str:
        """The URI of a bare word; anything else as it came."""
        return self._uris.get(value, value)

    def word(self, value: str) -> str:
        """The bare word that a URI (or URN, or prefixed name) of GS1 stands for; empty where it is none."""
        for stem in (self.stem, self.urn, *_prefixed(self.stem)):
            if stem and value.startswith(stem) and value[len(stem) :] in self.words:
                return value[len(stem) :]
        return ""

    def draft(self, value: str) -> bool:
        """Whether a value is a word that GS1 uses ahead of the CBV, bare or behind this list's stem."""
        return value.removeprefix(self.stem).removeprefix(self.urn or self.stem) in DRAFTS

    def claims(self, value: str) -> bool:
        """Whether a value lies in the namespace of the CBV, which only GS1 may fill."""
        return value.startswith(_CLAIMED)


_CLAIMED = (
    CBV,
    "http://ref.gs1.org/cbv/",
    CBV_URN + "bizstep:",
    CBV_URN + "disp:",
    CBV_URN + "btt:",
    CBV_URN + "sdt:",
    CBV_URN + "er:",
    "cbv:",
)
_SHAPED = re.compile(r"(?:urn:epcglobal:cbv:|(?:https?://ref\.gs1\.org/cbv/|cbv:)(?:BizStep|Disp|BTT|SDT|ER|Comp)-)")


def shaped(value: str) -> bool:
    """Whether a value in the namespace of the CBV has the form of a word of one of its lists."""
    return _SHAPED.match(value) is not None


OLD_VOC = ("https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/", "http://www.gs1.org/voc/")
"""Where the GS1 Web Vocabulary lived before; the hash leaves such values as they are."""


def _prefixed(stem: str) -> tuple[str, ...]:
    return tuple(p + ":" + stem[len(ns) :] for p, ns in (("cbv", CBV), ("gs1", VOC)) if stem.startswith(ns))


BIZ_STEP = Vocabulary(BIZ_STEPS, CBV + "BizStep-", CBV_URN + "bizstep:")
DISPOSITION = Vocabulary(DISPOSITIONS, CBV + "Disp-", CBV_URN + "disp:")
TRANSACTION_TYPE = Vocabulary(TRANSACTION_TYPES, CBV + "BTT-", CBV_URN + "btt:")
PARTY_TYPE = Vocabulary(PARTY_TYPES, CBV + "SDT-", CBV_URN + "sdt:")
ERROR_REASON = Vocabulary(ERROR_REASONS, CBV + "ER-", CBV_URN + "er:")
COMPONENT = Vocabulary(COMPONENTS, CBV + "Comp-", "")
MEASUREMENT = Vocabulary(MEASUREMENTS, VOC, "", open=True)
EXCEPTION = Vocabulary(EXCEPTIONS, VOC, "", open=True)

URN_STEMS = tuple((v.urn, v.stem) for v in (BIZ_STEP, DISPOSITION, TRANSACTION_TYPE, PARTY_TYPE, ERROR_REASON))
"""The five URN stems of CBV 1.x with the web address that replaces each (CBV 2.0, rule 14 of the hash)."""
