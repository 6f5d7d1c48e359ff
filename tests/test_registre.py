"""The ledger of the review."""

from __future__ import annotations

import pytest
import yaml
from apply_sample import EXPORT, decide

from pasbuild.diagnostics import Report
from pasbuild.project import Folder
from pasbuild.registre import REGISTRE, as_yaml, marked, read_registre, received


@pytest.fixture
def decided(mini: Folder) -> Folder:
    return decide(mini)


def test_ledger_says_who_what_when_and_why(decided: Folder) -> None:
    found = yaml.safe_load((decided.root / REGISTRE).read_text(encoding='utf-8'))['blocs']
    (entry,) = found['enj-services.p1']['modifications']
    assert entry == {
        'id': entry['id'], 'export': EXPORT, 'retour': 'claire-martin', 'relecteur': 'Claire Martin',
        'auteurs': ['Claire Martin'], 'date': '2026-11-20T09:30:00Z', 'genre': 'modifié',
        'avant': ["Les services se tiennent au bourg."], 'apres': ["Les services se tiennent au centre."],
        'decision': 'accepter', 'motif': "Plus juste.", 'resultat': ["Les services se tiennent au centre."],
    }  # fmt: skip
    assert found['carte.p1']['modifications'][0]['decision'] == 'refuser'
    assert found['']['commentaires'][0]['reponse'] == "Parce que."
    assert 'methode.p1' not in found


def test_ledger_reads_back_as_it_was_written(decided: Folder) -> None:
    report = Report()
    registre = read_registre(decided, report)
    assert registre is not None
    assert as_yaml(registre) == (decided.root / REGISTRE).read_bytes()
    assert read_registre(Folder(decided.root / 'content'), report) is not None
    assert not report.diagnostics


def test_decided_changes_are_marked_where_they_were_decided(decided: Folder) -> None:
    (retour,) = received(decided, Report()).values()
    assert [one.suite for one in retour.modifications] == ['appliquée', 'refusée', '']


def test_marks_are_written_once_and_elsewhere_nothing_moves() -> None:
    text = "modifications:\n- id: 0123abcd  \n  genre: modifié\n- genre: inséré\n  id: '89abcdef'\n# remarque\n"
    once = marked(text, {'0123abcd': 'appliquée', '89abcdef': 'refusée'})
    assert once == (
        "modifications:\n- id: 0123abcd  \n  suite: appliquée\n  genre: modifié\n"
        "- genre: inséré\n  id: '89abcdef'\n  suite: refusée\n# remarque\n"
    )
    assert marked(once, {'0123abcd': 'appliquée', '89abcdef': 'refusée'}) == once
