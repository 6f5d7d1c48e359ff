"""Files that strangers send: refused for what they are, in words that help, without harm."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_files import HOSTILE, changed, parts, relation, with_parts
from word_sample import sample_bytes

from pasbuild.diagnostics import Report, render
from pasbuild.wordsafe import open_word

EXPECTED = Path(__file__).parent / 'samples' / 'review' / 'hostile'
FILE = 'retour.docx'


@pytest.mark.parametrize('case', HOSTILE)
def test_hostile_file_is_refused(case: str, golden: Callable[[Path, str], None]) -> None:
    report = Report()
    found = open_word(HOSTILE[case](), FILE, report)
    code = case.partition('--')[0]
    assert code in {finding.code for finding in report.diagnostics}
    assert (found is None) == report.failed()
    assert report.failed(strict=True)
    golden(EXPECTED / f'{case}.txt', f'{render(report, "text")}\n')


def test_a_sound_file_is_read_without_a_word() -> None:
    report = Report()
    found = open_word(sample_bytes(), FILE, report)
    assert found is not None
    assert report.diagnostics == []
    assert found.properties['pas-version'] == '0.3'
    assert 'https://exemple.fr/' in found.links.values()


def test_an_unfolding_archive_takes_no_memory() -> None:
    data = HOSTILE['revue.taille']()
    tracemalloc.start()
    open_word(data, FILE, Report())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 << 20


def test_the_text_is_found_whatever_its_name() -> None:
    """Word Online names it document2.xml."""
    renamed = parts()
    renamed['word/document2.xml'] = renamed.pop('word/document.xml')
    renamed['word/_rels/document2.xml.rels'] = renamed.pop('word/_rels/document.xml.rels')
    for name in ('_rels/.rels', '[Content_Types].xml'):
        renamed[name] = renamed[name].replace(b'word/document.xml', b'word/document2.xml')
    from hostile_files import packed

    report = Report()
    assert open_word(packed([*renamed.items()]), FILE, report) is not None
    assert report.diagnostics == []


def test_dangerous_links_are_said_and_not_kept() -> None:
    link = (
        '<Relationship Id="lienx" Type="http://x/relationships/hyperlink" Target="file:///c:/x" TargetMode="External"/>'
    )
    data = changed('word/_rels/document.xml.rels', '</Relationships>', f'{link}</Relationships>')
    report = Report()
    found = open_word(data, FILE, report)
    assert found is not None
    assert 'lienx' not in found.links
    assert [finding.code for finding in report.diagnostics] == ['revue.lien-externe']


def test_what_is_external_does_not_stop_the_reading() -> None:
    assert open_word(relation('image'), FILE, Report()) is not None


def test_custom_parts_with_entities_are_left_alone() -> None:
    """Only what is read is judged: the part of another program may hold anything."""
    report = Report()
    assert open_word(with_parts({'customXml/item1.xml': b'<!DOCTYPE x []><x/>'}), FILE, report) is not None
    assert report.diagnostics == []
