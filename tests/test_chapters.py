"""Layout part by part: the same document as in one piece, and nothing laid out twice."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pdfdump import check_ways_back, dump

from pasbuild import chapters as module
from pasbuild.chapters import CACHE, Chapter, LaidOut, lay_out, lay_out_chapter, read_payload
from pasbuild.diagnostics import PasbuildError, Report
from pasbuild.document import read_project
from pasbuild.drafting import draw_figures
from pasbuild.drawing import Drawing
from pasbuild.finish import Attached
from pasbuild.generated import DEFAULTS
from pasbuild.model import Block, Note, inlines, own_inlines, plain, walk
from pasbuild.pdf import Pdf
from pasbuild.project import Folder
from pasbuild.theme import find_theme
from pasbuild.workers import Workers

pytestmark = pytest.mark.xdist_group('chapters')
MINI = Path(__file__).parent / 'samples' / 'mini'
TEXT = 'content/10-contexte.md'


def make(folder: Folder, report: Report | None = None, jobs: int = 1, *, whole: bool = False) -> Pdf:
    """Read, draw and lay out a dossier."""
    report = report or Report()
    project, theme = read_project(folder, Report()), find_theme(folder, report)
    assert project is not None
    assert theme is not None
    with Workers(jobs) as workers:
        return lay_out(project, theme, draw_figures(project, theme, Report()), report, workers, whole=whole)


@pytest.fixture(scope='module')
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, Pdf]:
    """Return a dossier laid out once, with its cache."""
    root = tmp_path_factory.mktemp('parties') / 'mini'
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
    return Folder(root), make(Folder(root))


@pytest.fixture
def warm(built: tuple[Folder, Pdf], tmp_path: Path) -> Folder:
    """Return a copy of it, to change."""
    shutil.copytree(built[0].root, tmp_path / 'copie')
    return Folder(tmp_path / 'copie')


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list in which each layout notes the first title it met."""
    noted: list[str] = []

    def noting(task: tuple[str, Chapter]) -> LaidOut:
        noted.append(task[1].html.partition('<h1 id="')[2].partition('"')[0])
        return lay_out_chapter(task)

    monkeypatch.setattr(module, 'lay_out_chapter', noting)
    return noted


def edit(folder: Folder, name: str, change: Callable[[str], str]) -> None:
    path = folder.root / name
    path.write_text(change(path.read_text(encoding='utf-8')), encoding='utf-8')


def own_css(folder: Folder, change: Callable[[str], str]) -> None:
    (folder.root / 'templates').mkdir()
    shutil.copy(DEFAULTS / 'pdf.css', folder.root / 'templates')
    edit(folder, 'templates/pdf.css', change)


def test_parts_say_what_the_whole_says(built: tuple[Folder, Pdf], warm: Folder) -> None:
    whole = make(warm, whole=True)
    parts = built[1]
    assert (parts.pages, parts.count, parts.sheets) == (whole.pages, whole.count, whole.sheets)
    said, expected = dump(parts.data), dump(whole.data)
    for aspect in expected:
        assert said[aspect] == expected[aspect], aspect
    assert check_ways_back(parts.data) == check_ways_back(whole.data) > 100
    assert expected['bookmarks']
    assert any(link[1] for link in expected['links'])


def test_printed_page_numbers_are_those_of_the_pages(built: tuple[Folder, Pdf]) -> None:
    texts = dump(built[1].data)['text']
    for page, text in enumerate(texts, 1):
        assert (f'{page} / {len(texts)}' in text) == (built[1].sheets[page - 1] != 'nue')
    contents = ' '.join(texts[2].replace('. ', '').split())
    assert f"{built[1].pages['contexte']}" in contents
    assert min(built[1].pages.values()) == 1


def test_footnotes_go_on_from_part_to_part(warm: Folder) -> None:
    edit(warm, 'content/30-methode.md', lambda text: text + '\nUne phrase notée[^fin].\n\n[^fin]: La dernière note.\n')
    project = read_project(warm, Report())
    assert project is not None
    theirs = {note.number: plain(note.children) for block in walk(project.document) for note in notes(block)}
    last = max(number for number, text in theirs.items() if 'La dernière note' in text)
    [line] = [line for text in dump(make(warm).data)['text'] for line in text.split('\n') if 'La dernière note' in line]
    assert last > 1
    assert line.split()[0] == str(last)


def notes(block: Block) -> list[Note]:
    return [node for node in inlines(own_inlines(block)) if isinstance(node, Note)]


def test_one_or_two_processes_a_cold_or_a_warm_cache_give_the_same_bytes(
    built: tuple[Folder, Pdf], warm: Folder, calls: list[str]
) -> None:
    assert make(warm).data == built[1].data
    assert calls == []
    shutil.rmtree(warm.root / CACHE)
    monkey = pytest.MonkeyPatch()
    monkey.setattr(module, 'lay_out_chapter', lay_out_chapter)  # what crosses to a process must be importable
    assert make(warm, jobs=2).data == built[1].data
    monkey.undo()


def test_one_paragraph_changed_is_one_part_laid_out(warm: Folder, calls: list[str]) -> None:
    edit(warm, TEXT, lambda text: text.replace('.\n', '...\n', 1))
    make(warm)
    assert calls == ['contexte']


def test_a_page_added_touches_only_what_prints_page_numbers(
    built: tuple[Folder, Pdf], warm: Folder, calls: list[str]
) -> None:
    edit(warm, TEXT, lambda text: text + '\nUne phrase, encore une, et puis une autre pour finir. ' * 200)
    pdf = make(warm)
    assert pdf.count > built[1].count
    assert calls[0] == 'contexte'
    assert 'methode' not in calls
    assert 'sommaire' in calls
    assert '' not in calls  # what follows the opening page of a dynamique, which has the title
    shutil.rmtree(warm.root / CACHE)
    assert make(warm).data == pdf.data


def test_a_damaged_cache_is_made_again(built: tuple[Folder, Pdf], warm: Folder) -> None:
    for path in (warm.root / CACHE).iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    assert make(warm).data == built[1].data


def test_without_a_place_for_the_cache_the_build_goes_on(built: tuple[Folder, Pdf], mini: Folder) -> None:
    (mini.root / '.cache').write_text("un fichier à la place du dossier")
    assert make(mini).data == built[1].data


def test_what_the_engine_says_comes_back_from_processes_and_from_the_cache(warm: Folder) -> None:
    own_css(
        warm,
        lambda css: (
            css + '\n.sommaire { color: pas-une-couleur } .annexe { background: url(http://exemple.test/a.png) }'
        ),
    )
    found = []
    for jobs in (2, 1):
        report = Report()
        make(warm, report, jobs)
        found.append([(finding.code, finding.level, finding.message) for finding in report.sorted()])
    assert found[0] == found[1]
    assert any('exemple.test' in message for _, _, message in found[0])
    assert any('pas-une-couleur' in message for _, _, message in found[0])


def test_every_part_says_what_is_wrong_with_the_style(mini: Folder) -> None:
    chapters = [Chapter(f'<html lang="fr"><body>{text}', 'p { couleur: rouge }', {}, 0) for text in 'ab']
    said = [lay_out_chapter((chapter.key(), chapter)).findings for chapter in chapters]
    assert said[0] == said[1]
    assert "couleur" in said[0][0][1]


def test_a_style_that_speaks_of_the_whole_is_laid_out_in_one_piece(mini: Folder, calls: list[str]) -> None:
    own_css(mini, lambda css: f'{css}\n@page {{ @top-center {{ content: counter(page) }} }}')
    pdf = make(mini)
    assert len(set(calls)) == 1
    assert pdf.count > 10


@pytest.mark.parametrize(
    ('rule', 'whole'),
    [
        ('@page { @top-left { content: counters( page, ".") } }', True),
        ('li::after { content: target-counter(attr(href), page) }', True),
        ('.annexe { break-before: recto }', True),
        ('@page nue:left { margin: 0 }', True),
        ('.note::footnote-call { content: counter(footnote) }', False),
        ('.a:first-child { float: left; break-before: page }', False),
        ('@page paysage { @top-left { content: none } } p:first-line { margin: 0 }', False),
    ],
)
def test_styles_that_speak_of_the_whole(rule: str, whole: bool) -> None:
    assert (module._WHOLE.search(rule) is not None) == whole


def test_a_killed_process_stops_the_build_in_words(warm: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(warm.root / CACHE)
    monkeypatch.setattr(module, 'lay_out_chapter', die)
    with pytest.raises(PasbuildError, match="s'est arrêté d'un coup"):
        make(warm, jobs=2)


def die(_task: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_numbers_that_never_settle_are_said(mini: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = iter(range(1, 1000))

    def drifting(task: tuple[str, Chapter]) -> LaidOut:
        lists = 'data-page=' in task[1].html
        return LaidOut(Pdf(b'', {'contexte': next(pages)} if lists else {}, 1, ('',)))

    monkeypatch.setattr(module, 'lay_out_chapter', drifting)
    monkeypatch.setattr(module, 'write_folios', lambda *_args: b'')
    monkeypatch.setattr('pasbuild.merge.merge', lambda *_args: (b'', ()))
    report = Report()
    make(mini, report)
    assert "ne se stabilisent pas" in report.diagnostics[-1].message


def test_an_entry_keeps_all_of_a_layout() -> None:
    done = LaidOut(Pdf(b'%PDF\n\x00', {'a': 1, 'é': 2}, 2, ('', 'nue')), (('erreur', "Un mot."),))
    assert read_payload(done.payload()) == done


def test_a_key_tells_all_a_layout_depends_on() -> None:
    drawing = Drawing(b'<svg/>', b'', 1, 1, (), ())
    chapters = [
        Chapter('<p>', 'p{}', {}, 0),
        Chapter('<p >', 'p{}', {}, 0),
        Chapter('<p>', 'p{ }', {}, 0),
        Chapter('<p>', 'p{}', {'a': drawing}, 0),
        Chapter('<p>', 'p{}', {'a': Drawing(b'<svg />', b'', 1, 1, (), ())}, 0),
        Chapter('<p>', 'p{}', {'b': drawing}, 0),
        Chapter('<p>', 'p{}', {}, 1),
        Chapter('<p>', 'p{}', {}, 0, attached=(Attached('a.csv', b'a', 'b'),)),
        Chapter('<p>', 'p{}', {}, 0, attached=(Attached('a.csv', b'b', 'a'),)),
        Chapter('<p>', 'p{}', {}, 0, day=date(2026, 1, 1)),
    ]
    assert len({chapter.key() for chapter in chapters}) == len(chapters)
