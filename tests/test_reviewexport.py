"""The copy sent to a reviewer: what it lets correct, what it locks, and the base the dossier keeps of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openxml_audit import OpenXmlValidator
from pydantic import TypeAdapter
from word_sample import W, bookmarks_of, part, style_of, text_of

from pasbuild.build import check
from pasbuild.cli import main
from pasbuild.diagnostics import PasbuildError, Report
from pasbuild.project import Folder
from pasbuild.record import fingerprint
from pasbuild.reviewbase import Base, Bloc
from pasbuild.reviewexport import export

MINI = Path(__file__).parent / 'samples' / 'mini'


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    root = tmp_path_factory.mktemp('relecture') / 'mini'
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
    return Folder(root)


@pytest.fixture(scope='module')
def sent(folder: Folder) -> tuple[bytes, Base]:
    return send(folder, "Commune d'Aubejoie")


@cache
def _adapter() -> TypeAdapter[Base]:
    return TypeAdapter(Base)


def send(folder: Folder, reviewer: str = '', only: tuple[str, ...] = ()) -> tuple[bytes, Base]:
    report = Report()
    done = export(folder, report, reviewer, only)
    assert done is not None, report.sorted()
    return done.copy.read_bytes(), _adapter().validate_json(done.base.read_bytes())


def bloc(base: Base, block_id: str) -> Bloc:
    return next(found for found in base.blocs if found.id == block_id)


def paragraphs(data: bytes) -> list[Any]:
    notes = [note for note in part(data, 'word/footnotes.xml') if note.get(f'{W}type') is None]
    return [*part(data).iter(f'{W}p'), *(found for note in notes for found in note.iter(f'{W}p'))]


# --- the base ---------------------------------------------------------------------------------------------------------


def test_base_holds_every_paragraph_in_order_with_the_text_it_shows(sent: tuple[bytes, Base]) -> None:
    data, base = sent
    known = {found.signet: found for found in base.blocs}
    marks = [next(name for name in bookmarks_of(found) if name in known) for found in paragraphs(data)]
    assert marks == [found.signet for found in base.blocs]
    assert [text_of(found) for found in paragraphs(data)] == [found.texte for found in base.blocs]


def test_bookmarks_are_short_and_unique_without_regard_to_case(sent: tuple[bytes, Base]) -> None:
    names = [found.signet for found in sent[1].blocs]
    assert len({name.lower() for name in names}) == len(names)
    assert max(map(len, names)) <= 40
    assert all(re.fullmatch(r'_pasg?_[a-z0-9_]+', name) for name in names)


def test_passages_are_in_the_sources_as_they_are_written(sent: tuple[bytes, Base], folder: Folder) -> None:
    written = [found for found in sent[1].blocs if not found.genere]
    assert len(written) > 60
    for found in written:
        lines = (folder.root / found.fichier).read_text(encoding='utf-8').split('\n')
        there = '\n'.join(lines[found.lignes[0] - 1 : found.lignes[1]])
        assert all(line in there for line in found.markdown.split('\n')), found
        assert found.markdown
        assert not found.source


def test_what_is_made_says_what_to_change(sent: tuple[bytes, Base], folder: Folder) -> None:
    made = [found for found in sent[1].blocs if found.genere]
    assert all(found.source and not found.markdown for found in made)
    files = {found.source for found in made if '/' in found.source and ' ' not in found.source}
    assert {'content/data/communes.csv', 'figures/fig-usages.yaml', 'content/lexique.yaml'} <= files
    assert [name for name in files if not (folder.root / name).is_file()] == []


def test_kinds_of_passages(sent: tuple[bytes, Base]) -> None:
    base = sent[1]
    assert bloc(base, 'obj-logements').markdown == "Accueillir dans le bâti existant"
    assert bloc(base, 'obj-logements').genre == 'titre'
    assert bloc(base, 'tab-etapes.r1.c1').markdown == "Inventaire des services[^services]"
    assert bloc(base, 'tab-etapes.r1.c1').texte == "Inventaire des services"
    assert bloc(base, 'tab-etapes').markdown == "Étapes du projet"
    assert bloc(base, 'tab-etapes').texte == "Tableau\u00a03. Étapes du projet"
    assert bloc(base, 'tab-communes.notes').genre == 'remarque'
    assert bloc(base, 'enj-friches.c1').markdown == "Ce que dit le diagnostic"
    assert bloc(base, 'encadre-mots.d1.t2').markdown == "Polarité"
    assert bloc(base, 'obj-services.n1').markdown == "Écoles, commerces et soins."
    assert bloc(base, 'population.p1').lignes == (18, 22)
    assert bloc(base, 'fig-population').source == 'figures/fig-population.yaml'


def test_same_dossier_same_bytes(sent: tuple[bytes, Base], folder: Folder) -> None:
    again = send(folder, "Commune d'Aubejoie")
    assert again[0] == sent[0]
    assert again[1] == sent[1]


def test_another_reviewer_or_another_text_is_another_sending(sent: tuple[bytes, Base], mini: Folder) -> None:
    other = send(mini, "Commune de Clairvallon")[1]
    assert other.id != sent[1].id
    text = mini.root / 'content/30-methode.md'
    text.write_text(text.read_text(encoding='utf-8') + "\nUne phrase.\n", encoding='utf-8')
    assert send(mini, "Commune de Clairvallon")[1].id != other.id


def test_base_is_one_line_a_paragraph(sent: tuple[bytes, Base], folder: Folder) -> None:
    path = folder.root / f'content/avis/exports/{sent[1].id}.json'
    text = path.read_text(encoding='utf-8')
    assert json.loads(text)['dossier'] == {
        'scot': "Val-d’Exemple", 'version': '0.1', 'etat': 'projet', 'date': '2026-11-02',
    }  # fmt: skip
    assert text.count('\n') == len(sent[1].blocs) + 11


# --- the copy ---------------------------------------------------------------------------------------------------------


def test_changes_are_recorded_without_a_password(sent: tuple[bytes, Base]) -> None:
    settings = part(sent[0], 'word/settings.xml')
    assert settings.find(f'{W}trackRevisions') is not None
    assert dict(settings.find(f'{W}documentProtection').attrib) == {
        f'{W}edit': 'trackedChanges',
        f'{W}enforcement': '1',
    }


def test_file_says_which_sending_it_is(sent: tuple[bytes, Base]) -> None:
    found = {item.get('name'): item[0].text for item in part(sent[0], 'docProps/custom.xml')}
    base = sent[1]
    assert found['pas-export-id'] == base.id
    assert found['pas-version'] == base.dossier.version
    assert found['pas-source-sha256'] == base.sources_sha256
    assert found['pas-outil'] == base.outil


def test_first_page_says_what_to_do(sent: tuple[bytes, Base]) -> None:
    shown = [found.texte for found in sent[1].blocs if found.genre == 'mode-emploi']
    assert "Relecture confiée à\u00a0: Commune d’Aubejoie" in shown
    assert len([text for text in shown if text.startswith(('Corrigez', 'Dans', 'N’acceptez', 'Ne ', 'Renvoyez'))]) == 5


def test_what_is_made_is_locked_and_what_is_written_is_not(sent: tuple[bytes, Base]) -> None:
    data, base = sent
    known = {found.signet: found for found in base.blocs}
    lock = f'{W}sdtPr/{W}lock[@{W}val="sdtContentLocked"]'
    held = {
        name for found in part(data).iter(f'{W}sdt') if found.find(lock) is not None for name in bookmarks_of(found)
    }
    ends = {
        name
        for found in paragraphs(data)
        if found.find(f'{W}pPr/{W}sectPr') is not None
        for name in bookmarks_of(found)
    }
    marks = {name for name in held if not name.startswith('_pasr_')} & known.keys()
    assert all(known[name].genere for name in marks)
    left = {found.signet for found in base.blocs if found.genere} - marks - ends
    assert left == set()


def test_values_and_references_are_locked_inside_but_can_go_with_their_sentence(sent: tuple[bytes, Base]) -> None:
    found = next(item for item in paragraphs(sent[0]) if '_pas_population__p1' in bookmarks_of(item))
    controls = [*found.iter(f'{W}sdt')]
    assert [text_of(control) for control in controls][:2] == ["9\u202f000\u00a0habitants", "9\u202f250\u00a0habitants"]
    assert {control.find(f'{W}sdtPr/{W}lock').get(f'{W}val') for control in controls} == {'contentLocked'}


def test_what_is_made_is_shown_by_named_styles(sent: tuple[bytes, Base]) -> None:
    data, base = sent
    known = {found.signet: found for found in base.blocs}
    for found in part(data).iterfind(f'.//{W}sdtContent/{W}p'):
        name = next((name for name in bookmarks_of(found) if name in known), '')
        if known[name].genre == 'lecture':
            assert style_of(found) == 'PASLectureFabrique'
    styles = {found.get(f'{W}styleId') for found in part(data, 'word/styles.xml').iter(f'{W}style')}
    used = {found.get(f'{W}val') for found in part(data).iter(f'{W}pStyle', f'{W}rStyle', f'{W}tblStyle')}
    assert used <= styles
    assert 'PASTableauFabrique' in used


def test_lines_are_numbered_in_the_parts_people_write(sent: tuple[bytes, Base]) -> None:
    sections = [*part(sent[0]).iter(f'{W}sectPr')]
    counted = [found.find(f'{W}lnNumType') is not None for found in sections]
    assert counted[:4] == [False] * 4  # instructions, cover, colophon, contents
    assert counted[4]
    assert not counted[-1]
    numbers = next(part(sent[0]).iter(f'{W}lnNumType'))
    assert numbers.get(f'{W}restart') == 'newPage'


def test_no_field_is_left_to_update(sent: tuple[bytes, Base]) -> None:
    assert [*part(sent[0]).iter(f'{W}instrText')] == []


def test_openxml_audit_finds_no_error(sent: tuple[bytes, Base], tmp_path: Path) -> None:
    path = tmp_path / 'copie.docx'
    path.write_bytes(sent[0])
    assert [str(error) for error in OpenXmlValidator().validate(path).errors] == []


# --- some parts only --------------------------------------------------------------------------------------------------


def test_some_parts_keep_their_numbers(folder: Folder) -> None:
    data, base = send(folder, only=('20-vallee.md',))
    assert base.parties == ('20-vallee.md',)
    assert {found.fichier for found in base.blocs if not found.genere} == {'content/20-vallee.md'}
    assert bloc(base, 'tab-etapes').texte.startswith("Tableau\u00a03.")
    titles = [found for found in paragraphs(data) if style_of(found) in ('PASDynamique1', 'PASAxe1', 'PASObjectif1')]
    lists = {found.find(f'{W}pPr/{W}numPr/{W}numId').get(f'{W}val') for found in titles}
    assert len(lists) == 1
    number = next(item for item in part(data, 'word/numbering.xml').iter(f'{W}num') if item.get(f'{W}numId') in lists)
    assert number.find(f'{W}lvlOverride/{W}startOverride').get(f'{W}val') == '1'
    assert [found.find(f'{W}pPr/{W}numPr/{W}ilvl').get(f'{W}val') for found in titles] == ['0', '1', '2', '2', '1', '2']


def test_contents_list_only_what_is_sent(folder: Folder) -> None:
    base = send(folder, only=('sommaire', '10-contexte.md'))[1]
    assert [found.texte for found in base.blocs if found.genre == 'sommaire'] == [
        "Le Val-d’Exemple aujourd’hui", "Une population qui augmente", "Des enjeux partagés",
        "1\tRemettre les friches en service", "2\tGarder des services proches",
    ]  # fmt: skip


def test_unknown_part_is_refused(folder: Folder) -> None:
    with pytest.raises(PasbuildError, match=r'20-vallee\.md'):
        export(folder, Report(), only=('20-valle.md',))


# --- around -----------------------------------------------------------------------------------------------------------


def test_what_was_sent_is_no_part_of_the_document(mini: Folder) -> None:
    before, report = fingerprint(mini.root), Report()
    (mini.root / 'content/avis/exports').mkdir(parents=True)
    (mini.root / 'content/avis/exports/0.json').write_text('{', encoding='utf-8')
    (mini.root / 'content/avis/reponse.md').write_text("# Sans rien", encoding='utf-8')
    check(mini, report)
    assert [finding for finding in report.diagnostics if 'avis' in finding.span.file] == []
    assert fingerprint(mini.root) == before


def test_nothing_is_written_when_the_dossier_has_an_error(mini: Folder) -> None:
    text = mini.root / 'content/30-methode.md'
    text.write_text(text.read_text(encoding='utf-8') + "\nVoir [](#nulle-part).\n", encoding='utf-8')
    result = CliRunner().invoke(main, ['review', 'export', '--dossier', str(mini.root)])
    assert result.exit_code == 1
    assert "copie de relecture non produite" in result.output
    assert not (mini.root / 'content/avis').exists()


def test_command_names_the_file_after_its_reviewer(mini: Folder, tmp_path: Path) -> None:
    arguments = [
        'review',
        'export',
        '--dossier',
        str(mini.root),
        '--relecteur',
        "DDTM du Nord",
        '--only',
        '30-methode.md',
    ]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    (name,) = [path.name for path in (mini.root / 'output/relecture').iterdir()]
    assert re.fullmatch(r'relecture-val-d-exemple-v0\.1-ddtm-du-nord-[0-9a-f]{6}\.docx', name)
    wrong = CliRunner().invoke(main, [*arguments, '--output', str(tmp_path / 'copie.pdf')])
    assert wrong.exit_code == 2


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which('soffice') is None, reason="LibreOffice manque : paquet Debian « libreoffice-writer »")
def test_libreoffice_keeps_bookmarks_texts_and_recording(sent: tuple[bytes, Base], tmp_path: Path) -> None:
    (tmp_path / 'copie.docx').write_bytes(sent[0])
    profile = f'-env:UserInstallation=file://{tmp_path}/profil'
    command = ['soffice', profile, '--headless', '--convert-to', 'docx', '--outdir', str(tmp_path / 'relu')]
    subprocess.run([*command, str(tmp_path / 'copie.docx')], check=True, capture_output=True, timeout=120)
    back = (tmp_path / 'relu' / 'copie.docx').read_bytes()
    settings = part(back, 'word/settings.xml')
    assert settings.find(f'{W}trackRevisions') is not None
    copied = re.compile(r'_Copy_\d+$')  # LibreOffice 7.4 renames the bookmarks of all footnotes but the first
    shown = {copied.sub('', name): text_of(found) for found in paragraphs(back) for name in bookmarks_of(found)}
    assert [found.signet for found in sent[1].blocs if found.signet not in shown] == []
    # Two habits of LibreOffice 7.4: a line break in the first paragraph of a control moves to its start; the empty
    # paragraph that ends a section after a table goes, and its bookmark with it to the one before.
    changed = [
        (found.texte, shown[found.signet])
        for found in sent[1].blocs
        if found.genre != 'saut'
        and shown[found.signet].replace('\n', '').strip() != found.texte.replace('\n', '').strip()
    ]
    assert changed == []
    properties = {item.get('name'): item[0].text for item in part(back, 'docProps/custom.xml')}
    assert properties['pas-export-id'] == sent[1].id
