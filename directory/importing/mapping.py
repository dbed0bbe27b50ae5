"""Which column means which field of a person."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping

from directory.importing.refusals import MappingRefused

FIELDS = {
    "external_id": "External id",
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail address",
    "phone": "Phone",
    "mobile": "Mobile number",
    "department": "Department",
    "job_title": "Job title",
    "site": "Site",
    "time_zone": "Time zone",
    "language": "Language",
    "reader_level": "Reader level",
    "is_list": "Distribution list",
    "works_from": "Works from",
    "works_until": "Works until",
    "tags": "Tags",
    "groups": "Groups",
}
HEADS = {  # as `plain` writes them: English, German, French; what directories and HR systems call them
    "external_id": """externalid employeeid employeenumber employeeno staffid staffnumber personnelnumber personnelno
        personid userid id uid studentid matriculationnumber badgenumber personalnummer personalnr persnr
        mitarbeiternummer mitarbeiternr mitarbeiterid matrikelnummer kennung externeid matricule
        numeroemploye numeroemployee numeroagent numeroetudiant identifiant idexterne nemploye noemploye
        npersonnel""",
    "name": """name fullname displayname personname employeename commonname cn contactname vollername vollstandigername
        anzeigename personenname mitarbeitername nomcomplet nometprenom prenometnom nomprenom prenomnom nomaffiche""",
    "first_name": "firstname givenname forename given first vorname rufname prenom prenoms",
    "last_name": "lastname surname familyname secondname last sn nachname familienname zuname nom nomdefamille",
    "email": """email mail emailaddress mailaddress emailadress primaryemail workemail smtpaddress primarysmtpaddress
        emailadresse mailadresse epost epostadresse adressemail adresseemail adresseelectronique adressedemessagerie
        courriel mel messagerie userprincipalname upn""",
    "phone": """phone phonenumber telephone telephonenumber tel businessphone businessphones workphone officephone
        extension telefon telefonnummer telefonnr rufnummer durchwahl numerodetelephone ntelephone""",
    "mobile": """mobile mobilenumber mobilephone mobilephonenumber mobileno cell cellphone cellnumber sms smsnumber
        mobilnummer mobil mobiltelefon mobilfunk mobilfunknummer mobiltelefonnummer handy handynummer handynr portable
        telephoneportable telportable telephonemobile telmobile numeroportable numerodeportable""",
    "department": """department dept departmentname division unit organisationalunit organizationalunit orgunit ou
        costcentre costcenter abteilung bereich fachbereich organisationseinheit oe departement service direction
        unite pole""",
    "job_title": """jobtitle title position role function job occupation positiontitle stelle stellenbezeichnung
        funktion berufsbezeichnung tatigkeit rolle fonction poste intituleduposte titre metier""",
    "site": """site location campus office building physicaldeliveryofficename officelocation workplace place standort
        ort dienstort buro gebaude niederlassung lieu localisation bureau batiment etablissement lieudetravail""",
    "time_zone": "timezone tz zone timezoneid zoneinfo zeitzone fuseauhoraire fuseau",
    "language": """language lang preferredlanguage locale languagecode sprache bevorzugtesprache korrespondenzsprache
        sprachcode langue langueprefere languepreferee codelangue""",
    "reader_level": """readerlevel level readinglevel leserniveau niveau leseniveau niveaudelecture niveaulecteur
        niveaudulecteur""",
    "is_list": """islist distributionlist mailinglist sharedmailbox list verteiler verteilerliste istverteiler
        listedediffusion listedistribution liste""",
    "works_from": """worksfrom workstart workingfrom starttime arbeitetvon
        arbeitsbeginn arbeitvon travaillede debuttravail""",
    "works_until": """worksuntil workend workinguntil endtime arbeitetbis
        arbeitsende arbeitbis travaillejusqua fintravail""",
    "tags": "tags tag labels label keywords schlagworte schlagworter etiketten etiquettes motscles",
    "groups": """groups group memberof groupnames teams team gruppe gruppen mitgliedvon groupe groupes equipe equipes
        membrede""",
}
MEANS = {word: (name, rank) for name, words in HEADS.items() for rank, word in enumerate(words.split())}
PARTS = ("first_name", "last_name")
SHOWN = 20  # columns that a refusal lists


def plain(head: str) -> str:
    """Letters and digits alone: “E-Mail-Adresse” and “EMAIL_ADRESSE” are the same head."""
    letters = unicodedata.normalize("NFKD", head.replace("ß", "ss")).casefold()
    return re.sub(r"[^a-z0-9]", "", letters.replace("№", "no"))


def guess(head: Iterable[str]) -> dict[str, str]:
    """{column: field}, each field once: the plainest word for it wins, then the first column."""
    best: dict[str, tuple[int, str]] = {}
    for column in head:
        if meant := MEANS.get(plain(column)) or MEANS.get(plain(re.sub(r"\(.*?\)|\[.*?\]", "", column))):
            name, rank = meant
            best[name] = min(best.get(name, (rank, column)), (rank, column), key=lambda one: one[0])
    return _one_name({column: name for name, (_, column) in best.items()})


def _one_name(found: dict[str, str]) -> dict[str, str]:
    """A whole name beats its parts; a family name without a first name is a whole name."""
    names = set(found.values())
    if "name" in names:
        return {column: name for column, name in found.items() if name not in PARTS}
    if "last_name" in names and "first_name" not in names:
        return {column: "name" if name == "last_name" else name for column, name in found.items()}
    return found


def from_json(text: str) -> dict[str, str]:
    """A mapping file: {"column": "field"}."""
    try:
        found = json.loads(text, object_pairs_hook=_each_once)
    except ValueError as error:
        raise MappingRefused([f"The mapping is not JSON: {error}."]) from error
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise MappingRefused(['The mapping must be an object of texts, like {"Mail": "email"}.'])
    return found


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MappingRefused(["The mapping names a column twice."])
    return found


def check(mapping: Mapping[str, str], *, head: list[str]) -> None:
    if sentences := [*_unknown(mapping, head), *_twice(mapping), *_missing(set(mapping.values()))]:
        raise MappingRefused(sentences)


def _unknown(mapping: Mapping[str, str], head: list[str]) -> Iterable[str]:
    for column, name in mapping.items():
        if column not in head:
            rest = f" and {len(head) - SHOWN} more" if len(head) > SHOWN else ""
            yield f"There is no column “{column}”. The file has: {', '.join(head[:SHOWN])}{rest}."
        if name not in FIELDS:
            yield f"There is no field “{name}”. The fields are: {', '.join(FIELDS)}."


def _twice(mapping: Mapping[str, str]) -> Iterable[str]:
    for name in dict.fromkeys(mapping.values()):
        columns = [column for column, meant in mapping.items() if meant == name]
        if len(columns) > 1 and name in FIELDS:
            yield f"{FIELDS[name]} comes from two columns: {' and '.join(f'“{one}”' for one in columns)}. Keep one."


def _missing(names: set[str]) -> Iterable[str]:
    if not names & {"external_id", "email"}:
        yield "A column is missing: nobody can be found without an external id or an e-mail address."
    if not names & {"name", *PARTS}:
        yield "A column is missing: the name, or first name and last name."
    if "name" in names and names & set(PARTS):
        yield "The name comes from a column of its own and from its parts. Keep one of the two."
