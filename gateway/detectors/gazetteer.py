"""Words by which places and people are known: countries, US states, kinds of streets, first names, surnames."""

import re


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

STATE_CODES = frozenset(
    """
    AK AL AR AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR
    PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY AA AE AP
    """.split()
)
"""Their postal codes, with territories and the three of the armed forces."""

STREET_TYPES = frozenset(
    """
    alley av ave avenue bayou beach bend bluff bluffs blvd boulevard branch bridge brook brooks bypass canyon causeway
    center centers cir circle circles cliff cliffs close common commons corner corners course court courts cove coves
    creek crescent crest crossing crossroad ct curve dale dam dr drive drives estate estates expressway extension
    extensions falls ferry field fields flat flats ford fords forest forge forges fork forks freeway garden gardens
    gateway glen glens green greens grove groves harbor harbors haven heights highway hill hills hollow hwy inlet island
    islands isle junction junctions key keys knoll knolls lake lakes landing lane light lights ln loaf lock locks lodge
    loop manor manors meadow meadows mews mill mills mission motorway mount mountain mountains neck orchard oval
    overpass parade park parks parkway parkways pass passage path pike pine pines pkwy pl place plain plains plaza point
    points port ports prairie radial ramp ranch rapid rapids rd rest ridge ridges rise river road roads route row run
    shoal shoals shore shores skyway spring springs spur spurs sq square squares st station stravenue stream street
    streets summit ter terrace throughway trace track trafficway trail trl tunnel turnpike underpass union unions valley
    valleys via viaduct view views village villages ville vista walk walks wall way ways well wells
    """.split()
)
"""What the last word of a street is in English (USPS Publication 28, appendix C1, and British usage)."""

STREET_BEGINNINGS = frozenset(
    """
    akti aleja allée avda avenida avenue boulevard calle camino carrer carretera chemin cité contrada corso cours
    estrada impasse jalan largo osiedle paseo piazza piazzale place plaza praça quai ronda route rua rue rúa strada
    travessa ul ulica via viale vicolo
    """.split()
)
"""What the first word of a street is elsewhere."""

STREET_ENDINGS = re.compile(
    r".*(?:stra(?:ß|ss)e|straat|gasse|platz|allee|damm|ufer|zeile|laan|plein|kade|gracht|dijk|dreef|singel|steeg"
    r"|stræde|gade|gate|gatan|gata|vejen|vej|veien|veg|vegen|vägen|väg|allén|stien|stigen|gränd|plads|torget|torg"
    r"|bakken|haugen|toppen|katu|kuja|polku|raitti|utca|körút|sokak|sokağı|caddesi|ulica|ulice|náměstí|iela|gatvė)",
    re.IGNORECASE,
)
"""How the word or the last word of a street ends elsewhere."""

MONTHS = frozenset(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri
    sat sun
    """.split()
)
"""Months and weekdays."""

PARTICLES = frozenset(
    """
    of de del della delle di da do dos das du des la las los le les van von der den het ten ter am an auf im i y e et
    nad na pod pri ob al el bin ben ibn abu
    """.split()
)
"""Small words inside names."""

UNITS = frozenset(
    """
    apt apartment suite ste unit room rm floor building bldg flat box
    """.split()
)
"""Parts of a building, and of a post office."""

TITLES = frozenset(
    """
    mr mrs ms miss mx dr prof professor sir madam lady lord rev reverend capt captain lt sgt col gen judge sheriff
    senator officer nurse herr frau mme mlle monsieur madame señor señora sr sra dott
    """.split()
)
"""What stands before a name and nowhere else."""

ABBREVIATIONS = frozenset(
    """
    st rd ave av blvd ln dr ct pl sq hwy pkwy ul al os str bd avda calle mr mrs ms prof rev capt lt sgt col gen jr sr
    apt ste rm bldg
    """.split()
)
"""Words that a full stop belongs to."""

FIRST_NAMES = frozenset(
    """
    Aaron Abdullah Abigail Adam Adrian Ahmed Aisha Alan Albert Alejandro Alex Alexander Alexandra Alexis Alfred Ali
    Alice Alicia Alison Allan Allen Allison Amanda Amber Amelia Amit Amy Ana Andrea Andreas Andrei Andrew Andrzej Angela
    Angelina Anita Anja Anna Anne Annette Annie Anthony Antoine Anton Antonio Anya Arjun Arthur Ashley Astrid Audrey
    Barbara Barry Beata Beatrice Ben Benjamin Bernard Beth Betty Birgit Bogdan Boris Brandon Brenda Brian Bridget Bruce
    Bryan Camila Camille Carl Carla Carlos Carmen Carol Carolina Caroline Carolyn Catherine Cathy Cecilia Charles
    Charlotte Chen Cheryl Chloe Christian Christina Christine Christoph Christopher Claire Clara Claudia Colin Connie
    Cory Craig Crystal Cynthia Daniel Daniela Danielle Darius David Deborah Debra Dennis Derek Diana Diane Diego Dimitri
    Dirk Dmitri Dominic Donald Donna Dora Doris Dorothy Douglas Duncan Dylan Edith Edward Edwin Elaine Eleanor Elena
    Elias Elisabeth Elizabeth Ella Ellen Emily Emma Enrique Eric Erica Erik Erika Ernest Esther Ethan Eugene Eva Evan
    Evelyn Fabian Fatima Felipe Felix Fernando Fiona Florian Frances Francesca Francesco Francisco Franz Fred Frederick
    Gabriel Gabriela Gareth Gary Geoffrey George Georgina Gerald Gerard Gillian Gina Giovanni Giulia Giuseppe Gloria
    Gordon Graham Greg Gregory Greta Guillermo Gunther Gustav Hannah Hans Harold Harriet Harry Hassan Heather Heidi
    Heinrich Helen Helena Helga Henrik Henry Herbert Hiroshi Howard Hugo Ian Ibrahim Ignacio Igor Ines Ingrid Irene
    Irina Isaac Isabel Isabella Isabelle Ivan Jack Jacob Jacqueline Jake Jakob Jakub James Jamie Jan Jane Janet Janice
    Jason Javier Jean Jeff Jeffrey Jennifer Jenny Jens Jeremy Jerome Jerry Jessica Jill Jim Jimmy Joan Joanna Joe Joel
    Johan Johanna Johannes John Johnny Jonas Jonathan Jorge Jose Josef Joseph Joshua Josie José Joyce Juan Judith Judy
    Julia Julian Julie Justin Jürgen Kaitlyn Karen Karin Karl Katarzyna Kate Katharina Katherine Kathleen Kathryn Kathy
    Katie Katrin Kayla Keith Kelly Ken Kenneth Kevin Khalid Kim Kimberly Kirsten Klaus Kristen Kristina Krzysztof Kumar
    Kurt Kyle Larry Lars Laura Lauren Laurent Lawrence Lena Leo Leon Leonard Leonardo Leslie Lewis Liam Linda Lindsay
    Lisa Liz Lois Lorenzo Louis Louise Luca Lucas Lucia Lucy Luigi Luis Luisa Lukas Lydia Lynn Maciej Madison Magdalena
    Malcolm Manuel Marc Marcel Marco Marcus Margaret Maria Marie Marilyn Marina Mario Marion Marjorie Markus Marta
    Martha Martin Martina Mary María Mateusz Mathias Matt Matteo Matthew Maureen Max Maximilian Megan Mehmet Melanie
    Melissa Michael Michał Michel Michelle Miguel Mikael Mike Mikhail Milan Mildred Mohamed Mohammad Mohammed Molly
    Monica Monika Muhammad Nancy Naomi Natalia Natalie Natasha Nathan Neil Nicholas Nick Nicola Nicolas Nicole Nigel
    Nikolai Nina Noah Nora Norman Olga Oliver Olivia Omar Oscar Otto Owen Pablo Pamela Patricia Patrick Paul Paula Paulo
    Pavel Pedro Peggy Penelope Peter Petra Philip Philippe Phillip Pierre Pieter Piotr Priya Rachel Rahul Raj Rajesh
    Ralph Ramon Raymond Rebecca Regina Renata René Ricardo Richard Rick Rita Robert Roberta Roberto Robin Rodney Rodrigo
    Roger Roland Ronald Rosa Rosemary Roy Ruben Rudolf Russell Ruth Ryan Sabine Sally Salvatore Sam Samantha Samir
    Samuel Sandra Sanjay Sara Sarah Scott Sean Sebastian Sergei Sergey Sergio Shannon Sharon Shaun Sheila Shirley Silvia
    Simon Simone Sofia Sonia Sophia Sophie Stacy Stefan Stefano Stella Stephanie Stephen Steve Steven Stuart Sunil Susan
    Suzanne Sven Svetlana Sylvia Tamara Tanya Tara Tatiana Terence Teresa Terry Theodore Theresa Thomas Tiffany Tim
    Timothy Tina Tobias Todd Tom Tomasz Tommy Tony Tracy Trevor Tyler Ulrich Ursula Valentina Valerie Vanessa Vera
    Veronica Victor Viktor Vincent Virginia Vladimir Walter Wanda Wayne Wendy Werner Wilhelm William Wolfgang Yan
    Yolanda Yusuf Yves Yvonne Zachary Zoe
    """.split()
)
"""Frequent first names of Europe, the Americas and South Asia that are hardly ever anything else in English."""

SURNAME_ENDINGS = re.compile(
    r".+(?:ović|ević|ić|ová|enko|czyk|wicz|owski|owska|ewski|ewska|iński|ińska|ský|ská|sson|dóttir|shvili|idze|opoulos"
    r"|escu|oğlu|ainen|onen|ovich|evich)"
)
"""How surnames end that are rarely anything else."""
