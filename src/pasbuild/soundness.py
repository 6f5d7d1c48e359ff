"""Is the PDF sound in itself? Integrity, safety, fonts, contrast, metadata, page numbers, size.

What can be judged on the bytes alone, by anyone, with no sources at hand; only ``check_identity`` wants the dossier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pikepdf
from lxml import etree

from pasbuild.pdfcontent import UNKNOWN, Colour, Run
from pasbuild.pdftree import Content, label, name_of
from pasbuild.project import Dossier
from pasbuild.proof import Finding, Found

WARN_SIZE, MAX_SIZE = 20_000_000, 150 * 1024 * 1024
"""Bytes. @CTES (reference platform S²LOW) refuses an archive above 150 MiB; readers on a telephone suffer above 20 MB."""
CONTRAST = 4.5
"""WCAG 2.1 1.4.3 (RGAA 3.2), for every text, large ones too."""
_SUSPECT = re.compile(
    rb'/(JavaScript|JS|Launch|ImportData|SubmitForm|ResetForm|GoToR|GoToE|Movie|Sound|Rendition|RichMedia|RichMediaExecute'
    rb'|3D|Screen|AA|OpenAction|XFA|Hide|SetOCGState|Ref|F|URL)\b'
)
_ACTIONS = {
    '/JavaScript': "JavaScript",
    '/Launch': "lancement d'un programme",
    '/ImportData': "import de données",
    '/SubmitForm': "envoi de formulaire",
    '/ResetForm': "remise à zéro de formulaire",
    '/GoToR': "renvoi à un autre fichier",
    '/GoToE': "renvoi à un fichier joint",
    '/Movie': "film",
    '/Sound': "son",
    '/Rendition': "média",
    '/RichMediaExecute': "média",
    '/Hide': "contenu masqué par une action",
    '/SetOCGState': "calques changés par une action",
}
_KEYS = {'/JS': "JavaScript", '/AA': "action déclenchée sans clic", '/XFA': "formulaire XFA"}
_KINDS = {'/RichMedia', '/3D', '/Movie', '/Sound', '/Screen'}
_NS = {
    'dc': 'http://purl.org/dc/elements/1.1/',
    'pdf': 'http://ns.adobe.com/pdf/1.3/',
    'xmp': 'http://ns.adobe.com/xap/1.0/',
    'pdfaid': 'http://www.aiim.org/pdfa/ns/id/',
    'pdfuaid': 'http://www.aiim.org/pdfua/ns/id/',
    'rdf': 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
}
_PAIRS = (
    ('/Title', 'dc:title', "titre"), ('/Author', 'dc:creator', "auteur"), ('/Subject', 'dc:description', "sujet"),
    ('/Keywords', 'pdf:Keywords', "mots-clés"), ('/Creator', 'xmp:CreatorTool', "logiciel"),
    ('/Producer', 'pdf:Producer', "moteur"), ('/CreationDate', 'xmp:CreateDate', "date de création"),
    ('/ModDate', 'xmp:ModifyDate', "date de modification"),
)  # fmt: skip


def check_size(path: Path) -> tuple[Found, tuple[str, ...]]:
    """Judge the size; the second part warns."""
    size = path.stat().st_size
    said = f'{size / 1e6:.1f} Mo'.replace('.', ',')
    findings = []
    if size > MAX_SIZE:
        findings.append(Finding(f"Le fichier pèse {said} ; @CTES refuse un envoi de plus de 150 Mio."))
    heavy = () if size <= WARN_SIZE or findings else (f"{said} : au-delà de 20 Mo, un fichier se télécharge mal.",)
    return (f"{said} ; avertissement au-delà de 20 Mo, refus au-delà de 150 Mio.", findings), heavy


def check_integrity(pdf: pikepdf.Pdf) -> Found:
    """Judge that the file opens without repair and without a password."""
    findings = [Finding(f"qpdf a dû réparer : {warning}") for warning in list(pdf.get_warnings())[:20]]
    if pdf.is_encrypted:
        findings.append(Finding("Le fichier est chiffré.", rule='chiffrement'))
    return f"PDF {pdf.pdf_version}, {len(pdf.pages)} pages, lu sans mot de passe.", findings


def check_safety(pdf: pikepdf.Pdf) -> Found:
    """Judge that nothing acts, plays or reaches outside but plain links."""
    findings = []
    count = 0
    for item in pdf.objects:
        count += 1
        head = item.stream_dict if isinstance(item, pikepdf.Stream) else item
        if isinstance(head, pikepdf.Dictionary | pikepdf.Array) and _SUSPECT.search(head.unparse(resolved=True)):
            place = name_of(item)
            findings += [Finding(said, object=place) for said in _dangers(head, isinstance(item, pikepdf.Stream), 0)]
    joined = list(pdf.attachments)
    attached = f" Fichiers joints : {', '.join(joined)}." if joined else ''
    return f"{count} objets parcourus : ni script, ni action, ni média, ni fichier extérieur.{attached}", findings


def _dangers(item: Any, stream: bool, depth: int) -> Iterator[str]:
    """Yield what acts in an object and in what it holds directly."""
    if depth > 50:
        yield "objet trop profond"
        return
    if isinstance(item, pikepdf.Array):
        for kid in item:
            if isinstance(kid, pikepdf.Dictionary | pikepdf.Array) and kid.objgen == (0, 0):
                yield from _dangers(kid, False, depth + 1)
        return
    yield from _said(item, stream)
    for kid in item.values():
        if isinstance(kid, pikepdf.Dictionary | pikepdf.Array) and kid.objgen == (0, 0):
            yield from _dangers(kid, False, depth + 1)


def _said(item: Any, stream: bool) -> Iterator[str]:
    action = str(item.get('/S', ''))
    if action in _ACTIONS:
        yield f"Action interdite : {_ACTIONS[action]}."
    for key, words in _KEYS.items():
        if key in item and not (key == '/JS' and action == '/JavaScript'):
            yield f"Interdit : {words}."
    if str(item.get('/Subtype', '')) in _KINDS and '/Rect' in item:
        yield f"Annotation interdite : {item['/Subtype']}."
    if isinstance(item.get('/OpenAction'), pikepdf.Dictionary) and item.OpenAction.get('/S') != '/GoTo':
        yield "Action à l'ouverture."
    if (stream and '/F' in item) or item.get('/FS') == '/URL' or (item.get('/Subtype') == '/Form' and '/Ref' in item):
        yield "Contenu pris dans un autre fichier."


# --- fonts and colours --------------------------------------------------------------------------------------------------


def check_fonts(content: Content, families: Sequence[str]) -> Found:
    """Judge fonts: embedded, subset, pinned, readable, no empty box. ``families``: the pinned ones; none without sources."""
    findings = []
    for font in content.fonts.known.values():
        said = [
            (not font.embedded, "n'est pas incorporée"),
            (font.embedded and not font.subset, "est incorporée entière"),
            (not font.characters, "n'a pas de table ToUnicode : son texte ne se lit pas"),
            (bool(families) and font.base.partition('-')[0] not in families, "n'est pas une police du projet"),
        ]
        findings += [Finding(f"La police « {font.base} » {words}.", object=font.object) for bad, words in said if bad]
    for number, runs in enumerate(content.pages, 1):
        boxes = [run for run in runs if run.notdef]
        unread = [run for run in runs if UNKNOWN in run.text]
        if boxes:
            findings.append(Finding("Caractère sans dessin (.notdef) affiché.", number, count=len(boxes)))
        if unread:
            name = unread[0].font.base if unread[0].font else "police absente"
            findings.append(Finding(f"Texte qui ne se lit pas ({name}).", number, count=len(unread)))
    names = sorted(font.base for font in content.fonts.known.values())
    return f"{len(names)} polices : {', '.join(names)}.", findings


def ratio(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.1)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def check_contrast(content: Content) -> Found:
    """Judge the contrast of each run of text with what was painted under its first letter, figures left out."""
    pairs: dict[tuple[Colour, Colour], tuple[int, int, Run]] = {}
    unknown = drawn = hidden = 0
    findings = []
    for number, (runs, figures) in enumerate(zip(content.pages, content.figures, strict=True), 1):
        for run in runs:
            if not run.text.strip():
                continue
            if run.mark in figures:
                drawn += 1
            elif run.invisible:
                hidden += 1
                findings.append(Finding(f"Texte invisible : « {run.text[:50]} ».", number))
            elif run.colour is None or run.behind is None:
                unknown += 1
            else:
                page, count, first = pairs.get((run.colour, run.behind), (number, 0, run))
                pairs[run.colour, run.behind] = page, count + 1, first
    measured = {pair: ratio(*pair) for pair in pairs}
    for (colour, behind), value in measured.items():
        if value < CONTRAST:
            page, count, run = pairs[colour, behind]
            said = f'{value:.1f}'.replace('.', ',')
            message = f"Contraste {said} ({_hex(colour)} sur {_hex(behind)}), dont « {run.text[:40]} »."
            findings.append(Finding(message, page, count=count))
    least = f'{min(measured.values(), default=21):.1f}'.replace('.', ',')
    evidence = (
        f"{sum(count for _, count, _ in pairs.values())} textes, {len(pairs)} couples de couleurs, contraste le plus faible {least}. "
        f"Non mesurés : {drawn} textes dans les figures, {unknown} sur une image, un dégradé ou une forme libre."
    )
    return evidence, findings


def _hex(colour: Colour) -> str:
    return '#' + ''.join(f'{round(min(max(c, 0), 1) * 255):02X}' for c in colour)


# --- metadata -----------------------------------------------------------------------------------------------------------


def _properties(pdf: pikepdf.Pdf) -> dict[str, str]:
    """Return the XMP properties by prefixed name; the ones of a list joined by a comma."""
    stream = pdf.Root.get('/Metadata')
    if not isinstance(stream, pikepdf.Stream):
        raise ValueError("pas de métadonnées XMP")  # noqa: TRY004  # the file is wrong, not the program
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(stream.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"métadonnées XMP illisibles : {error}") from error
    found = {}
    for description in root.iter(f'{{{_NS["rdf"]}}}Description'):
        for prefix, space in _NS.items():
            for name, value in description.attrib.items():
                if str(name).startswith(f'{{{space}}}'):
                    found[f'{prefix}:{str(name).partition("}")[2]}'] = str(value)
            for child in description.iterchildren(f'{{{space}}}*'):
                items = [li.text or '' for li in child.iter(f'{{{_NS["rdf"]}}}li')] or [child.text or '']
                found[f'{prefix}:{etree.QName(child).localname}'] = ', '.join(items)
    return found


def check_metadata(pdf: pikepdf.Pdf, *, sealed: bool = False) -> Found:
    """Judge metadata: XMP equals Info, marked as tagged, language, title shown, PDF/A-3A and PDF/UA-1 claimed.

    ``sealed``: whoever seals adds its name to the producers of Info and puts it alone in XMP (pyHanko does).
    """
    properties, info = _properties(pdf), pdf.docinfo
    findings = []
    for key, name, words in _PAIRS:
        old, new = str(info.get(key, '')), properties.get(name, '')
        if sealed and key == '/Producer':
            old = old.rpartition('; ')[2]
        same = _day(old) == _day(new) if 'Date' in key else old == new
        if not same:
            findings.append(Finding(f"Le {words} diffère : Info dit « {old} », XMP dit « {new} »."))
    root = pdf.Root
    preferences: Any = root.get('/ViewerPreferences', {})
    marks: Any = root.get('/MarkInfo', {})
    claims = (
        (marks.get('/Marked') is True and '/StructTreeRoot' in root, "n'est pas déclaré balisé"),
        (bool(str(root.get('/Lang', ''))), "n'a pas de langue"),
        (preferences.get('/DisplayDocTitle') is True, "ne montre pas son titre (DisplayDocTitle)"),
        (
            properties.get('pdfaid:part') == '3' and properties.get('pdfaid:conformance') == 'A',
            "ne se dit pas PDF/A-3A",
        ),
        (properties.get('pdfuaid:part') == '1', "ne se dit pas PDF/UA-1"),
    )
    findings += [Finding(f"Le document {words}.") for good, words in claims if not good]
    return (
        f"{len(properties)} propriétés XMP comparées au dictionnaire Info ; balisage, langue, profils déclarés.",
        findings,
    )


def _day(date: str) -> str:
    return re.sub(r'\D', '', date)[:8]


def check_identity(pdf: pikepdf.Pdf, dossier: Dossier, *, sealed: bool = False) -> Found:
    """Judge that title, author, language and dates are those of dossier.yaml; a seal may have changed the file since."""
    info = pdf.docinfo
    made, changed = _day(dossier.date.isoformat()), _day(str(info.get('/ModDate', '')))
    wanted = (
        ("titre", f'{dossier.titre} du SCoT {dossier.scot}', str(info.get('/Title', ''))),
        ("auteur", dossier.maitre_ouvrage.nom, str(info.get('/Author', ''))),
        ("langue", dossier.langue, str(pdf.Root.get('/Lang', ''))),
        ("date de création", made, _day(str(info.get('/CreationDate', '')))),
        ("date de modification", changed if sealed and changed >= made else made, changed),
    )
    findings = [
        Finding(f"Le PDF dit « {shown} » ; dossier.yaml veut « {owed} » ({words}).")
        for words, owed, shown in wanted
        if re.sub(r'\s', ' ', owed) != re.sub(r'\s', ' ', shown)
    ]
    return "Titre, auteur, langue et dates comparés à dossier.yaml.", findings


def check_labels(content: Content) -> Found:
    """Judge page labels: there, and equal to the numbers printed at the foot of the pages."""
    findings = []
    if not content.labels:
        findings.append(Finding("Le PDF n'a pas d'étiquettes de page : les lecteurs ne savent pas le numéro imprimé."))
    printed = [_printed(runs, content) for runs in content.pages]
    for number, shown in enumerate(printed, 1):
        known = label(content, number)
        if shown and shown != known:
            findings.append(Finding(f"Le numéro imprimé est « {shown} » ; le PDF appelle la page « {known} ».", number))
    return f"{sum(map(bool, printed))} numéros imprimés lus, {len(content.labels)} étiquettes.", findings


def _printed(runs: Sequence[Run], content: Content) -> str:
    """Return the number at the foot of a page: "12 / 102", outside the running text."""
    reached = {id(run) for _, run in content.loose}
    for run in runs:
        found = re.fullmatch(r'(\S+)\s*/\s*\d+', run.text.strip())
        if found and (run.artifact or id(run) in reached):
            return found[1]
    return ''
