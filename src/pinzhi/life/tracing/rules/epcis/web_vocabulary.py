"""
Code lists of the GS1 Web Vocabulary: inside `gs1:masterDataAvailableFor` a property may stand bare, and so may the word of its list.

`locationRoleType: BACKROOM` says `https://ref.gs1.org/voc/LocationRoleType-BACKROOM`, and is hashed so. Source: GS1 Web Vocabulary (ranges of its
properties); confirmed against published hash texts for the three properties that occur there.
"""

from __future__ import annotations

import re

from pinzhi.life.tracing.rules.epcis.terms import VOC

MASTER_DATA = "{" + VOC + "}masterDataAvailableFor"
"""The extension whose content is master data in the terms of the vocabulary."""
_SPACE = "{" + VOC + "}"
_WORD = re.compile(r"[A-Z0-9][A-Z0-9_]*", re.ASCII)
_LISTS = """
    AllergenTypeCode: allergenType
    AnatomicalFormCode: anatomicalForm
    BusinessEntityType: businessEntity
    CertificationStatus: certificationStatus
    CheeseFirmnessCode: cheeseFirmness
    ColourCodeList: colourCodeList
    CompulsoryAdditionalLabelInformationTypeCode: compulsoryAdditionalLabelInformationType
    ConsumerLifestageCode: consumerLifestage
    ConsumerSalesConditionsCode: consumerSalesCondition
    ContactRoleType: contactRoleCode
    DietTypeCode: dietType
    DiscountTypeCode: discountType
    FoodBeverageRefrigerationClaimCode: foodBeverageRefrigerationClaim
    FoodBeverageTargetUseCode: foodBeverageTargetUse
    FootwearFasteningTypeCode: footwearFasteningType
    FreshOrSeawaterFarmedCode: freshOrSeawaterFarmed
    GLN_TypeCode: glnType
    GrowingMethodCode: growingMethod
    LevelOfContainmentCode: additiveLevelOfContainment allergenLevelOfContainmentCode geneticallyModifiedDeclaration
    LocationID_Type: locationID_Type
    LocationRoleType: locationRoleType
    MaturationMethodCode: maturationMethod
    MeasurementPrecisionCode: numberOfServingsPerPackageMeasurementPrecision nutrientMeasurementPrecision
    NonbinaryLogicCode: bonelessClaim irradiatedCode isCarbonated isDecaffeinated isFromConcentrate isHomogenised isInstant isMaternity
        isPatterned isPittedStoned isRindEdible isSeedless isShelledPeeled isSliced isThermal isVintage isWashedReadyToEat isWaterproof
        isWearableItemDisposable reheatingClaim
    NutrientBasisQuantityCode: nutrientBasisQuantityType
    NutritionalClaimTypeCode: nutritionalClaim
    OfferRedemptionTypeCode: offerRedemptionType
    OrganicClaimAgencyCode: organicClaimAgency
    OrganizationID_Type: organizationID_Type
    OrganizationRoleType: organizationRole
    PackagingFeatureCode: packagingFeature
    PackagingFunctionCode: packagingFunction
    PackagingMarkedDietAllergenCode: packagingMarkedDietAllergenType
    PackagingMarkedFreeFromCode: packagingMarkedFreeFrom
    PackagingMarkedLabelAccreditationCode: packagingMarkedLabelAccreditation
    PackagingMaterialTypeCode: packagingMaterialType
    PackagingRecyclingProcessTypeCode: packagingRecyclingProcessType
    PackagingRecyclingSchemeCode: packagingRecyclingScheme
    PackagingShapeCode: packagingShape
    PaymentMethod: acceptedPaymentMethod isOnlyWithPaymentCard
    PreparationTypeCode: manufacturerPreparationCode preparationCode
    PreservationTechniqueCode: preservationTechnique
    ProductYieldTypeCode: productYieldType
    ReferencedFileTypeCode: referencedFileType
    RegulationTypeCode: regulationType
    RegulatoryIdentifierType: regulatoryIdentifierType
    SeasonParameterCode: seasonParameter
    SecurityMarking: authenticitySecurityFeatureType
    SharpnessOfCheeseCode: sharpnessOfCheese
    SizeGroupCode: sizeGroup
    SizeSystemCode: sizeSystem
    SizeTypeCode: sizeType
    SourceAnimalCode: sourceAnimal
    SportingActivityTypeCode: sportingActivityType
    StatusType: locationStatus organizationStatus
    SweetnessLevelOfAlcoholicBeverageCode: sweetnessLevelOfAlcoholicBeverage
    TargetConsumerGenderCode: targetConsumerGender
    TradeChannelCode: eligibleTradeChannel
    TransactionType: transactionType
    UpperTypeCode: footwearUpperType
"""
"""A list of codes, and the properties whose values are its words; a line that is indented twice goes on with the one before."""


def _typed(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.replace("\n        ", " ").split("\n"):
        stem, _, properties = line.strip().partition(": ")
        found |= dict.fromkeys(properties.split(), f"{VOC}{stem}-")
    return found


CODES = _typed(_LISTS)
"""What stands before the word, by property."""


def code(key: str, value: str) -> str:
    """The address of a word of the property's list; any other value as it is. `key` is bare or in the namespace of the vocabulary."""
    stem = CODES.get(key.removeprefix(_SPACE))
    return stem + value if stem and _WORD.fullmatch(value) else value
