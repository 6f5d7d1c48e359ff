"""The metadata sheet of a SCoT (ISO 19139, INSPIRE): written for the portal, and read back to be checked.

Follows « consignes de saisie SCOT v2019-03 » of the CNIG and the sample published by the IGN.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree
from lxml.builder import ElementMaker

from pasbuild.diagnostics import Report
from pasbuild.gpumodel import UNKNOWN_DATE, Names, model
from pasbuild.model import Span

GMD, GCO, GMX = (f'http://www.isotc211.org/2005/{name}' for name in ('gmd', 'gco', 'gmx'))
XLINK = 'http://www.w3.org/1999/xlink'
NS: Mapping[str, str] = {'gmd': GMD, 'gco': GCO, 'gmx': GMX, 'xlink': XLINK}
_CODES = (
    'http://standards.iso.org/ittf/PubliclyAvailableStandards/ISO_19139_Schemas/resources/codelist/gmxCodelists.xml'
)
_MAIL = re.compile(r'[^@\s]+@[^@\s]+\.[^@\s]+')
PORTAL = 'https://www.geoportail-urbanisme.gouv.fr/document/'
_D = ElementMaker(namespace=GMD, nsmap=dict(NS))
_C = ElementMaker(namespace=GCO, nsmap=dict(NS))
_X = ElementMaker(namespace=GMX, nsmap=dict(NS))


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers for the data."""

    nom: str
    courriel: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the sheet says. ``bounds``: west, south, east, north, in degrees; ``denominator``: of the scale."""

    names: Names
    titre: str
    resume: str
    genealogie: str
    contact: Contact
    date: datetime.date
    bounds: tuple[float, float, float, float]
    denominator: int


def write_metadata(sheet: Sheet) -> bytes:
    """Return the sheet as XML."""
    known, names = model().metadonnees, sheet.names
    root = _D.MD_Metadata(
        _text('fileIdentifier', names.metadata.removesuffix('.xml')),
        _coded('language', 'LanguageCode', known.langue),
        _coded('characterSet', 'MD_CharacterSetCode', known.jeu_de_caracteres),
        _coded('hierarchyLevel', 'MD_ScopeCode', known.type),
        _party('contact', sheet.contact, 'pointOfContact'),
        _D.dateStamp(_C.Date(sheet.date.isoformat())),
        _reference_system(known.projection),
        _D.identificationInfo(_identification(sheet)),
        _distribution(sheet),
        _quality(sheet),
    )
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding='UTF-8') + b'\n'


def _text(tag: str, text: str) -> Any:
    return _D(tag, _C.CharacterString(text))


def _coded(tag: str, name: str, value: str) -> Any:
    return _D(tag, _D(name, value, codeList=f'{_CODES}#{name}', codeListValue=value))


def _dated(day: datetime.date, kind: str) -> Any:
    return _D.date(_D.CI_Date(_D.date(_C.Date(day.isoformat())), _coded('dateType', 'CI_DateTypeCode', kind)))


def _party(tag: str, contact: Contact, role: str) -> Any:
    address = _D.address(_D.CI_Address(_text('electronicMailAddress', contact.courriel)))
    info = _D.contactInfo(_D.CI_Contact(address))
    return _D(
        tag, _D.CI_ResponsibleParty(_text('organisationName', contact.nom), info, _coded('role', 'CI_RoleCode', role))
    )


def _reference_system(address: str) -> Any:
    anchor = _X.Anchor('EPSG 2154', {f'{{{XLINK}}}href': address})
    return _D.referenceSystemInfo(
        _D.MD_ReferenceSystem(_D.referenceSystemIdentifier(_D.RS_Identifier(_D.code(anchor))))
    )


def _identification(sheet: Sheet) -> Any:
    known, names = model().metadonnees, sheet.names
    approved = names.date
    revised = datetime.date.fromisoformat(approved) if approved != UNKNOWN_DATE else sheet.date
    citation = _D.CI_Citation(
        _text('title', sheet.titre),
        _dated(revised, 'revision'),
        _D.identifier(_D.MD_Identifier(_text('code', f'{PORTAL}{names.root}'))),
    )
    keywords = [*known.mots_cles.items(), ("Répertoire SIRENE", names.siren)]
    if names.suffix:
        keywords.append(("Sous-code de documents d’urbanisme", names.suffix.removeprefix('_')))
    return _D.MD_DataIdentification(
        _D.citation(citation),
        _text('abstract', sheet.resume),
        _party('pointOfContact', sheet.contact, 'owner'),
        *(_keyword(thesaurus, word) for thesaurus, word in keywords),
        _D.resourceConstraints(_D.MD_LegalConstraints(_text('useLimitation', "Licence Ouverte 2.0"))),
        _coded('spatialRepresentationType', 'MD_SpatialRepresentationTypeCode', known.representation),
        _D.spatialResolution(
            _D.MD_Resolution(
                _D.equivalentScale(_D.MD_RepresentativeFraction(_D.denominator(_C.Integer(str(sheet.denominator)))))
            )
        ),
        _coded('language', 'LanguageCode', known.langue),
        _coded('characterSet', 'MD_CharacterSetCode', known.jeu_de_caracteres),
        _D.topicCategory(_D.MD_TopicCategoryCode(known.theme)),
        _extent(sheet.bounds),
    )


def _keyword(thesaurus: str, word: str) -> Any:
    named = _D.thesaurusName(_D.CI_Citation(_text('title', thesaurus), _dated(model().date, 'publication')))
    return _D.descriptiveKeywords(_D.MD_Keywords(_text('keyword', word), named))


def _extent(bounds: tuple[float, float, float, float]) -> Any:
    west, south, east, north = (_C.Decimal(f'{value:.5f}') for value in bounds)
    box = _D.EX_GeographicBoundingBox(
        _D.westBoundLongitude(west),
        _D.eastBoundLongitude(east),
        _D.southBoundLatitude(south),
        _D.northBoundLatitude(north),
    )
    return _D.extent(_D.EX_Extent(_D.geographicElement(box)))


def _distribution(sheet: Sheet) -> Any:
    address = f'{PORTAL}{sheet.names.root}'
    online = _D.CI_OnlineResource(
        _D.linkage(_D.URL(address)), _text('protocol', 'WWW:LINK-1.0-http--link'), _text('name', sheet.titre)
    )
    return _D.distributionInfo(
        _D.MD_Distribution(
            _D.distributionFormat(_D.MD_Format(_text('name', 'Shapefile, CSV, PDF'), _text('version', '1.0'))),
            _D.transferOptions(_D.MD_DigitalTransferOptions(_D.onLine(online))),
        )
    )


def _quality(sheet: Sheet) -> Any:
    standard = _D.CI_Citation(_text('title', model().specification), _dated(model().date, 'publication'))
    result = _D.DQ_ConformanceResult(
        _D.specification(standard),
        _text('explanation', "Voir la spécification."),
        _D('pass', _C.Boolean('true')),
    )
    return _D.dataQualityInfo(
        _D.DQ_DataQuality(
            _D.scope(_D.DQ_Scope(_coded('level', 'MD_ScopeCode', 'dataset'))),
            _D.report(_D.DQ_DomainConsistency(_D.result(result))),
            _D.lineage(_D.LI_Lineage(_text('statement', sheet.genealogie))),
        )
    )


# --- reading back -----------------------------------------------------------------------------------------------------

_ID = 'gmd:identificationInfo/gmd:MD_DataIdentification'
_QUALITY = 'gmd:dataQualityInfo/gmd:DQ_DataQuality'
_PARTY = 'gmd:CI_ResponsibleParty'
_MAILS = 'gmd:contactInfo/gmd:CI_Contact/gmd:address/gmd:CI_Address/gmd:electronicMailAddress'
_WANTED: tuple[tuple[str, str, str], ...] = (
    ('METADATA_FILEIDENTIFIER_NOT_FOUND', 'gmd:fileIdentifier/*', "identifiant de la fiche"),
    ('METADATA_TITLE_NOT_FOUND', f'{_ID}/gmd:citation/*/gmd:title/*', "titre"),
    ('METADATA_ABSTRACT_NOT_FOUND', f'{_ID}/gmd:abstract/*', "résumé"),
    ('METADATA_LOCATORS_EMPTY', './/gmd:onLine/*/gmd:linkage/gmd:URL', "adresse du document"),
    ('METADATA_EXTENTS_EMPTY', f'{_ID}/gmd:extent//gmd:westBoundLongitude/*', "emprise"),
    ('METADATA_DISTRIBUTIONFORMATS_EMPTY', './/gmd:distributionFormat/*/gmd:name/*', "format de distribution"),
    ('METADATA_LINEAGE_NOT_FOUND', f'{_QUALITY}/gmd:lineage/*/gmd:statement/*', "généalogie"),
    ('METADATA_SPATIALRESOLUTIONS_EMPTY', f'{_ID}/gmd:spatialResolution//gmd:denominator/*', "échelle"),
    ('METADATA_CONTACT_NAMEABSENT', f'{_ID}/gmd:pointOfContact/{_PARTY}/gmd:organisationName/*', "nom du responsable"),
    ('METADATA_METADATACONTACT_NAMEABSENT', f'gmd:contact/{_PARTY}/gmd:organisationName/*', "nom du contact de la fiche"),
    ('METADATA_METADATADATE_NOT_FOUND', 'gmd:dateStamp/*', "date de la fiche"),
)  # fmt: skip


def check_metadata(data: bytes, name: str, names: Names, report: Report) -> None:
    """Report what the portal's validator would say of a metadata sheet."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        message = f"[METADATA_INVALID_FILE] Ce n'est pas du XML : {fault}"
        report.add('gpu.metadonnees', Span(name, fault.lineno or 1), message, "Refaites la fiche.")
        return
    if b'<!DOCTYPE' in data or root.tag != f'{{{GMD}}}MD_Metadata':
        message = (
            "[METADATA_INVALID_FILE] Ce n'est pas une fiche ISO 19139 (gmd:MD_Metadata), ou elle porte un DOCTYPE."
        )
        report.add('gpu.metadonnees', Span(name), message, "Refaites la fiche.")
        return
    for error, message in _faults(root, names):
        report.add('gpu.metadonnees', Span(name), f"[{error}] {message}", "Complétez la fiche.")


def _faults(root: etree._Element, names: Names) -> list[tuple[str, str]]:
    known = model().metadonnees
    faults = [
        (error, f"{what[0].upper()}{what[1:]} : absent.") for error, path, what in _WANTED if not _value(root, path)
    ]
    coded = (
        ('METADATA_TYPE', 'gmd:hierarchyLevel/*/@codeListValue', known.type, "type"),
        ('METADATA_LANGUAGE', f'{_ID}/gmd:language/*/@codeListValue', known.langue, "langue"),
        ('METADATA_METADATALANGUAGE', 'gmd:language/*/@codeListValue', known.langue, "langue de la fiche"),
        ('METADATA_CHARACTERSET', f'{_ID}/gmd:characterSet/*/@codeListValue', known.jeu_de_caracteres, "jeu de caractères"),
        ('METADATA_TOPICCATEGORY', f'{_ID}/gmd:topicCategory/*', known.theme, "thème"),
        ('METADATA_SPATIALREPRESENTATIONTYPE', f'{_ID}/gmd:spatialRepresentationType/*/@codeListValue', known.representation, "représentation"),
    )  # fmt: skip
    for error, path, expected, what in coded:
        value = _value(root, path)
        if value != expected:
            kind = 'INVALID' if value else 'NOT_FOUND'
            faults.append((f'{error}_{kind}', f"{what[0].upper()}{what[1:]} : « {expected} » attendu, « {value} » lu."))
    for error, place in (('CONTACT', f'{_ID}/gmd:pointOfContact'), ('METADATACONTACT', 'gmd:contact')):
        if not _MAIL.fullmatch(_value(root, f'{place}/{_PARTY}/{_MAILS}/*')):
            faults.append((f'METADATA_{error}_MAILINVALID', "Courriel absent ou mal formé."))
    faults += _dates(root, names)
    specifications = _values(root, './/gmd:specification/*/gmd:title/*')
    if not any(text.startswith(model().specification[:14]) for text in specifications):
        faults.append(('CNIG_METADATA_SPECIFICATION_NOT_FOUND', f"« {model().specification} » n'est pas nommée."))
    system = _value(root, './/gmd:referenceSystemIdentifier//gmx:Anchor/@xlink:href')
    if system != known.projection:
        error = 'URI_UNEXPECTED' if system else 'URI_NOT_FOUND'
        faults.append((f'CNIG_METADATA_REFERENCESYSTEMIDENTIFIER_{error}', f"Projection : {known.projection} attendu."))
    for thesaurus, word in (*known.mots_cles.items(), ("Répertoire SIRENE", names.siren)):
        if word not in _values(root, f'.//gmd:MD_Keywords[.//gmd:title/*="{thesaurus}"]/gmd:keyword/*'):
            faults.append(('CNIG_METADATA_KEYWORD_NOT_FOUND', f"Mot-clé « {word} » ({thesaurus}) absent."))
    return faults


def _dates(root: etree._Element, names: Names) -> list[tuple[str, str]]:
    path = f'{_ID}/gmd:citation/*/gmd:date/*[gmd:dateType/*/@codeListValue="revision"]/gmd:date/*'
    revised = _value(root, path)
    if not revised:
        return [('CNIG_METADATA_DATEOFLASTREVISION_NOT_FOUND', "Date de dernière révision absente.")]
    if names.date != UNKNOWN_DATE and revised[:10].replace('-', '') != names.date:
        return [('METADATA_DATEOFLASTREVISION_INVALID', f"Révision le {revised} : le dossier dit {names.date}.")]
    return []


def _value(root: etree._Element, path: str) -> str:
    return next(iter(_values(root, path)), '')


def _values(root: etree._Element, path: str) -> list[str]:
    """Return the texts of what a path finds, elements or attributes."""
    found = cast('list[Any]', root.xpath(path, namespaces=dict(NS)))
    return [(item if isinstance(item, str) else ''.join(map(str, item.itertext()))).strip() for item in found]
