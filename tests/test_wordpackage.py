"""The package of the Word file."""

from __future__ import annotations

import io
import zipfile

import docx
from word_sample import dossier, part, sample_bytes

from pasbuild.wordpackage import canonical_zip


def members() -> list[zipfile.ZipInfo]:
    return zipfile.ZipFile(io.BytesIO(sample_bytes())).infolist()


def test_parts_are_those_we_write() -> None:
    assert [member.filename for member in members() if not member.filename.startswith('word/media/')] == [
        '[Content_Types].xml',
        '_rels/.rels',
        'docProps/core.xml',
        'docProps/custom.xml',
        'word/_rels/document.xml.rels',
        'word/_rels/footnotes.xml.rels',
        'word/document.xml',
        'word/entete1.xml',
        'word/entete2.xml',
        'word/fontTable.xml',
        'word/footnotes.xml',
        'word/numbering.xml',
        'word/pied1.xml',
        'word/pied2.xml',
        'word/settings.xml',
        'word/styles.xml',
        'word/theme/theme1.xml',
    ]


def test_dates_are_those_of_the_dossier_never_the_clock() -> None:
    core = docx.Document(io.BytesIO(sample_bytes())).core_properties
    assert core.created is not None
    assert core.modified is not None
    assert core.created.date() == core.modified.date() == dossier().date
    assert {member.date_time for member in members()} == {(1980, 1, 1, 0, 0, 0)}


def test_identity() -> None:
    core = docx.Document(io.BytesIO(sample_bytes())).core_properties
    assert core.title == "Projet d’aménagement stratégique du SCoT Val-de-Bellune"
    assert core.language == 'fr-FR'
    custom = part(sample_bytes(), 'docProps/custom.xml')
    assert {found.get('name'): found[0].text for found in custom} == {'pas-version': '0.3', 'pas-date': '2026-11-23'}


def test_nothing_comes_from_outside() -> None:
    for name in ('_rels/.rels', 'word/_rels/document.xml.rels', 'word/_rels/footnotes.xml.rels'):
        for relation in part(sample_bytes(), name):
            assert relation.get('TargetMode') != 'External' or relation.get('Type').endswith('/hyperlink')


def test_the_order_of_members_does_not_matter() -> None:
    orders = (['b', 'a', '[Content_Types].xml'], ['a', '[Content_Types].xml', 'b'])
    packages = [canonical_zip({name: name.encode() for name in names}) for names in orders]
    assert packages[0] == packages[1]
    assert zipfile.ZipFile(io.BytesIO(packages[0])).namelist()[0] == '[Content_Types].xml'
