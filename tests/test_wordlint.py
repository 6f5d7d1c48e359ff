"""The faults validators miss: each is found, and a file that has none is let through."""

from __future__ import annotations

import io
import zipfile

import pytest
from lxml import etree
from word_sample import sample_bytes

from pasbuild.diagnostics import ExitCode, PasbuildError
from pasbuild.wordlint import check_word, lint, lint_part
from pasbuild.wordml import NAMESPACES

W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
FAULTS = {
    'bookmark twice: _pas_a': '<w:p><w:bookmarkStart w:id="1" w:name="_pas_a"/><w:bookmarkEnd w:id="1"/>'
    '<w:bookmarkStart w:id="2" w:name="_PAS_A"/><w:bookmarkEnd w:id="2"/></w:p>',
    'bookmark open or doubled: 3': '<w:p><w:bookmarkStart w:id="3" w:name="_pas_b"/></w:p>',
    f'bookmark too long: {"a" * 41}': f'<w:p><w:bookmarkStart w:id="1" w:name="{"a" * 41}"/><w:bookmarkEnd w:id="1"/></w:p>',
    'paraId twice: 0000000A': '<w:p w14:paraId="0000000A"/><w:p w14:paraId="0000000A"/>',
    'control twice: 7': '<w:sdt><w:sdtPr><w:id w:val="7"/></w:sdtPr></w:sdt>' * 2,
    'field not closed': '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>',
    'field end without begin': '<w:p><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>',
    'text in a deletion': '<w:p><w:del w:id="1"><w:r><w:t>perdu</w:t></w:r></w:del></w:p>',
}


@pytest.mark.parametrize('fault', FAULTS)
def test_fault_of_a_part_is_found(fault: str) -> None:
    root = etree.fromstring(f'<w:body {NAMESPACES} {W14}>{FAULTS[fault]}</w:body>')
    assert lint_part(root) == [fault]


def with_part(name: str, text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w') as package:
        package.writestr(name, text)
    return stream.getvalue()


def relations(kind: str) -> str:
    return f'<Relationships><Relationship Type="x/{kind}" Target="https://exemple.fr/a" TargetMode="External"/></Relationships>'


def test_only_links_may_lead_outside() -> None:
    assert lint(with_part('word/_rels/document.xml.rels', relations('hyperlink'))) == []
    assert lint(with_part('word/_rels/settings.xml.rels', relations('attachedTemplate'))) == [
        'word/_rels/settings.xml.rels: external attachedTemplate: https://exemple.fr/a'
    ]


def test_a_sound_file_is_returned_as_it_is() -> None:
    assert check_word(sample_bytes()) is sample_bytes()


def test_a_fault_is_one_of_the_program() -> None:
    broken = with_part('word/document.xml', f'<w:body {NAMESPACES}>{FAULTS["field not closed"]}</w:body>')
    with pytest.raises(PasbuildError, match=r'word/document\.xml: field not closed') as raised:
        check_word(broken)
    assert raised.value.exit_code == ExitCode.INVALID_OUTPUT
