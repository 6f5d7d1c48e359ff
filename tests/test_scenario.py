"""A whole round on the real dossier: two copies sent, edited in LibreOffice, taken back, decided, applied, built again."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from review_scenario import ANSWERS, COMMUNE, DECISIONS, EXPECTED, REVIEWERS, Round, joined, start, where
from test_returned import office_missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.libreoffice,
    pytest.mark.xdist_group('libreoffice'),
    pytest.mark.skipif(bool(office_missing()), reason=office_missing() or 'there'),
]
REFUSED = sum(decision == 'refuser' for decision, _, _ in DECISIONS.values())


@pytest.fixture(scope='module')
def played(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """The copies are sent, edited and taken back; nothing is decided yet."""
    made = start(tmp_path_factory.mktemp('relecture'))
    copies = [made.send(reviewer) for reviewer in REVIEWERS]
    made.commit('Envois')
    back = [made.edit(reviewer, copy) for reviewer, copy in zip(REVIEWERS, copies, strict=True)]
    made.run('review', 'import', *map(str, back))
    return made


@pytest.fixture(scope='module')
def taken(played: Round) -> dict[str, Any]:
    """What the import kept, before any decision."""
    return {one.name: yaml.safe_load(played.retour(one).read_bytes()) for one in REVIEWERS}


@pytest.fixture(scope='module')
def decided(played: Round, taken: dict[str, Any]) -> Round:
    """The decisions are written, applied and committed."""
    assert taken
    for reviewer in REVIEWERS:
        played.decide(reviewer)
    played.git('add', 'content/avis')
    played.git('commit', '-qm', 'Décisions')
    done = played.run('review', 'apply')
    assert f'appliquées : {len(DECISIONS) - REFUSED}, refusées : {REFUSED}, laissées : 0' in done.output
    return played


def test_every_edit_comes_back_once_and_nothing_else(taken: dict[str, Any]) -> None:
    found = Counter((one.name, c['genre'], where(c)) for one in REVIEWERS for c in taken[one.name]['modifications'])
    assert found == Counter((reviewer.name, kind, block) for reviewer, kind, block in DECISIONS)
    comments = [c for one in REVIEWERS for c in taken[one.name]['commentaires']]
    assert [c['blocs'] for c in comments] == [[block] for block in ANSWERS]
    assert [c['auteur'] for c in comments] == ['Anne Petit', 'Paul Durand', 'Paul Durand']


def test_states_are_those_of_the_edits(played: Round, taken: dict[str, Any]) -> None:
    changes = [c for c in taken[COMMUNE.name]['modifications'] if not c.get('suivi', True)]
    assert [where(c) for c in changes] == ['enj-sols.p2']
    made = [c for c in taken[COMMUNE.name]['modifications'] if c.get('etat') == 'partie générée']
    assert {where(c): c['source'] for c in made} == {
        'fig-armature': 'figures/fig-armature.yaml', 'enj-menages.p1': "les données « taille_menages_call » (content/data)",
    }  # fmt: skip


def test_report_tells_each_request_and_its_state(played: Round, taken: dict[str, Any]) -> None:
    page = (played.root / 'output/relecture/rapport.html').read_text(encoding='utf-8')
    for reviewer in REVIEWERS:
        for change in taken[reviewer.name]['modifications']:
            assert f'id="{change["id"]}"' in page
    states = Counter(re.findall(r'class="etat[^"]*">(?:État[^:]*:\s*)?([^<.]+)', page))
    assert (states['en conflit'], states['sans suivi'], states['partie générée']) == (2, 1, 2)
    assert (played.root / 'output/relecture/rapport.md').is_file()


def test_text_changes_as_accepted_and_nowhere_else(decided: Round) -> None:
    names = decided.git('diff', '--name-only', 'HEAD~3', 'HEAD', '--', '*.md').split('\n')
    assert names == sorted(EXPECTED)
    for name, edits in EXPECTED.items():
        old, new = (decided.git('show', f'{commit}:{name}') for commit in ('HEAD~3', 'HEAD'))
        wanted = joined(old)
        for before, after in edits:
            assert wanted.count(before) == 1, before
            wanted = wanted.replace(before, after)
        assert joined(new) == wanted
        untouched = {part for part in old.split('\n\n') if not any(touches(joined(part), edit) for edit, _ in edits)}
        assert untouched <= {*new.split('\n\n')}


def test_lines_of_the_difference_are_those_of_the_accepted_edits(decided: Round) -> None:
    """In a file with one line a paragraph, the lines Git shows are exactly the accepted ones."""
    name = 'content/40-enjeux.md'
    old = decided.git('show', f'HEAD~3:{name}')
    lines = decided.git('diff', '-U0', 'HEAD~3', 'HEAD', '--', name).split('\n')
    new = old
    for before, after in EXPECTED[name]:
        new = new.replace(before, after)
    shown = {sign: {line[1:] for line in lines if re.match(rf'\{sign}(?!\{sign})', line)} for sign in '-+'}
    assert shown['-'] - {''} == {*old.split('\n')} - {*new.split('\n')}
    assert shown['+'] - {''} == {*new.split('\n')} - {*old.split('\n')}


def touches(paragraph: str, edit: str) -> bool:
    return any(part.strip() and part.strip() in paragraph for part in edit.split('\n\n'))


def test_each_reviewer_is_the_author_of_a_commit(decided: Round) -> None:
    authors = decided.git('log', '-3', '--format=%an', '--reverse').split('\n')
    assert authors == [*sorted(one.name for one in REVIEWERS), 'Syndicat']
    assert decided.git('status', '--porcelain') == ''


def test_ledger_and_table_hold_every_decision(decided: Round, tmp_path: Path) -> None:
    ledger = yaml.safe_load((decided.root / 'content/avis/registre.yaml').read_bytes())
    suivis = [(block, one) for block, kept in ledger['blocs'].items() for one in kept.get('modifications', ())]
    found = {(one['relecteur'], one['genre'], block): (one['decision'], one.get('motif', '')) for block, one in suivis}
    assert found == {(who.name, kind, block): said[:2] for (who, kind, block), said in DECISIONS.items()}
    table = tmp_path / 'suivi.xlsx'
    decided.run('review', 'registre', '--output', str(table))
    rows = [*openpyxl.load_workbook(table).active.iter_rows(min_row=2, values_only=True)]
    assert len(rows) == len(DECISIONS) + len(ANSWERS)
    assert Counter(row[7] for row in rows) == {
        'acceptée': len(DECISIONS) - REFUSED, 'refusée': REFUSED, 'répondu': 2, 'à décider': 1,
    }  # fmt: skip


def test_status_says_what_is_left(decided: Round) -> None:
    found = json.loads(decided.run('review', 'status', '--format', 'json').output)
    assert found['decisions'] == {'acceptées': len(DECISIONS) - REFUSED, 'refusées': REFUSED, 'ouvertes': 0}
    assert [one['sans_reponse'] for one in found['retours']].count(1) == 1


def test_dossier_is_built_again(decided: Round) -> None:
    decided.run('check')
    done = decided.run('build')
    assert (decided.root / 'output/pas.pdf').is_file(), done.output
    with zipfile.ZipFile(decided.root / 'output/pas.docx') as package:
        text = re.sub(r'<[^>]+>', '', package.read('word/document.xml').decode())
    assert 'une salle de spectacle ne se mettent pas partout' in text
    assert 'un lycée, une grande salle' not in text
