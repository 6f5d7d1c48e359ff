"""The Word template: it shows every style, staff restyle it, the document takes the look and keeps everything else."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import word_sample as sample
from click.testing import CliRunner
from lxml import etree
from openxml_audit import OpenXmlValidator
from test_returned import DOCX, office_missing, run_office
from word_sample import W, bookmarks_of, part, style_of

from pasbuild.build import build
from pasbuild.cli import main
from pasbuild.diagnostics import Report
from pasbuild.docx import write_docx
from pasbuild.project import Folder
from pasbuild.wordlint import lint
from pasbuild.wordlook import Look, read_look
from pasbuild.wordroles import WORDS, role, role_mark
from pasbuild.wordstyles import paragraph_styles, styles_xml
from pasbuild.wordtemplate import write_template

STYLES = 'word/styles.xml'


@cache
def template() -> bytes:
    return write_template(sample.dossier(), sample.theme())


def edited(name: str, *changes: tuple[str, str]) -> bytes:
    """The template, one of its parts changed as text."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template())) as old, zipfile.ZipFile(out, 'w') as new:
        for member in old.namelist():
            data = old.read(member)
            for before, after in changes if member == name else ():
                assert before.encode() in data, before
                data = data.replace(before.encode(), after.encode())
            new.writestr(member, data)
    return out.getvalue()


def looked(data: bytes) -> Look:
    report = Report()
    found = read_look(data, sample.theme(), report)
    assert found is not None
    assert report.diagnostics == []
    return found


def written(look: Look | None) -> bytes:
    drawings = {'fig-evolution': sample.drawing(166, 90, '#C4DEDA'), 'fig-frise': sample.drawing(253, 110, '#F4EFE7')}
    return write_docx(sample.sample(), sample.dossier(), sample.theme(), drawings, {}, sample.MATTERS, look)


def effective(data: bytes) -> dict[str, dict[str, str]]:
    """What each paragraph style says, with all it is based on."""
    styles = {str(style.get(f'{W}styleId')): style for style in part(data, STYLES).iter(f'{W}style')}
    found = {}
    for key, style in styles.items():
        values: dict[str, str] = {}
        current = style
        while current is not None:
            for child in [*current.iterfind(f'{W}pPr/*'), *current.iterfind(f'{W}rPr/*')]:
                values.setdefault(str(child.tag), etree.tostring(child, method='c14n').decode())
            base = current.find(f'{W}basedOn')
            current = styles.get(str(base.get(f'{W}val'))) if base is not None else None
        found[key] = values
    return found


def value(data: bytes, key: str, path: str) -> str | None:
    style = next(found for found in part(data, STYLES).iter(f'{W}style') if found.get(f'{W}styleId') == key)
    found = style.find('/'.join(f'{W}{name}' for name in path.split('/')))
    return None if found is None else str(found.get(f'{W}val'))


def faults(data: bytes, folder: Path) -> list[str]:
    path = folder / 'fichier.docx'
    path.write_bytes(data)
    return [*lint(data), *(str(error) for error in OpenXmlValidator().validate(str(path)).errors)]


# --- the template -----------------------------------------------------------------------------------------------------


def test_every_style_is_shown_with_its_role() -> None:
    document = part(template())
    shown = {name: found for found in document.iter(f'{W}p') for name in bookmarks_of(found)}
    for style in paragraph_styles(sample.theme()):
        if style.key != 'PASSaut':
            found = shown[role_mark(style.key)]
            assert style_of(found) == style.key
            assert sample.text_of(found).replace('’', "'").replace('\u00a0', ' ').startswith(role(style.key)[:12])
    assert {role_mark(key) for key in WORDS} <= shown.keys()


def test_template_is_sound_and_always_the_same(tmp_path: Path) -> None:
    assert write_template(sample.dossier(), sample.theme()) == template()
    assert faults(template(), tmp_path) == []


def test_variants_say_only_their_colour() -> None:
    assert value(template(), 'PASAxe2', 'rPr/color') == '14746F'
    assert value(template(), 'PASAxe2', 'rPr/sz') is None


# --- put back ---------------------------------------------------------------------------------------------------------


def test_template_as_written_changes_nothing(tmp_path: Path) -> None:
    plain, same = written(None), written(looked(template()))
    assert effective(same) == effective(plain)
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(io.BytesIO(same)) as new:
        for name in old.namelist():
            if name.endswith('.xml') and name != STYLES:
                assert etree.tostring(part(same, name), method='c14n') == etree.tostring(
                    part(plain, name), method='c14n'
                )
        assert new.namelist() == old.namelist()
    assert faults(same, tmp_path) == []


def test_restyled_title_is_restyled_in_every_accent() -> None:
    data = edited(STYLES, ('<w:sz w:val="42"/>', '<w:sz w:val="50"/>'))
    found = effective(written(looked(data)))
    assert all('"50"' in found[key][f'{W}sz'] for key in ('PASAxe', 'PASAxe1', 'PASAxe3'))


def test_value_in_bold_takes_the_look_of_values() -> None:
    role_run = '<w:name w:val="PAS Valeur"/><w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/>'
    look = looked(edited(STYLES, (role_run, f'{role_run}<w:rPr><w:color w:val="00AA00"/></w:rPr>')))
    styles = etree.fromstring(look.restyled(styles_xml(sample.theme(), {('valeur', 'fort')})))
    found = next(style for style in styles if style.get(f'{W}styleId') == 'PASValeurFort').find(f'{W}rPr')
    assert found is not None
    assert [(child.tag, child.get(f'{W}val')) for child in found] == [(f'{W}b', None), (f'{W}color', '00AA00')]


def test_style_renamed_is_found_by_its_sample() -> None:
    data = edited(
        STYLES, ('<w:name w:val="Quote"/>', '<w:name w:val="Nos citations"/>'), ('w:sz w:val="22"', 'w:sz w:val="30"')
    )
    assert looked(data).styles['Quote'].find(f'{W}name').get(f'{W}val') == 'Nos citations'  # type: ignore[union-attr]


def test_margins_and_the_tab_stops_at_the_edge_follow() -> None:
    data = edited('word/document.xml', ('w:right="1417"', 'w:right="2000"'))
    made = written(looked(data))
    margins = [found.get(f'{W}right') for found in part(made).iter(f'{W}pgMar')]
    assert '2000' in margins
    tabs = [tab.get(f'{W}pos') for style in part(made, STYLES).iter(f'{W}style') if style.get(f'{W}styleId') == 'Footer'
            for tab in style.iter(f'{W}tab')]  # fmt: skip
    assert tabs == [str(9071 - (2000 - 1417))]
    widths = [int(found.get(f'{W}w')) for found in next(part(made).iter(f'{W}tblGrid'))]
    assert abs(sum(widths) - (9071 - 583)) < 5


@pytest.mark.parametrize(
    'planted',
    [
        '<w:vanish/>', '<w:color w:val="rouge"/>', '<w:sz w:val="9999999"/>', '<w:lang w:val="en-US"/>',
        '<w:rFonts w:ascii="&lt;x&gt;"/>',
    ],
)  # fmt: skip
def test_what_would_hide_or_break_is_left_out(planted: str, tmp_path: Path) -> None:
    strong = (
        '<w:style w:type="character" w:styleId="Strong"><w:name w:val="Strong"/>'
        '<w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/><w:rPr>'
    )
    data = edited(STYLES, (strong, f'{strong}{planted}'))
    made = written(looked(data))
    style = next(found for found in part(made, STYLES).iter(f'{W}style') if found.get(f'{W}styleId') == 'Strong')
    assert [child.tag for child in style.find(f'{W}rPr')] == [f'{W}b']
    assert faults(made, tmp_path) == []


def test_styles_based_on_each_other_in_a_circle_are_those_of_the_theme() -> None:
    report = Report()
    data = edited(
        STYLES,
        (
            '<w:name w:val="Body Text"/><w:basedOn w:val="Normal"/>',
            '<w:name w:val="Body Text"/><w:basedOn w:val="Quote"/>',
        ),
    )
    look = read_look(data, sample.theme(), report)
    assert look is not None
    assert effective(written(look))['BodyText'] == effective(written(None))['BodyText']
    assert {finding.code for finding in report.diagnostics} == {'docx.style-absent'}


def test_refused_template_stops_the_build(mini: Folder) -> None:
    (mini.root / 'templates').mkdir(exist_ok=True)
    (mini.root / 'templates/template.docx').write_bytes(b'PK rien')
    report = Report()
    assert build(mini, report, ['docx']) is None
    assert [finding.code for finding in report.diagnostics if finding.level == 'erreur'] == ['docx.gabarit']


def test_command_completes_the_template_in_use(mini: Folder) -> None:
    (mini.root / 'templates').mkdir(exist_ok=True)
    target = mini.root / 'templates/template.docx'
    target.write_bytes(
        edited(STYLES, ('w:val="PAS Terme"', 'w:val="Autre"'), ('<w:sz w:val="42"/>', '<w:sz w:val="50"/>'))
    )
    done = CliRunner().invoke(main, ['docx-template', '--dossier', str(mini.root)])
    assert done.exit_code == 0, done.output
    made = (mini.root / 'output/template.docx').read_bytes()
    assert value(made, 'PASAxe', 'rPr/sz') == '50'
    assert value(made, 'PASTerme', 'name') == 'PAS Terme'
    refused = CliRunner().invoke(main, ['docx-template', '--output', 'a.odt', '--dossier', str(mini.root)])
    assert refused.exit_code == 2


@pytest.mark.slow
@pytest.mark.libreoffice
@pytest.mark.xdist_group('libreoffice')
def test_restyled_in_libreoffice(tmp_path: Path) -> None:
    if missing := office_missing():
        pytest.skip(missing)
    red = int('AA1122', 16)
    actions: list[list[Any]] = [
        ['style', 'ParagraphStyles', 'PAS Enjeu', {'CharColor': red, 'CharHeight': 20.0}],
        ['style', 'CharacterStyles', 'PAS Valeur', {'CharColor': red}],
        ['page', '_pas_page_portrait', {'LeftMargin': 4000}],
    ]
    look = looked(run_office(tmp_path, template(), actions, [DOCX]))
    plain, made = written(None), written(look)
    assert value(made, 'PASEnjeu', 'rPr/color') == value(made, 'PASValeur', 'rPr/color') == 'AA1122'
    assert value(made, 'PASEnjeu', 'rPr/sz') == '40'
    assert value(made, 'PASObjectif1', 'rPr/color') == value(plain, 'PASObjectif1', 'rPr/color')
    lefts = [int(str(found.get(f'{W}left'))) for found in part(made).iter(f'{W}pgMar')]
    assert any(abs(left - 2268) < 4 for left in lefts)
    assert text_only(made) == text_only(plain)
    before, after = effective(plain), effective(made)
    sizes = {key for key in before if before[key].get(f'{W}sz') != after[key].get(f'{W}sz')}
    assert sizes == {'PASEnjeu'}
    assert faults(made, tmp_path) == []


def text_only(data: bytes) -> str:
    """The document without what margins move: widths of pages, tables and pictures."""
    xml = etree.tostring(part(data)).decode()
    return re.sub(r'<(w:pgMar|w:tcW|w:gridCol|w:tblW|wp:extent|a:ext) [^>]*>', '', xml)
