"""Decisions applied to the Markdown: the accepted words, on the touched lines, and nothing else; or nothing at all."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from apply_sample import Returned, send
from click.testing import CliRunner

from pasbuild.applying import apply, examine, read_review
from pasbuild.build import check
from pasbuild.cli import main
from pasbuild.diagnostics import PasbuildError, Report
from pasbuild.project import Folder
from pasbuild.rewriting import guarded

SAMPLES = Path(__file__).parent / 'samples'
IGNORED = shutil.ignore_patterns('.cache', 'output')


@pytest.fixture
def complet(tmp_path: Path) -> Folder:
    root = tmp_path / 'complet'
    shutil.copytree(SAMPLES / 'complet', root, ignore=IGNORED)
    return Folder(root)


def texts(folder: Folder) -> dict[str, str]:
    return {path.name: path.read_text(encoding='utf-8') for path in sorted((folder.root / 'content').glob('*.md'))}


def diff(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Lines removed and added, all files together."""
    return [
        line
        for name in before
        for line in difflib.unified_diff(before[name].split('\n'), after[name].split('\n'), lineterm='', n=0)
        if line[:3] not in ('---', '+++') and line[:2] != '@@'
    ]


def run(folder: Folder, *returned: Returned, clean: bool = True) -> list[str]:
    """Apply returned files; return the lines that changed. ``clean``: nothing must be found."""
    for one in returned:
        one.write()
    before, report = texts(folder), Report()
    done = apply(folder, report, commit=False)
    assert done is not None
    if clean:
        assert report.diagnostics == []
        found = Report()
        check(folder, found)
        assert not found.failed(), found.sorted()
    return diff(before, texts(folder))


def codes(folder: Folder) -> list[str]:
    report = Report()
    apply(folder, report, commit=False)
    return [finding.code for finding in report.sorted()]


# --- every kind of edit -----------------------------------------------------------------------------------------------


def test_words_of_a_wrapped_paragraph(mini: Folder) -> None:
    """Only the touched line changes while it fits."""
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace('contexte.p1', 'se compte', 'se dit')
    assert run(mini, one) == [
        '-n\'est vrai. La 1^re^ commune est Bourg-Exemple, à 14:30 près ; la surface se compte en km^2^.\\',
        '+n\'est vrai. La 1^re^ commune est Bourg-Exemple, à 14:30 près ; la surface se dit en km^2^.\\',
    ]


def test_long_lines_are_cut_where_the_file_cuts_its_own(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace(
        'contexte.p1', 'au *conseil syndical*', 'longuement, deux fois plutôt que jamais, au *conseil syndical*'
    )
    assert run(mini, one)
    text = texts(mini)['10-contexte.md']
    assert 'longuement, deux fois plutôt que jamais,' in ' '.join(text.split('\n'))
    assert max(len(line) for line in text.split('\n')[10:18]) <= 140


@pytest.mark.parametrize(
    ('block', 'old', 'new', 'line'),
    [
        ('obj-logements', 'bâti', 'parc', '+### Accueillir dans le parc existant {#obj-logements .objectif repond_a='),
        ('enj-friches.c1', 'dit', 'montre', '+:::constat Ce que montre le diagnostic'),
        ('enj-friches.c1.l1.i2.l1.i2.l1.i1.p1', 'artisanales', 'de l’artisanat', '+     - de l’artisanat'),
        ('enj-friches.q1.p2', 'plusieurs', 'deux', '+> Et deux paragraphes.'),
        ('tab-etapes', 'Étapes', 'Moments', '+:::tableau {#tab-etapes titre="Moments du projet" source='),
        ('tab-etapes.r1.c2', '2027', '2028', '+| Inventaire des services[^services] | 2028 | 12,5 % |'),
        ('tab-etapes.r2.c1', 'Programme', 'Programme | suite', '+| Programme \\| suite | 2030 | n. d. |'),
        ('methode.t1.r0.c2', 'Sens', 'Signification', '+| Signe | Signification |'),
        ('tab-communes.notes', 'municipale', 'légale', '+Population légale ; les communes sont rangées de la plus'),
        ('obj-services.n1', 'soins', 'santé', '+[^services]: Écoles, commerces et santé.'),
        ('encadre-mots.d1.t2', 'Polarité', 'Pôle', '+Pôle'),
        ('encadre-mots.d1.i2.p1', 'sans usage', 'délaissé', '+: Terrain délaissé.'),
        ('obj-logements.l1.i1.p1', "D'abord", 'En premier,', '+1. En premier, les logements vacants : {val}`logements.'),
    ],
)  # fmt: skip
def test_words_anywhere(mini: Folder, block: str, old: str, new: str, line: str) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace(block, old, new)
    changed = run(mini, one)
    assert len(changed) == 2
    assert changed[1].startswith(line)


def test_new_paragraphs_titles_items_and_notes(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.add('inséré', '', ["Un alinéa[^nouvelle-3] neuf."], apres_bloc='enj-services.p1', detail="style « Body Text »")
    one.add('inséré', '', ["Ce que dit la note."], apres_bloc='enj-services.p1', detail="note « nouvelle-3 »")
    one.add('inséré', '', ["les prairies"], apres_bloc='enj-friches.c1.l1.i1.p1', detail="style « List Bullet »")
    one.add('inséré', '', ["Un titre de plus"], apres_bloc='carte.p1', detail="style « heading 3 »")
    one.add('inséré', '', ["- ceci n'est pas une liste"], apres_bloc='methode.p1', detail="style « Body Text »")
    assert sorted(line for line in run(mini, one) if line.strip('+')) == sorted([
        '+Un alinéa[^avis-0000-3] neuf.', '+[^avis-0000-3]: Ce que dit la note.', '+- les prairies',
        '+### Un titre de plus {#un-titre-de-plus}', "+\\- ceci n'est pas une liste",
    ])  # fmt: skip


def test_deleted_paragraph_takes_its_note_with_it(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.add('supprimé', 'enj-friches.q1.p2')
    one.add('supprimé', 'obj-logements.l1.i2.p1')
    one.add('supprimé', 'gd-vallee.c1.p1')
    changed = run(mini, one, clean=False)
    assert '-2. Ensuite les friches[^friches].' in changed
    assert "-[^friches]: Les friches du Val-d'Exemple sont *inventées*, comme le reste." in changed
    assert all(line.startswith('-') for line in changed)


def test_split_joined_and_moved(mini: Folder) -> None:
    sent = send(mini)
    one = Returned(mini, 'Claire Martin', sent)
    whole = ' '.join(sent['obj-logements.p1'].split())
    first, second = whole.split(' Cet objectif')
    one.add('scindé', 'obj-logements.p1', [first, f'Cet objectif{second}'])
    one.add('fusionné', 'enj-friches.c1.l1.i2.l1.i2.l1.i1.p1 enj-friches.c1.l1.i2.l1.i2.l1.i2.p1',
            ['artisanales et commerciales'])  # fmt: skip
    one.add('déplacé', 'carte.p1', [sent['carte.p1']], apres_bloc='enj-services.p1')
    changed = run(mini, one)
    assert f'+{first}' in changed
    assert '+     - artisanales et commerciales' in changed
    text = texts(mini)['10-contexte.md']
    assert text.index('se tiennent au bourg') < text.index('La [carte des évolutions]') < text.index('fig-usages')


def test_rows_of_a_table(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.add('cellule', 'tab-etapes.r2.c1', [], avant=["Programme | 2030 | n. d."], detail="ligne 3")
    one.add('cellule', 'tab-etapes', ["Bilan | 2033 | 3 %"], avant=[], detail="ligne 3")
    assert sorted(run(mini, one)) == ['+| Bilan | 2033 | 3 % |', '-| Programme | 2030 | n. d. |']


def test_the_text_of_the_decision_comes_before_that_of_the_reviewer(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace('enj-services.p1', 'au bourg', 'ailleurs', texte=["Les services se tiennent au bourg et alentour."])
    assert run(mini, one)[1] == '+Les services se tiennent au bourg et alentour.'


def test_ends_of_lines_stay_those_of_the_file(mini: Folder) -> None:
    path = mini.root / 'content/30-methode.md'
    path.write_bytes(path.read_bytes().replace(b'\n', b'\r\n'))
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace('methode.p1', 'inventées', 'fausses')
    run(mini, one)
    assert path.read_bytes().count(b'\r\n') == path.read_bytes().count(b'\n')


@pytest.mark.parametrize('text', ['- a', '12. a', '# a', '> a', ': a', '+ a', '| a', '---', '::: a', '=='])
def test_words_that_would_open_a_block_are_guarded(text: str) -> None:
    assert '\\' in guarded(text)
    assert guarded('**gras**, 12 ans') == '**gras**, 12 ans'


# --- several reviewers, sources that moved on -------------------------------------------------------------------------


def three(folder: Folder) -> tuple[Returned, Returned, Returned]:
    sent = send(folder)
    a, b, c = (Returned(folder, who, sent) for who in ('Anne Petit', 'Bruno Roux', 'Claire Martin'))
    target = 'diagnostic-habitants.p1'
    a.replace(target, 'La hausse est lente', 'La progression est lente')
    b.replace(target, 'surtout à la plaine', 'avant tout à la plaine')
    c.replace(target, 'La hausse est lente', 'La progression est lente')
    a.replace('diagnostic-emplois.p2', 'Les zones', 'Certaines zones')
    b.replace('diagnostic-emplois.p2', 'Les zones', 'Ces zones')
    c.add('supprimé', 'diagnostic-espaces.p2')
    a.add('inséré', '', ["Ajout d'Anne."], apres_bloc='diagnostic-emplois.p1', detail="style « Body Text »")
    b.add('inséré', '', ["Ajout de Bruno."], apres_bloc='diagnostic-emplois.p1', detail="style « Body Text »")
    return a, b, c


def test_three_reviewers_are_merged_and_conflicts_named(complet: Folder) -> None:
    returned = three(complet)
    changed = run(complet, *returned, clean=False)
    text = texts(complet)['20-diagnostic.md']
    assert 'La progression est lente' in text
    assert 'avant tout à la plaine' in text
    assert text.index("Ajout d'Anne.") < text.index("Ajout de Bruno.") < text.index("Les zones d'activités")
    assert len(changed) == 8
    assert codes(complet) == ['revue.conflit', 'revue.conflit']
    registre = yaml.safe_load((complet.root / 'content/avis/registre.yaml').read_text(encoding='utf-8'))
    assert len(registre['blocs']['diagnostic-habitants.p1']['modifications']) == 3
    assert 'diagnostic-emplois.p2' not in registre['blocs']


def test_applying_twice_changes_nothing_more(complet: Folder) -> None:
    returned = three(complet)
    run(complet, *returned, clean=False)
    assert run(complet, clean=False) == []
    assert run(complet, *returned, clean=False) == []  # as imported anew, decisions kept, nothing said to be applied


def test_blocks_are_found_by_their_words_when_the_sources_moved_on(complet: Folder) -> None:
    returned = three(complet)
    path = complet.root / 'content/20-diagnostic.md'
    text = path.read_text(encoding='utf-8')
    text = text.replace('## Emplois et dép', 'Un alinéa ajouté depuis.\n\n## Emplois et dép')
    text = text.replace('La population est passée', 'Entre-temps.\n\nLa population municipale est passée')
    path.write_text(text, encoding='utf-8')
    run(complet, *returned, clean=False)
    after = path.read_text(encoding='utf-8')
    assert 'La population municipale est passée' in after
    assert 'avant tout à la plaine' in after
    assert 'Entre-temps.\n\nLa population' in after


def test_same_words_changed_in_the_sources_are_a_conflict(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    key = one.replace('enj-services.p1', 'au bourg', 'à la ville')
    one.write()
    path = mini.root / 'content/10-contexte.md'
    path.write_text(path.read_text(encoding='utf-8').replace('au bourg.', 'au village.'), encoding='utf-8')
    review = read_review(mini, Report())
    assert review is not None
    assert examine(review)[key].state == 'en conflit'
    assert examine(review)[key].others == ('',)
    assert codes(mini) == ['revue.conflit']


def test_open_changes_are_judged_as_if_they_were_accepted(complet: Folder) -> None:
    a, b, c = three(complet)
    for one in (a, b, c):
        for change in one.changes:
            change['decision'] = ''
        one.write()
    review = read_review(complet, Report())
    assert review is not None
    found = examine(review)
    assert sorted({standing.state for standing in found.values()}) == ['applicable', 'en conflit']
    assert [s.state for s in found.values()].count('en conflit') == 2
    assert examine(review, accepted=True) == {}


# --- refused ----------------------------------------------------------------------------------------------------------


def test_a_rewrite_that_does_not_read_the_same_is_refused_and_the_file_left(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace('enj-services.p1', 'au bourg', '<b>au bourg</b>')
    one.replace('carte.p1', 'se lit', 'se regarde')
    one.replace('methode.p1', 'inventées', 'fausses')
    changed = run(mini, one, clean=False)
    assert len(changed) == 2
    assert 'fausses' in changed[1]
    assert codes(mini) == ['revue.preuve', 'revue.preuve']


def test_made_parts_are_never_applied(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace('enj-services.p1', 'bourg', 'centre', etat='partie générée', source='content/lexique.yaml')
    assert run(mini, one, clean=False) == []
    assert codes(mini) == ['revue.inapplicable']


def test_a_refusal_needs_a_reason(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace('enj-services.p1', 'bourg', 'centre', decision='refuser')
    one.write()
    assert codes(mini) == ['revue.motif']
    one.changes[0]['motif'] = "Le mot est celui du diagnostic."
    path = one.write()
    assert codes(mini) == []
    assert 'suite: refusée' in path.read_text(encoding='utf-8')
    assert "Le mot est celui du diagnostic." in (mini.root / 'content/avis/registre.yaml').read_text(encoding='utf-8')


# --- Git --------------------------------------------------------------------------------------------------------------


def git(folder: Folder, *arguments: str) -> str:
    done = subprocess.run(['git', '-C', str(folder.root), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(complet: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    for name in [name for name in os.environ if name.startswith('GIT_')]:
        monkeypatch.delenv(name)
    monkeypatch.setenv('GIT_CONFIG_GLOBAL', os.devnull)
    monkeypatch.setenv('GIT_CONFIG_SYSTEM', os.devnull)
    git(complet, 'init', '-q')
    git(complet, 'config', 'user.name', 'Syndicat')
    git(complet, 'config', 'user.email', 'syndicat@example.org')
    git(complet, 'add', '.')
    git(complet, 'commit', '-qm', 'Début')
    return complet


def test_one_commit_a_reviewer_that_ends_in_the_merged_text(checkout: Folder) -> None:
    for one in three(checkout):
        one.write()
    (checkout.root / 'autre.txt').write_text("à part", encoding='utf-8')
    git(checkout, 'add', 'autre.txt')
    done = apply(checkout, Report())
    assert done is not None
    assert done.commits == 4
    log = git(checkout, 'log', '--format=%an <%ae> | %cn | %s', '-4').split('\n')
    assert log == [
        'Syndicat <syndicat@example.org> | Syndicat | Avis : décisions inscrites au registre',
        'Claire Martin <relecteur@invalid> | Syndicat | Avis de Claire Martin',
        'Bruno Roux <relecteur@invalid> | Syndicat | Avis de Bruno Roux',
        'Anne Petit <relecteur@invalid> | Syndicat | Avis de Anne Petit',
    ]
    assert git(checkout, 'status', '--porcelain').split('\n') == ['A  autre.txt', '?? content/avis/exports/']
    assert git(checkout, 'show', 'HEAD:content/20-diagnostic.md') == texts(checkout)['20-diagnostic.md'].strip()


def test_a_dossier_that_git_ignores_has_no_commit(checkout: Folder) -> None:
    inside = Folder(checkout.root / 'copie')
    shutil.copytree(SAMPLES / 'mini', inside.root, ignore=IGNORED)
    (checkout.root / '.gitignore').write_text('copie/\n', encoding='utf-8')
    one = Returned(inside, 'Claire Martin', send(inside))
    one.replace('enj-services.p1', 'bourg', 'centre')
    one.write()
    done = apply(inside, Report())
    assert done is not None
    assert (done.commits, done.files) == (0, ('content/10-contexte.md',))


def test_files_being_edited_are_not_touched(checkout: Folder) -> None:
    for one in three(checkout):
        one.write()
    path = checkout.root / 'content/20-diagnostic.md'
    path.write_text(path.read_text(encoding='utf-8') + '\nEn cours.\n', encoding='utf-8')
    report = Report()
    assert apply(checkout, report) is None
    assert [finding.code for finding in report.diagnostics if finding.level == 'erreur'] == ['revue.non-enregistre']
    assert git(checkout, 'log', '--format=%s') == 'Début'


def test_git_that_cannot_commit_stops_before_anything_is_written(checkout: Folder) -> None:
    for one in three(checkout):
        one.write()
    before = texts(checkout)
    git(checkout, 'config', 'user.useConfigOnly', 'true')
    git(checkout, 'config', '--unset', 'user.email')
    with pytest.raises(PasbuildError, match='--sans-commit'):
        apply(checkout, Report())
    assert texts(checkout) == before


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_tells_what_it_would_do_then_does_it(mini: Folder) -> None:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace('enj-services.p1', 'bourg', 'centre')
    one.write()
    before = texts(mini)
    asked = ['review', 'apply', '--sans-commit', '--dossier', str(mini.root)]
    tried = CliRunner().invoke(main, [*asked, '--essai'])
    assert (tried.exit_code, texts(mini)) == (0, before)
    assert 'content/10-contexte.md  (serait modifié)' in tried.output
    done = CliRunner().invoke(main, asked)
    assert done.output == 'content/10-contexte.md\nappliquées : 1, refusées : 0, laissées : 0\n'
    assert len(diff(before, texts(mini))) == 2
