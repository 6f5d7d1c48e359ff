"""Opening a Word file that somebody sent: what it holds is not trusted.

Why: a returned file comes by mail, from any office suite. It may be cut, locked, of another format renamed ``.docx``, or
made to harm: a small archive that unfolds into gigabytes, entities that read files, macros. Everything is checked before
it is parsed, little is read, nothing is unpacked on disk, and no address found inside is ever followed.

Each refusal is a finding ``revue.*``; reading then stops.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.wordmend import restore_words, without_controls

MAX_PARTS = 5_000
MAX_TOTAL = 300 << 20
"""Sum of the sizes the archive declares, in bytes."""
MAX_RATIO, RATIO_FROM = 200, 1 << 20
"""How many times smaller a part may be once compressed, from which size on: text is ten times smaller."""
MAX_XML = 32 << 20
"""Bytes of XML really read, all parts together. A document of 140 pages has about three million."""
MAX_MARKS = 1_500_000
"""Tags and attributes of one part: each weighs about a hundred bytes once parsed."""

_LEGACY = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'
_REL = '{http://schemas.openxmlformats.org/package/2006/relationships}Relationship'
_MAIN = b'wordprocessingml.document.main+xml'
_LINKS = ('https://', 'http://', 'mailto:')


class _RefusedError(Exception):
    """The file is refused: code, message and hint of the finding."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class _CrossedError(_RefusedError):
    """An element of a part ends inside another."""


@dataclass(frozen=True, slots=True)
class WordFile:
    """The parts of a Word file that are read, parsed. Absent ones are None."""

    document: etree._Element
    styles: etree._Element | None
    footnotes: etree._Element | None
    comments: etree._Element | None
    threads: etree._Element | None
    """``commentsExtended``: replies and what is resolved."""
    properties: Mapping[str, str]
    """Custom properties: the identity of the export is among them."""
    links: Mapping[str, str]
    """Addresses of the links of the text, by relationship."""
    note_links: Mapping[str, str]
    numbering: etree._Element | None = None
    """Read for a template only, as the next."""
    theme: etree._Element | None = None


def open_word(data: bytes, name: str, report: Report, *, look: bool = False) -> WordFile | None:
    """Return the parts of the Word file ``data``, or None when it is refused. ``name`` is the file in the findings.

    ``look``: read the lists and the theme too.
    """
    span = Span(name)
    try:
        with _archive(data) as archive:
            return _Reader(archive).word_file(report, span, look=look)
    except _RefusedError as refused:
        report.add(refused.code, span, refused.message, refused.hint)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        report.add('revue.archive', span, "Le fichier est abîmé ou incomplet.", _AGAIN)
    return None


_AGAIN = "Demandez-le de nouveau à la personne qui l'a envoyé, ou enregistrez-le à nouveau depuis Word ou LibreOffice."
_AS_DOCX = "Ouvrez-le dans Word ou LibreOffice et enregistrez-le au format « Word (.docx) »."


# --- before parsing ---------------------------------------------------------------------------------------------------


def _archive(data: bytes) -> zipfile.ZipFile:
    """Return the archive, once its kind, its size and the names of its parts are known to be sound."""
    if not data.startswith(b'PK'):
        raise _not_zip(data)
    archive = zipfile.ZipFile(io.BytesIO(data))
    infos = archive.infolist()
    _check_sizes(infos)
    _check_names(infos)
    _check_kind(archive)
    _check_active(archive)
    return archive


def _not_zip(data: bytes) -> _RefusedError:
    if not data:
        return _RefusedError('revue.archive', "Le fichier est vide.", _AGAIN)
    if data.startswith(_LEGACY) and 'EncryptedPackage'.encode('utf-16-le') in data:
        return _locked()
    known = {
        _LEGACY: "un ancien format de Microsoft Office (.doc)",
        b'%PDF': "un PDF",
        b'{\\rtf': "un fichier RTF",
    }
    kind = next((text for start, text in known.items() if data.startswith(start)), "autre chose")
    if kind == "un PDF":
        hint = "Les corrections portées sur un PDF ne se relisent pas : demandez le fichier Word annoté."
    else:
        hint = _AS_DOCX
    return _RefusedError('revue.format', f"Ce n'est pas un fichier Word : c'est {kind}.", hint)


def _locked() -> _RefusedError:
    hint = "Ouvrez-le dans Word, retirez le mot de passe (Fichier, Informations, Protéger), puis enregistrez-le."
    return _RefusedError('revue.protege', "Le fichier est protégé par un mot de passe.", hint)


def _check_sizes(infos: list[zipfile.ZipInfo]) -> None:
    hint = "Si le document est vraiment le vôtre, allégez ses images (Word : Format de l'image, Compresser)."
    if len(infos) > MAX_PARTS:
        raise _RefusedError('revue.taille', f"L'archive contient plus de {MAX_PARTS} éléments.", hint)
    if sum(info.file_size for info in infos) > MAX_TOTAL:
        raise _RefusedError('revue.taille', f"Une fois ouvert, le fichier dépasse {MAX_TOTAL >> 20} Mo.", hint)
    for info in infos:
        if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            message = f"Un élément se déplie en plus de {MAX_RATIO} fois sa taille."
            raise _RefusedError('revue.taille', message, hint)


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    """No encrypted part, no part twice (which one would Word read?), no name that leads out of the archive."""
    seen: set[str] = set()
    for info in infos:
        if info.flag_bits & 0x1:
            raise _locked()
        name = info.filename
        if name.lower() in seen:
            raise _RefusedError('revue.archive', "L'archive contient deux fois le même élément.", _AGAIN)
        seen.add(name.lower())
        if name.startswith('/') or '..' in name.split('/') or '\\' in name or ':' in name.split('/')[0]:
            raise _RefusedError('revue.archive', "Un élément de l'archive sort de l'archive.", _AGAIN)


def _check_kind(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    kinds = {
        'mimetype': "un document OpenDocument (.odt, .ods…)",
        'xl/workbook.xml': "un classeur Excel",
        'ppt/presentation.xml': "un diaporama PowerPoint",
    }
    kind = next((text for name, text in kinds.items() if name in names), "une archive d'un autre genre")
    if '[Content_Types].xml' not in names or kind != "une archive d'un autre genre":
        raise _RefusedError('revue.format', f"Ce n'est pas un fichier Word : c'est {kind}.", _AS_DOCX)


def _check_active(archive: zipfile.ZipFile) -> None:
    """Refuse macros and embedded objects: nobody needs them to correct a text."""
    names = [name.lower() for name in archive.namelist()]
    types = _capped(archive, '[Content_Types].xml')
    if b'macroenabled' in types.lower() or any(name.endswith('vbaproject.bin') for name in names):
        hint = "Enregistrez-le au format « Document Word (.docx) », sans macros."
        raise _RefusedError('revue.macro', "Le fichier contient des macros.", hint)
    if any(name.startswith(('word/embeddings/', 'word/activex/')) for name in names) or b'oleObject' in types:
        hint = "Dans Word, remplacez l'objet incorporé (classeur, formulaire…) par une image ou du texte."
        raise _RefusedError('revue.objet', "Le fichier contient un objet incorporé.", hint)
    if _MAIN not in types:
        raise _RefusedError('revue.format', "Ce n'est pas un document Word.", _AS_DOCX)


def _capped(archive: zipfile.ZipFile, name: str, room: int = MAX_XML) -> bytes:
    """Return a part, read to ``room`` bytes at most: what an archive declares may be false."""
    with archive.open(name) as stream:
        data = stream.read(room + 1)
    if len(data) > room:
        hint = "Vérifiez que c'est bien le document envoyé en relecture."
        raise _RefusedError('revue.taille', f"Le texte du fichier dépasse {MAX_XML >> 20} Mo.", hint)
    return data


# --- parsing ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    archive: zipfile.ZipFile
    room: int = MAX_XML
    unlocked: bool = False
    """Some part could be read only without its content controls."""

    def word_file(self, report: Report, span: Span, *, look: bool) -> WordFile:
        """Return the parts, found by their relationships: Word does not always name them the same."""
        outer = self._relations('')
        main = next((target for kind, target, _, _ in outer if kind == 'officeDocument'), '')
        document = self._part(main)
        if document is None or etree.QName(document).localname != 'document':
            raise _RefusedError('revue.format', "Le fichier Word n'a pas de texte.", _AS_DOCX)
        inner = self._relations(main)
        named = {kind: target for kind, target, _, external in inner if not external}
        notes = named.get('footnotes', '')
        note_relations = self._relations(notes)
        _warn_external([*outer, *inner, *note_relations], report, span)
        properties = next((target for kind, target, _, _ in outer if kind == 'custom-properties'), '')
        footnotes = self._part(notes)
        self._warn_unlocked(report, span)
        return WordFile(
            document,
            self._part(named.get('styles', '')),
            footnotes,
            self._part(named.get('comments', '')),
            self._part(named.get('commentsExtended', '')),
            _properties(self._part(properties)),
            _links(inner),
            _links(note_relations),
            self._part(named.get('numbering', '')) if look else None,
            self._part(named.get('theme', '')) if look else None,
        )

    def _part(self, name: str) -> etree._Element | None:
        if name not in self.archive.namelist():
            return None
        data = _capped(self.archive, name, self.room)
        self.room -= len(data)
        try:
            return parse_untrusted(data)
        except _CrossedError:
            found = parse_untrusted(without_controls(data))
            restore_words(found)
            self.unlocked = True
            return found

    def _warn_unlocked(self, report: Report, span: Span) -> None:
        if self.unlocked:
            message = "LibreOffice a mal enregistré des corrections faites dans un passage sur fond gris : le fichier est lu sans ses verrous."
            hint = "Tout le reste est relu. Le texte donné pour ce passage peut être brouillé."
            report.warn('revue.verrous', span, message, hint)

    def _relations(self, name: str) -> list[tuple[str, str, str, bool]]:
        """Return the relationships of a part: last word of the type, target, identifier, external or not."""
        folder, base = posixpath.split(name)
        root = self._part(posixpath.join(folder, '_rels', f'{base}.rels'))
        return [] if root is None else list(_read_relations(root, folder))


def parse_untrusted(data: bytes) -> etree._Element:
    """Return the root of a part in UTF-8, without DTD nor entity, not too deep nor too full.

    Raises the refusal that ``open_word`` turns into ``revue.xml`` or ``revue.taille``.
    """
    if b'<!DOCTYPE' in data or b'<!ENTITY' in data or b'\0' in data:
        raise _RefusedError('revue.xml', "Le fichier contient des déclarations que Word n'écrit jamais.", _AGAIN)
    if data.count(b'<') + data.count(b'="') + data.count(b"='") > MAX_MARKS:
        hint = "Vérifiez que c'est bien le document envoyé en relecture."
        raise _RefusedError('revue.taille', "Le texte du fichier a trop d'éléments.", hint)
    parser = etree.XMLParser(
        encoding='utf-8', resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        crossed = parser.error_log[0].type == etree.ErrorTypes.ERR_TAG_NAME_MISMATCH
        refusal = _CrossedError if crossed else _RefusedError
        raise refusal('revue.xml', "Le contenu du fichier ne se lit pas.", _AGAIN) from error


def _read_relations(root: etree._Element, folder: str) -> Iterator[tuple[str, str, str, bool]]:
    for relation in root.iter(_REL):
        kind = str(relation.get('Type', '')).rpartition('/')[2]
        target, external = str(relation.get('Target', '')), relation.get('TargetMode') == 'External'
        if not external:
            target = (
                target.lstrip('/') if target.startswith('/') else posixpath.normpath(posixpath.join(folder, target))
            )
        yield kind, target, str(relation.get('Id', '')), external


def _links(relations: list[tuple[str, str, str, bool]]) -> dict[str, str]:
    return {
        identifier: target
        for kind, target, identifier, external in relations
        if external and kind == 'hyperlink' and target.lower().startswith(_LINKS)
    }


def _warn_external(relations: list[tuple[str, str, str, bool]], report: Report, span: Span) -> None:
    """Say which things the file fetches elsewhere when Word opens it. Links that one clicks are not such things."""
    for kind, target, _, external in relations:
        if external and target and not (kind == 'hyperlink' and target.lower().startswith(_LINKS)):
            message = f"Le fichier va chercher un élément ailleurs ({kind[:40]}) : « {target[:80]} »."
            report.warn('revue.lien-externe', span, message, "Rien n'a été lu à cette adresse.")


def _properties(root: etree._Element | None) -> dict[str, str]:
    if root is None:
        return {}
    return {str(child.get('name', '')): ''.join(map(str, child.itertext())) for child in root if child.get('name')}
