"""The report of a review and its counts: order of the document, who and what, states in words, nothing that runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import html
from review_sample import Edited, mini_base, mini_bytes
from test_returned import MARTIN, commented, in_made_part, reformatted, replaced, untracked

from pasbuild.applying import standings_of
from pasbuild.cli import main
from pasbuild.diagnostics import Report
from pasbuild.project import Folder
from pasbuild.rendering import readable
from pasbuild.reviewbase import as_json
from pasbuild.reviewimport import import_files
from pasbuild.reviewreport import write_reports
from pasbuild.reviewstatus import describe


@dataclass(frozen=True, slots=True)
class Conflict:
    """As merging finds it."""

    state: str = 'en conflit'
    others: tuple[str, ...] = ()
    reason: str = ''


def hostile_author(file: Edited) -> None:
    file.run('obj-logements.p1', 'Cet objectif').addnext(
        file.insert('&lt;script&gt;alert(1)&lt;/script&gt; ', '<b>&"'.replace('<', '&lt;').replace('&"', '&amp;'))
    )


@pytest.fixture
def folder(mini: Folder, tmp_path: Path) -> Folder:
    exports = mini.root / 'content/avis/exports'
    exports.mkdir(parents=True)
    (exports / f'{mini_base().id}.json').write_bytes(as_json(mini_base()))
    file = Edited(mini_bytes())
    for edit in (replaced, in_made_part, reformatted, commented, untracked, hostile_author):
        edit(file)
    path = tmp_path / 'retour.docx'
    path.write_bytes(file.data())
    report = Report()
    assert len(import_files(mini, [path], report)) == 1, report.diagnostics
    return mini


def page(folder: Folder, **standings: Conflict) -> str:
    report = Report()
    written = write_reports(folder, report, standings)
    assert [path.name for path in written] == ['rapport.html', 'rapport.md']
    assert report.diagnostics == []
    return written[0].read_text(encoding='utf-8')


def text_of(source: str) -> str:
    return ' '.join(''.join(map(str, html.fromstring(source).itertext())).split())


def test_changes_are_in_the_order_of_the_document_by_part(folder: Folder) -> None:
    lines = [int(number) for number in re.findall(r'content/10-contexte\.md, ligne (\d+)', page(folder))]
    assert lines == sorted(lines)
    assert len(set(lines)) > 4


def test_states_and_edits_are_said_in_words(folder: Folder) -> None:
    shown = text_of(page(folder))
    for words in ("État : applicable", "État : sans suivi", "État : partie générée", "(ajouté)", "(retiré)", "(gras)",
                  f"{MARTIN}, copie confiée à Commune d’Aubejoie", "Auteur inconnu"):  # fmt: skip
        assert words in shown.replace('\u00a0', ' '), words


def test_values_and_references_show_what_was_printed(folder: Folder) -> None:
    source = page(folder)
    assert '{val}' not in source
    assert '](#' not in source


def test_comments_stand_with_their_answers(folder: Folder) -> None:
    assert "À reformuler. David Roux 20 novembre 2026 répond : D’accord." in text_of(page(folder)).replace(
        '\u00a0', ' '
    )


def test_words_of_a_stranger_are_text(folder: Folder) -> None:
    source = page(folder)
    assert '<script' not in source
    assert '&lt;script&gt;' in source
    assert '<script' not in (folder.root / 'output/relecture/rapport.md').read_text(encoding='utf-8').replace('\\<', '')


def test_conflicts_come_from_the_merge(folder: Folder) -> None:
    (path,) = (folder.root / 'content/avis/retours').iterdir()
    (key,) = re.findall(
        r'id: ["\']?([0-9a-f]{8})["\']?\n    genre: modifié\n    blocs:\n      - contexte\.p1',
        path.read_text(encoding='utf-8'),
    )
    shown = text_of(page(folder, **{f'{path.stem}/{key}': Conflict(others=('sources',))}))
    shown = shown.replace('\u00a0', ' ')
    assert "État : en conflit" in shown
    assert "En conflit avec : le texte d’aujourd’hui." in shown


def test_conflict_leads_to_the_other_request(folder: Folder) -> None:
    (path,) = (folder.root / 'content/avis/retours').iterdir()
    first, second, *_ = re.findall(r'id: ["\']?([0-9a-f]{8})["\']?\n    genre', path.read_text(encoding='utf-8'))
    source = page(folder, **{f'{path.stem}/{first}': Conflict(others=(f'{path.stem}/{second}',))})
    assert f'<a href="#{second}">Commune d’Aubejoie</a>' in source
    assert f'id="{second}"' in source


def test_report_says_in_which_file_to_decide(folder: Folder) -> None:
    (path,) = (folder.root / 'content/avis/retours').iterdir()
    assert f'content/avis/retours/{path.name}' in page(folder)


def test_same_review_same_bytes(folder: Folder) -> None:
    assert page(folder) == page(folder)


def test_readable_text_has_no_markup() -> None:
    assert readable(r"**Un** *mot* \*, {val}`t.c`[^n] et l'eau", {'{val}`t.c`': '12'}) == "Un mot *, 12 et l’eau"


# --- where it stands --------------------------------------------------------------------------------------------------


def test_status_leads_to_the_first_open_decision(folder: Folder) -> None:
    found = describe(folder, Report())
    first = found['retours'][0]['premiere']
    line = (folder.root / first['fichier']).read_text(encoding='utf-8').split('\n')[first['ligne'] - 1]
    assert line == "    decision: ''"
    assert sum(found['etats'].values()) == found['modifications'] == found['decisions']["ouvertes"]


def test_status_as_text_and_json(folder: Folder) -> None:
    arguments = ['review', 'status', '--dossier', str(folder.root)]
    shown = CliRunner().invoke(main, arguments)
    assert shown.exit_code == 0
    assert re.search(r'content/avis/retours/\S+\.yaml:\d+', shown.output)
    assert json.loads(CliRunner().invoke(main, [*arguments, '--format', 'json']).output) == describe(
        folder, Report(), standings_of(folder)
    )


def test_status_without_any_return(mini: Folder) -> None:
    shown = CliRunner().invoke(main, ['review', 'status', '--dossier', str(mini.root)])
    assert shown.exit_code == 0
    assert shown.output.startswith("Aucun retour")
