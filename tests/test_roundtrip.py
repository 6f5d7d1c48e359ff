"""Word and back, whole: copies sent, edited as Word does, taken back, decided, applied; the Markdown holds just that."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
from review_sample import MINI, Edited, W, sent
from test_applying import diff, texts

from pasbuild.applying import apply, examine, read_review
from pasbuild.build import check
from pasbuild.diagnostics import Report
from pasbuild.project import Folder
from pasbuild.registre import received
from pasbuild.retourfile import as_yaml
from pasbuild.reviewimport import import_files

ANNE, BRUNO = 'Anne Petit', 'Bruno Roux'


@pytest.fixture(scope='module')
def copies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    root = tmp_path_factory.mktemp('aller') / 'mini'
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
    return root, {who: sent(root, who)[0] for who in (ANNE, BRUNO)}


@pytest.fixture
def folder(copies: tuple[Path, dict[str, bytes]], tmp_path: Path) -> Folder:
    shutil.copytree(copies[0], tmp_path / 'mini', ignore=shutil.ignore_patterns('.cache', 'output'))
    return Folder(tmp_path / 'mini')


def take(folder: Folder, who: str, file: Edited) -> None:
    path = folder.root.parent / f'{who}.docx'
    path.write_bytes(file.data())
    report = Report()
    assert import_files(folder, [path], report), report.sorted()


def accept_all(folder: Folder) -> None:
    for name, retour in received(folder, Report()).items():
        changes = [one.model_copy(update={'decision': 'accepter'}) for one in retour.modifications]
        decided = retour.model_copy(update={'modifications': tuple(changes)})
        (folder.root / f'content/avis/retours/{name}.yaml').write_bytes(as_yaml(decided))


def applied(folder: Folder) -> list[str]:
    before, report = texts(folder), Report()
    assert apply(folder, report, commit=False) is not None
    assert report.sorted() == []
    found = Report()
    check(folder, found)
    assert not found.failed(), found.sorted()
    return diff(before, texts(folder))


def new_paragraph(file: Edited, before: str, style: str, text: str, who: str = ANNE) -> Any:
    new = file.made(f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr></w:p>')
    file.mark(new, 'ins', who)
    new.append(file.insert(text, who))
    file.paragraph(before).addprevious(new)
    return new


def word(file: Edited, block: str, old: str, new: str, who: str) -> None:
    run = file.run(block, old)
    run.addnext(file.insert(new, who))
    file.wrap(run, 'del', who)


def test_edits_of_two_reviewers_come_back_as_they_were_accepted(
    folder: Folder, copies: tuple[Path, dict[str, bytes]]
) -> None:
    anne, bruno = Edited(copies[1][ANNE]), Edited(copies[1][BRUNO])
    word(anne, 'contexte.p1', 'couvre', 'comprend', ANNE)
    word(bruno, 'contexte.p1', 'débattu', 'discuté', BRUNO)
    word(anne, 'obj-logements', 'bâti', 'parc', ANNE)
    word(anne, 'tab-etapes', 'Étapes', 'Moments', ANNE)
    word(bruno, 'tab-etapes.r1.c2', '2027', '2028', BRUNO)
    word(bruno, 'obj-services.n1', 'soins', 'santé', BRUNO)
    word(anne, 'enj-friches.c1.l1.i3.p1', 'forêts', 'bois', ANNE)
    new_paragraph(anne, 'enj-friches.c1.l1.i3.p1', 'PASConstatPuce', 'les prairies')
    new_paragraph(bruno, 'obj-services', 'BodyText', 'Un alinéa de Bruno.', BRUNO)
    new_paragraph(bruno, 'obj-services', 'Heading4', 'Un titre de Bruno', BRUNO)
    anne.delete(anne.paragraph('enj-friches.q1.p2'), ANNE)
    take(folder, ANNE, anne)
    take(folder, BRUNO, bruno)
    review = read_review(folder, Report())
    assert review is not None
    assert {standing.state for standing in examine(review).values()} == {'applicable'}
    accept_all(folder)
    changed = applied(folder)
    for line in (
        '+| Inventaire des services[^services] | 2028 | 12,5 % |', '+[^services]: Écoles, commerces et santé.',
        '+- les bois', '+- les prairies', '+Un alinéa de Bruno.', '+#### Un titre de Bruno',
        '->', '-> Et plusieurs paragraphes.', '+:::tableau {#tab-etapes titre="Moments du projet" source="Syndicat imaginaire"}',
    ):  # fmt: skip
        assert line in changed, changed
    assert (
        'comprend {val}`communes.nombre unite=communes`. Son PAS est discuté au *conseil'
        in texts(folder)['10-contexte.md']
    )
    assert len(changed) <= 24


def test_rows_notes_splits_and_merges_come_back(folder: Folder, copies: tuple[Path, dict[str, bytes]]) -> None:
    file = Edited(copies[1][ANNE])
    rows = next(t for t in file.document.iter(f'{W}tbl') if 'Inventaire' in ''.join(t.itertext())).findall(f'{W}tr')
    new = copy.deepcopy(rows[2])
    for mark in [*new.iter(f'{W}bookmarkStart', f'{W}bookmarkEnd')]:
        mark.getparent().remove(mark)
    rows[2].addnext(new)
    next(new.iter(f'{W}t')).text = 'Bilan'
    new.find(f'{W}trPr').append(file.made(f'<w:ins {file.revision(ANNE)}/>'))
    rows[2].find(f'{W}trPr').append(file.made(f'<w:del {file.revision(ANNE)}/>'))
    file.mark(file.paragraph('enj-friches.c1.l1.i2.l1.i1.p1'), 'del', ANNE)
    paragraph, run = file.paragraph('obj-logements.p1'), file.run('obj-logements.p1', 'Cet objectif')
    second = file.made('<w:p/>')
    second.append(copy.deepcopy(paragraph.find(f'{W}pPr')))
    for element in [run, *run.itersiblings()]:
        if element.tag != f'{W}bookmarkEnd':
            second.append(element)
    file.mark(paragraph, 'ins', ANNE)
    paragraph.addnext(second)
    take(folder, ANNE, file)
    accept_all(folder)
    changed = applied(folder)
    assert '+| Bilan | 2030 | n. d. |' in changed
    assert '-| Programme | 2030 | n. d. |' in changed
    assert '+Le territoire produira des logements neufs en plus.' in changed


def test_untracked_edits_come_back_too(folder: Folder, copies: tuple[Path, dict[str, bytes]]) -> None:
    file = Edited(copies[1][ANNE])
    file.run('gd-vallee.c1.p1', 'trois').find(f'{W}t').text = 'quatre'
    gone = file.paragraph('enj-friches.q1.p2')
    gone.getparent().remove(gone)
    first = file.paragraph('enj-friches.c1.l1.i1.p1')
    file.paragraph('enj-friches.c1.l1.i3.p1').addnext(first)
    take(folder, ANNE, file)
    accept_all(folder)
    changed = applied(folder)
    assert '+Deux axes et quatre objectifs, pour que chaque numéro ait un voisin.' in changed
    assert changed.count('-- les espaces agricoles') == changed.count('+- les espaces agricoles') == 1


def test_comments_sent_again_are_not_new(folder: Folder, copies: tuple[Path, dict[str, bytes]]) -> None:
    from test_returned import commented

    file = Edited(copies[1][ANNE])
    commented(file)
    take(folder, ANNE, file)
    again, _ = sent(folder.root, ANNE)
    back = Edited(again)
    assert 'word/comments.xml' in back.parts
    take(folder, 'retour2', back)
    said = sorted(len(retour.commentaires) for retour in received(folder, Report()).values())
    assert said == [0, 2]
