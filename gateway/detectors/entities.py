"""What the detector of named entities can be asked for."""

from collections.abc import Mapping
from types import MappingProxyType

NAMED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "PERSON": frozenset({"PERSON", "PER", "PRS", "persName"}),
        "LOCATION": frozenset({"GPE", "LOC", "FAC", "GPE_LOC", "placeName", "geogName"}),
        "ORGANIZATION": frozenset({"ORG", "orgName"}),
        "NRP": frozenset({"NORP"}),
        "DATE_TIME": frozenset({"DATE", "TIME", "date", "time"}),
    }
)
"""What spaCy's models find, and what their labels for it are, in all languages."""

OWN = frozenset({"STREET_ADDRESS", "ZIP_CODE", "AGE"})
"""What Presidio has no recogniser for, and own ones find in English texts."""

USUAL = OWN | {"PERSON", "LOCATION"}
"""What is looked for unless something else is asked for.

Presidio's noise is left out. In 1,000 sentences of `presidio-evaluator` 43 of its 341 `DATE_TIME` were dates (others
ages, sums, house numbers), 197 of 473 `ORGANIZATION` organisations, 23 of 47 `NRP` nationalities, 2 of 103
`US_DRIVER_LICENSE` licences and none of its `UK_NHS` one; in 356,000 characters of technical writing it saw 423
organisations and 207 licences. The first three identify nobody by themselves.
"""

RECOGNISED: Mapping[str, str] = MappingProxyType(
    {
        "ABA_ROUTING_NUMBER": "AbaRoutingRecognizer",
        "AU_ABN": "AuAbnRecognizer",
        "AU_ACN": "AuAcnRecognizer",
        "AU_MEDICARE": "AuMedicareRecognizer",
        "AU_TFN": "AuTfnRecognizer",
        "CREDIT_CARD": "CreditCardRecognizer",
        "CRYPTO": "CryptoRecognizer",
        "EMAIL_ADDRESS": "EmailRecognizer",
        "ES_NIE": "EsNieRecognizer",
        "ES_NIF": "EsNifRecognizer",
        "FI_PERSONAL_IDENTITY_CODE": "FiPersonalIdentityCodeRecognizer",
        "IBAN_CODE": "IbanRecognizer",
        "IN_AADHAAR": "InAadhaarRecognizer",
        "IN_PAN": "InPanRecognizer",
        "IN_PASSPORT": "InPassportRecognizer",
        "IP_ADDRESS": "IpRecognizer",
        "IT_DRIVER_LICENSE": "ItDriverLicenseRecognizer",
        "IT_FISCAL_CODE": "ItFiscalCodeRecognizer",
        "IT_IDENTITY_CARD": "ItIdentityCardRecognizer",
        "IT_PASSPORT": "ItPassportRecognizer",
        "KR_RRN": "KrRrnRecognizer",
        "MAC_ADDRESS": "MacAddressRecognizer",
        "MEDICAL_LICENSE": "MedicalLicenseRecognizer",
        "PHONE_NUMBER": "PhoneRecognizer",
        "PL_PESEL": "PlPeselRecognizer",
        "SG_NRIC_FIN": "SgFinRecognizer",
        "TH_TNIN": "ThTninRecognizer",
        "UK_NHS": "NhsRecognizer",
        "UK_NINO": "UkNinoRecognizer",
        "UK_PASSPORT": "UkPassportRecognizer",
        "UK_POSTCODE": "UkPostcodeRecognizer",
        "URL": "UrlRecognizer",
        "US_BANK_NUMBER": "UsBankRecognizer",
        "US_DRIVER_LICENSE": "UsLicenseRecognizer",
        "US_ITIN": "UsItinRecognizer",
        "US_MBI": "UsMbiRecognizer",
        "US_NPI": "UsNpiRecognizer",
        "US_PASSPORT": "UsPassportRecognizer",
        "US_SSN": "UsSsnRecognizer",
    }
)
"""What patterns of Presidio find, and the class of each.

Off unless asked for: cards, accounts, e-mail and IP addresses, telephone and social security numbers are found by
`patterns`, with checksums and at a fraction of the cost; of the others most texts have none.
"""
