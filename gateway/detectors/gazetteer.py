"""Words by which places are known: countries, US states, kinds of streets, parts of buildings."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in listed.split(","))


COUNTRIES = _phrases("""
    Afghanistan, Albania, Algeria, Andorra, Angola, Argentina, Armenia, Australia, Austria, Azerbaijan, Bahamas,
    Bahrain, Bangladesh, Barbados, Belarus, Belgium, Belize, Benin, Bhutan, Bolivia, Bosnia and Herzegovina, Bosnia,
    Botswana, Brazil, Brunei, Bulgaria, Burkina Faso, Burundi, Cambodia, Cameroon, Canada, Cape Verde, Central African
    Republic, Chile, China, Colombia, Comoros, Congo, Costa Rica, Côte d'Ivoire, Croatia, Cuba, Cyprus, Czechia, Czech
    Republic, Denmark, Djibouti, Dominican Republic, Ecuador, Egypt, El Salvador, England, Equatorial Guinea, Eritrea,
    Estonia, Eswatini, Ethiopia, Fiji, Finland, France, Gabon, Gambia, Germany, Ghana, Gibraltar, Great Britain, Greece,
    Greenland, Grenada, Guam, Guatemala, Guinea, Guyana, Haiti, Honduras, Hong Kong, Hungary, Iceland, India, Indonesia,
    Iran, Iraq, Ireland, Israel, Italy, Ivory Coast, Jamaica, Japan, Kazakhstan, Kenya, Kosovo, Kuwait, Kyrgyzstan,
    Laos, Latvia, Lebanon, Lesotho, Liberia, Libya, Liechtenstein, Lithuania, Luxembourg, Macau, Macedonia, Madagascar,
    Malawi, Malaysia, Maldives, Mali, Malta, Mauritania, Mauritius, Mexico, Micronesia, Moldova, Monaco, Mongolia,
    Montenegro, Morocco, Mozambique, Myanmar, Namibia, Nauru, Nepal, Netherlands, New Zealand, Nicaragua, Niger,
    Nigeria, North Korea, Northern Ireland, Norway, Oman, Pakistan, Palau, Palestine, Panama, Papua New Guinea,
    Paraguay, Peru, Philippines, Poland, Portugal, Puerto Rico, Qatar, Romania, Russia, Rwanda, Samoa, San Marino, Saudi
    Arabia, Scotland, Senegal, Serbia, Seychelles, Sierra Leone, Singapore, Slovakia, Slovenia, Somalia, South Africa,
    South Korea, South Sudan, Spain, Sri Lanka, Sudan, Suriname, Sweden, Switzerland, Syria, Taiwan, Tajikistan,
    Tanzania, Thailand, Togo, Tonga, Trinidad and Tobago, Tunisia, Turkey, Türkiye, Turkmenistan, Tuvalu, Uganda,
    Ukraine, United Arab Emirates, United Kingdom, United States of America, United States, Uruguay, Uzbekistan,
    Vanuatu, Vatican City, Venezuela, Vietnam, Viet Nam, Wales, Yemen, Zambia, Zimbabwe
""")
"""Countries and parts of the United Kingdom, without those that are first names as well."""

STATES = _phrases("""
    Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia, Hawaii, Idaho,
    Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota,
    Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York, North Carolina,
    North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota, Tennessee, Texas,
    Utah, Vermont, Virginia, Washington, West Virginia, Wisconsin, Wyoming
""")
"""The states of the USA."""

STATE_CODES = _words("""
    AK AL AR AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK
    OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY AA AE AP
""")
"""Their postal codes, with territories and the three of the armed forces."""

STREET_TYPES = _words("""
    alley av ave avenue bayou beach bend bluff bluffs blvd boulevard branch bridge brook brooks bypass canyon causeway
    center centers cir circle circles cliff cliffs close common commons corner corners course court courts cove coves
    creek crescent crest crossing crossroad ct curve dale dam dr drive drives estate estates expressway extension
    extensions falls ferry field fields flat flats ford fords forest forge forges fork forks freeway garden gardens
    gateway glen glens green greens grove groves harbor harbors haven heights highway hill hills hollow hwy inlet
    island islands isle junction junctions key keys knoll knolls lake lakes landing lane light lights ln loaf lock
    locks lodge loop manor manors meadow meadows mews mill mills mission motorway mount mountain mountains neck
    orchard oval overpass parade park parks parkway parkways pass passage path pike pine pines pkwy pl place plain
    plains plaza point points port ports prairie radial ramp ranch rapid rapids rd rest ridge ridges rise river road
    roads route row run shoal shoals shore shores skyway spring springs spur spurs sq square squares st station str
    stravenue stream street streets summit ter terrace throughway trace track trafficway trail trl tunnel turnpike
    underpass union unions valley valleys via viaduct view views village villages ville vista walk walks wall way ways
    well wells
""")
"""What the last word of a street is in English (USPS Publication 28, appendix C1, and British usage)."""

STREET_BEGINNINGS = _words("""
    akti aleja allée avda avenida avenue boulevard calle camino carrer carretera chemin cité contrada corso cours
    estrada impasse jalan largo osiedle paseo piazza piazzale place plaza praça quai ronda route rua rue rúa strada
    travessa ul ulica ctra avda pza via viale vicolo
""")
"""What the first word of a street is elsewhere."""

SMALL_BEGINNINGS = _words("rue via calle ul al os chemin avenue boulevard rua")
SMALL_ENDINGS = _words("ulica ulice utca út útja krt rkp tér vej gade gate gata katu tee cesta nám trg náměstí sokak")
"""Street words that are written small, before and after the name."""

STREET_ENDINGS = tuple(
    _words("""
    straße strasse straat gasse platz allee damm ufer zeile laan plein kade gracht dijk dreef singel steeg stræde gade
    gate gatan gata vejen vej veien veg vegen vägen väg allén stien stigen gränd plads torget torg bakken haugen
    toppen katu kuja polku raitti utca körút sokak caddesi ulica ulice náměstí iela gatvė
""")
)
"""How the word or the last word of a street ends elsewhere."""

UNITS = _words("""
    apt apartment suite ste unit room rm floor building bldg flat box
""")
"""Parts of a building, and of a post office."""
