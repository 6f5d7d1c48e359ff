"""Files that LibreOffice wrote wrongly: corrections inside what is locked."""

from __future__ import annotations

import pytest
from hostile_files import parts, with_parts
from lxml import etree

from pasbuild.diagnostics import Report
from pasbuild.wordmend import restore_words, without_controls
from pasbuild.wordsafe import open_word

W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
OPEN, SHUT = '<w:sdt><w:sdtPr><w:alias w:val="x.yaml"/></w:sdtPr><w:sdtContent>', '</w:sdtContent></w:sdt>'
ALL = "Les dix communesvilles du SCoT"
CROSSED = (
    f'{OPEN}<w:r><w:t>{ALL}</w:t></w:r>{SHUT}<w:del w:id="2">{OPEN.removesuffix("<w:sdtContent>")}<w:sdtContent></w:del>'
    f'<w:del w:id="3"><w:r><w:delText>communes</w:delText><w:delText>{ALL}</w:delText></w:r></w:del>{SHUT}'
    f'<w:ins w:id="5"><w:r><w:t>villes</w:t><w:t>{ALL}</w:t></w:r></w:ins>'
    f'{OPEN}<w:r><w:t xml:space="preserve"> du SCoT</w:t><w:t>{ALL}</w:t></w:r>{SHUT}'
)
"""As LibreOffice 7.4 writes « villes » typed over « communes » in a locked caption."""


def body(xml: str) -> bytes:
    return f'<w:body xmlns:w="{W}"><w:p>{xml}</w:p></w:body>'.encode()


def words(root: etree._Element) -> list[str]:
    return [text.text for text in root.iter(f'{{{W}}}t', f'{{{W}}}delText') if text.text]


def test_crossed_controls_are_taken_out_and_their_words_restored() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body(CROSSED))
    root = etree.fromstring(without_controls(body(CROSSED)))
    restore_words(root)
    assert words(root) == ["Les dix ", "communes", "villes", " du SCoT"]


@pytest.mark.parametrize(
    ('xml', 'kept'),
    [
        ('<a/><w:sdt><w:sdtPr/><w:sdtContent>b</w:sdtContent></w:sdt>', '<a/>b'),
        ('<w:sdtPr><w:sdtContent/>c<w:sdt/></w:sdtPr>d', 'd'),
        ('<w:sdtEndPr>e</w:sdtPr>f</w:sdtEndPr>g', 'g'),
        ('h<w:sdtPr>i', 'h'),
        ('<w:sdtx>j</w:sdtx>', '<w:sdtx>j</w:sdtx>'),
        ('<w:sdtContent xml:space="preserve">k</w:sdtContent>', 'k'),
    ],
)
def test_only_controls_and_their_settings_go(xml: str, kept: str) -> None:
    assert without_controls(xml.encode()) == kept.encode()


def test_words_beside_a_control_stay() -> None:
    xml = f'<w:r><w:t>Avant. </w:t></w:r>{CROSSED}<w:r><w:t> Après.</w:t></w:r>'
    root = etree.fromstring(without_controls(body(xml)))
    restore_words(root)
    assert words(root) == ["Avant. ", "Les dix ", "communes", "villes", " du SCoT", " Après."]


@pytest.mark.parametrize('text', ["oui", "Une phrase entière, écrite deux fois."])
def test_words_that_somebody_wrote_twice_stay(text: str) -> None:
    root = etree.fromstring(body(f'<w:r><w:t>{text}</w:t></w:r><w:r><w:t> et </w:t></w:r><w:r><w:t>{text}</w:t></w:r>'))
    restore_words(root)
    assert words(root) == [text, " et ", text]


def test_file_is_read_with_a_warning() -> None:
    document = parts()['word/document.xml'].replace(b'<w:p>', f'<w:p>{CROSSED}'.encode(), 1)
    report = Report()
    assert open_word(with_parts({'word/document.xml': document}), 'retour.docx', report) is not None
    assert [one.code for one in report.diagnostics] == ['revue.verrous']
    assert not report.failed()


def test_what_is_crossed_elsewhere_is_refused() -> None:
    document = parts()['word/document.xml'].replace(b'</w:body>', b'<w:p></w:body></w:p>')
    report = Report()
    assert open_word(with_parts({'word/document.xml': document}), 'retour.docx', report) is None
    assert [one.code for one in report.diagnostics] == ['revue.xml']
