"""Faults of a build from outside: fonts, templates, disks, signals, bombs. Words, an exit code, and nothing left behind."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from pasbuild import fonts as fonts_module
from pasbuild.__main__ import run
from pasbuild.build import check, write_figures, write_files
from pasbuild.cache import load, store
from pasbuild.chapters import CACHE, PLACES, _last_places
from pasbuild.diagnostics import ExitCode, PasbuildError, Report, refusal
from pasbuild.document import read_project
from pasbuild.drawing import MAX_SVG, FigureError, check_inert, find
from pasbuild.fonts import fonts, sound
from pasbuild.generated import DEFAULTS, environment, fill
from pasbuild.html import write_html
from pasbuild.pdf import stylesheet
from pasbuild.project import Folder
from pasbuild.record import recall
from pasbuild.report import write_report
from pasbuild.theme import Theme, find_theme
from pasbuild.workers import Workers

pytestmark = pytest.mark.xdist_group('faults')
LINUX = pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')


# --- fonts ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a false font package, which the program takes for its own."""
    fonts()  # the true ones are read first, whatever test comes first
    files = tmp_path / 'fontpkg_essai' / 'files'
    files.mkdir(parents=True)
    (files.parent / '__init__.py').touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(fonts_module, '_PACKAGES', ('fontpkg_essai',))
    monkeypatch.setattr(sys, 'modules', {name: m for name, m in sys.modules.items() if name != 'fontpkg_essai'})
    uncached = fonts.__wrapped__
    monkeypatch.setattr(fonts_module, 'fonts', uncached)
    return files


def test_pinned_fonts_are_whole() -> None:
    assert len(fonts()) > 20


@pytest.mark.parametrize('damage', [lambda data: data[:-2000], lambda _: b'', lambda _: b'<html>', lambda d: d[:40]])
def test_a_damaged_font_is_named(package: Path, damage: Callable[[bytes], bytes]) -> None:
    data = fonts()['Lato-Bold.ttf'].file.read_bytes()
    assert sound(data)
    (package / 'Lato-Bold.ttf').write_bytes(damage(data))
    with pytest.raises(PasbuildError, match=r"« Lato-Bold\.ttf » est abîmé") as caught:
        fonts_module.fonts()
    assert caught.value.exit_code == ExitCode.TOOL_MISSING


def test_a_font_package_without_files_or_absent_is_named(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PasbuildError, match="fontpkg-essai"):
        fonts_module.fonts()
    monkeypatch.setattr(fonts_module, '_PACKAGES', ('fontpkg_absent',))
    with pytest.raises(PasbuildError, match="« fontpkg-absent » n'est pas installé") as caught:
        fonts_module.fonts()
    assert caught.value.exit_code == ExitCode.TOOL_MISSING


def test_figures_are_drawn_with_the_same_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    from pasbuild import drawing

    def broken() -> None:
        raise PasbuildError("Les polices manquent.", ExitCode.TOOL_MISSING)

    monkeypatch.setattr(drawing, 'fonts', broken)
    drawing._register_fonts.cache_clear()
    with pytest.raises(PasbuildError, match="polices"):
        drawing.styled(Theme.model_validate(tomllib.loads((DEFAULTS / 'theme.toml').read_text(encoding='utf-8'))))
    monkeypatch.undo()
    drawing._register_fonts()


# --- templates --------------------------------------------------------------------------------------------------------

FAULTS = {
    '{% if %}': "ne se lit pas",
    '{{ absent.nom }}': "un nom n'existe pas",
    "{{ ''.__class__.__mro__ }}": "c'est interdit",
    '{% for i in range(99999999) %}{% endfor %}': "une boucle ne finit pas",
    '{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}': "une boucle ne finit pas",
    '{% set l = range(999)|list %}{% for i in l %}{% for j in l %}{% for k in l %}{% endfor %}{% endfor %}{% endfor %}': "une boucle ne finit pas",
    '{% for i in "ab" * 9 recursive %}{% if loop.depth < 30 %}{{ loop("ab" * 9) }}{% endif %}{% endfor %}': "une boucle ne finit pas",
    '{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}': "une boucle ne finit pas",
    '{{ "a" * 999999999999 }}': "c'est interdit",
    '{{ 9 ** 9 ** 9 ** 9 }}': "c'est interdit",
    '{{ 1 / 0 }}': "ZeroDivisionError",
    '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}': "s'appelle lui-même",
    '{% include "absent.j2" %}': "n'existe pas",
    '{% include "parts/essai.j2" %}': "n'existe pas",
}


def template(folder: Folder, name: str, text: str) -> None:
    path = folder.root / 'templates' / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')


@pytest.mark.parametrize('text', FAULTS)
def test_a_faulty_template_is_said_with_its_line(mini: Folder, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('pasbuild.generated.TURNS', 10_000)
    template(mini, 'pdf.css', f'p {{}}\n\n{text}\n')
    theme = find_theme(mini, Report())
    assert theme is not None
    with pytest.raises(PasbuildError, match=r'^templates/pdf\.css:3 : ') as caught:
        stylesheet(mini, theme)
    assert FAULTS[text] in caught.value.message
    assert caught.value.exit_code == ExitCode.FINDINGS
    assert str(mini.root) not in caught.value.message


def test_every_kind_of_template_is_filled_with_care(mini: Folder) -> None:
    project, theme = read_project(mini, Report()), find_theme(mini, Report())
    assert project is not None
    assert theme is not None
    for name in ('document.html.j2', 'rapport.md.j2', 'parts/couverture.md.j2'):
        template(mini, name, '\n{{ absent.nom }}')
    actions: dict[str, Callable[[], object]] = {
        'document.html.j2': lambda: write_html(project.document, project.dossier, theme, mini),
        'rapport.md.j2': lambda: write_report(project, theme, Report(), '.md'),
        'parts/couverture.md.j2': lambda: read_project(mini, Report()),
    }
    for name, action in actions.items():
        with pytest.raises(PasbuildError, match=f'^templates/{name}:2 : '):
            action()


def test_a_defect_of_a_default_template_stays_a_defect(mini: Folder) -> None:
    with pytest.raises(Exception, match='theme') as caught:
        fill(environment(mini), 'pdf.css')
    assert not isinstance(caught.value, PasbuildError)


def test_loops_over_data_are_counted_and_still_know_their_place(mini: Folder) -> None:
    words = '{{ loop.index }}/{{ loop.length }}{{ "." if loop.last else "," }}'
    text = f'{{% for i in noms if i != "b" %}}{words}{{% else %}}rien{{% endfor %}}'
    template(mini, 'essai.j2', text)
    assert fill(environment(mini), 'essai.j2', noms='abc') == '1/2,2/2.'
    assert fill(environment(mini), 'essai.j2', noms='b') == 'rien'


def test_templates_still_count_and_multiply(mini: Folder) -> None:
    template(mini, 'essai.j2', '{% for i in range(3) %}{{ 2 * i }} {% endfor %}')
    for _ in range(2):
        assert fill(environment(mini), 'essai.j2') == '0 2 4 '


# --- drawings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    'svg',
    [
        '<script>alert(1)</script>',
        '<svg:script/>',
        '<g onload="x()"/>',
        '<image xlink:href="http://exemple.test/a.png"/>',
        "<image href='file:///etc/passwd'/>",
        '<a xlink:href="javascript:x()"><text/></a>',
        '<image href="data:image/svg+xml,x"/>',
        '<style>@import "a.css";</style>',
        '<g style="fill: url(http://exemple.test/a)"/>',
        '<!ENTITY a "b">',
        '<foreignObject/>',
        '<set attributeName="href"/>',
    ],
)
def test_a_drawing_that_acts_is_refused(svg: str) -> None:
    with pytest.raises(FigureError, match="script ou une adresse"):
        check_inert(f'<svg>{svg}</svg>'.encode())


def test_an_inert_drawing_passes() -> None:
    check_inert(
        b'<svg><g clip-path="url(#a)"><use xlink:href="#b"/><image xlink:href="data:image/png;base64,iVB"/></g></svg>'
    )
    with pytest.raises(FigureError, match="limite : 10 Mo"):
        check_inert(b' ' * (MAX_SVG + 1_000_000))


@pytest.mark.parametrize(
    ('code', 'words'),
    [
        ("figure.text(0, 0, 'x', url='http://exemple.test/')", "adresse extérieure"),
        ("figure.set_size_inches(5000, 5000)", "change la taille"),
    ],
)
def test_a_python_figure_cannot_reach_outside_nor_grow(mini: Folder, code: str, words: str) -> None:
    text = 'type: python\ntitre: Essai\ntexte_alternatif: Une figure inventée pour un essai.\nfichier: essai.py\n'
    (mini.root / 'figures' / 'fig-essai.yaml').write_text(text, encoding='utf-8')
    (mini.root / 'figures' / 'essai.py').write_text(f'def dessiner(figure, donnees, theme):\n    {code}\n')
    report = Report()
    assert write_figures(mini, report, ['fig-essai']) == ()
    assert words in next(finding.message for finding in report.diagnostics if finding.code == 'figure.dessin')


# --- disks ------------------------------------------------------------------------------------------------------------


def test_a_full_disk_is_said_with_its_folder_and_leaves_the_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'pas.pdf').write_bytes(b'old')

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='No space') as caught:
        write_files(tmp_path, {'pas.pdf': b'new'})
    assert refusal(caught.value) == f"le système refuse « {tmp_path} » : le disque est plein"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {'pas.pdf': b'old'}


@pytest.mark.parametrize('error', [errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(error, 'refused', str(tmp_path))

    monkeypatch.setattr('tempfile.NamedTemporaryFile', refuse)
    with pytest.raises(OSError, match='refused') as caught:
        write_files(tmp_path, {'pas.pdf': b'new'})
    assert str(tmp_path) in refusal(caught.value)
    assert 'refused' not in refusal(caught.value)


def test_a_file_or_a_folder_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / 'sortie').write_text('')
    with pytest.raises(OSError, match='sortie') as caught:
        write_files(tmp_path / 'sortie', {'pas.pdf': b'new'})
    assert "un fichier se trouve" in refusal(caught.value)
    (tmp_path / 'pas.docx').mkdir()
    with pytest.raises(OSError, match=r'pas\.docx') as caught:
        write_files(tmp_path, {'pas.pdf': b'new', 'pas.docx': b'new'})
    assert "un dossier se trouve" in refusal(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['pas.docx', 'sortie']


@pytest.mark.parametrize(('error', 'code'), [(MemoryError(), 2), (OSError(errno.ENOSPC, 'x'), 2), (RuntimeError(), 70)])
def test_what_escapes_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr('pasbuild.__main__.main', fail)
    monkeypatch.setattr(signal, 'signal', lambda *_args: None)
    with pytest.raises(SystemExit) as caught:
        run()
    assert caught.value.code == code
    assert "intactes" in capsys.readouterr().err


def test_a_dossier_whose_path_is_long_has_spaces_and_accents(mini: Folder, tmp_path: Path) -> None:
    root = tmp_path / 'Éléments du SCoT (été)' / ('très long ' * 15).strip() / ('très long ' * 15).strip() / "l'essai"
    root.parent.mkdir(parents=True)
    shutil.move(mini.root, root)
    report = Report()
    assert len(write_figures(Folder(root), report, ['fig-usages'])) == 2
    assert not report.diagnostics


# --- cache ------------------------------------------------------------------------------------------------------------


def test_an_entry_replaced_by_a_folder_or_a_link_is_no_entry(tmp_path: Path) -> None:
    (tmp_path / 'dehors').write_bytes(b'secret')
    (tmp_path / 'lien').symlink_to(tmp_path / 'dehors')
    (tmp_path / 'dossier').mkdir()
    assert load(tmp_path / 'lien') is None
    assert load(tmp_path / 'dossier') is None
    assert not store(tmp_path / 'dossier', b'new')
    assert store(tmp_path / 'lien', b'new')
    assert (tmp_path / 'dehors').read_bytes() == b'secret'
    assert load(tmp_path / 'lien') == b'new'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['dehors', 'dossier', 'lien']


@pytest.mark.parametrize(
    'payload', [b'', b'{', b'[]', b'{"a": "b"}', b'{"files": [], "svg": 1}', b'3', b'null', b'\xff']
)
def test_an_entry_of_another_version_is_made_again(
    mini: Folder, monkeypatch: pytest.MonkeyPatch, payload: bytes
) -> None:
    for module in ('chapters', 'record', 'drawing'):
        monkeypatch.setattr(f'pasbuild.{module}.load', lambda _path: payload)
    assert _last_places(mini.root) == {}
    assert recall(mini.root, [], '') is None
    assert find(['a'], mini.root) is None


def test_pages_from_the_cache_are_numbers(mini: Folder) -> None:
    cache = mini.root / CACHE
    store(cache / PLACES, json.dumps({'a': '"><script>'}).encode())
    assert _last_places(cache) == {}
    store(cache / PLACES, json.dumps({'a': 3}).encode())
    assert _last_places(cache) == {'a': 3}


# --- bombs ------------------------------------------------------------------------------------------------------------


def codes(folder: Folder) -> set[str]:
    report = Report()
    check(folder, report)
    return {finding.code for finding in report.diagnostics}


def test_a_text_of_twenty_megabytes_is_refused(mini: Folder) -> None:
    (mini.root / 'content' / '30-methode.md').write_text('# T {#t}\n\n' + '- a\n  - b\n' * 1_900_000)
    assert 'securite.taille' in codes(mini)


@pytest.mark.slow
def test_a_table_of_a_hundred_and_fifty_thousand_cells_is_refused(mini: Folder) -> None:
    rows = ['|a' * 30 + '|', '|---' * 30 + '|', *['|12' * 30 + '|'] * 5000]
    path = mini.root / 'content' / '30-methode.md'
    path.write_text(path.read_text(encoding='utf-8') + '\n' + '\n'.join(rows) + '\n', encoding='utf-8')
    assert 'securite.taille' in codes(mini)


def test_contours_that_are_no_numbers_are_refused(mini: Folder) -> None:
    path = mini.root / 'content' / 'data' / 'contours.geojson'
    contours = json.loads(path.read_text(encoding='utf-8'))
    contours['features'][0]['geometry']['coordinates'] = [[[float('nan'), float('inf')]] * 4]
    path.write_text(json.dumps(contours))
    assert 'donnee.format' in codes(mini)


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('anticonstitutionnellement' * 12, set()),
        ('שלום عربي 😀', {'pdf.glyphe'}),
        ('a\u200bb\u200d ' + 'e\u0301' * 200, set()),
        ('\u202eenvers\u202c', set()),
    ],
    ids=['long', 'rtl', 'zero-width', 'override'],
)
def test_strange_words_are_read_or_reported(mini: Folder, text: str, expected: set[str]) -> None:
    path = mini.root / 'content' / '30-methode.md'
    path.write_text(path.read_text(encoding='utf-8') + f'\n{text}.\n', encoding='utf-8')
    assert expected <= codes(mini)


def test_a_lone_surrogate_is_a_fault_of_the_yaml(mini: Folder) -> None:
    path = mini.root / 'content' / 'dossier.yaml'
    path.write_text(path.read_text(encoding='utf-8').replace("scot: Val-d'Exemple", 'scot: "Val\\ud800"'))
    assert codes(mini) == {'lire.yaml'}


# --- processes --------------------------------------------------------------------------------------------------------


def wait(_seconds: float) -> None:
    time.sleep(600)


def stopped(workers: Workers) -> None:
    with workers:
        assert workers._pool is not None
        workers._pool.submit(wait, 600)
        raise KeyboardInterrupt


def test_workers_end_at_once_when_the_user_stops_the_program() -> None:
    workers, start = Workers(2), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stopped(workers)
    assert time.monotonic() - start < 300  # and not the six hundred of its task
    assert not Path(workers._scratch).exists()


def launch(root: Path, scratch: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, '-m', 'pasbuild', 'build', '--jobs', '2'],
        cwd=root,
        env=os.environ | {'TMPDIR': str(scratch), 'PYTHONPATH': str(Path(fonts_module.__file__).parents[1])},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def in_group(group: int) -> list[str]:
    """Return the processes of a group that still run."""
    alive = []
    for path in Path('/proc').glob('[0-9]*/stat'):
        try:
            state, _, pgrp = path.read_text().rpartition(')')[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == group and state not in 'ZX':
            alive.append(path.parent.name)
    return alive


def strays(*folders: Path) -> list[str]:
    return [path.name for folder in folders for path in folder.rglob('*.tmp')]


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize(
    ('number', 'code', 'whole_group'),
    [
        (signal.SIGINT, 130, True),
        (signal.SIGTERM, 143, False),
        (signal.SIGTERM, 143, True),
        (signal.SIGKILL, -9, False),
    ],
)
def test_a_build_stopped_by_a_signal_leaves_nothing(
    mini: Folder, tmp_path: Path, number: signal.Signals, code: int, whole_group: bool
) -> None:
    scratch = tmp_path / 'tmp'
    scratch.mkdir()
    (mini.root / 'output').mkdir()
    (mini.root / 'output' / 'pas.pdf').write_bytes(b'old')
    process = launch(mini.root, scratch)
    assert process.stderr is not None
    assert any('Mise en page' in line for line in iter(process.stderr.readline, ''))
    time.sleep(0.5)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == code
    if code > 0:
        assert said == "\nInterrompu. Les sorties précédentes sont intactes.\n"
    deadline = time.monotonic() + 30
    while in_group(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (mini.root / 'output' / 'pas.pdf').read_bytes() == b'old'
    if code > 0:
        assert not list(scratch.iterdir())
    again = launch(mini.root, scratch)
    _, said = again.communicate(timeout=300)
    assert again.returncode == 0, said
    assert sorted(path.name for path in (mini.root / 'output').iterdir()) == [
        'manifeste.json',
        'pas.docx',
        'pas.json',
        'pas.pdf',
    ]
    assert strays(mini.root) == []


@LINUX
@pytest.mark.slow
def test_two_builds_at_once_end_well(mini: Folder, tmp_path: Path) -> None:
    builds = [launch(mini.root, tmp_path) for _ in range(2)]
    said = [build.communicate(timeout=300)[1] for build in builds]
    assert [build.returncode for build in builds] == [0, 0], said
    output = mini.root / 'output'
    assert sorted(path.name for path in output.iterdir()) == ['manifeste.json', 'pas.docx', 'pas.json', 'pas.pdf']
    assert (output / 'pas.pdf').read_bytes().startswith(b'%PDF')
    assert (output / 'pas.docx').read_bytes().startswith(b'PK')
    assert strays(mini.root) == []
    entries = [path for path in (mini.root / '.cache' / 'parts').iterdir() if path.is_file()]
    assert entries
    assert all(load(path) is not None for path in entries)
