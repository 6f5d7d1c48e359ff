"""Measure pasbuild and its peers side by side in one run: time, memory, size, pages, conformity.

Whole processes, medians, on the invented dossier of ``dossier.py``, in a scratch folder. The peers get the same content
from ``peers.py``, with the figures already drawn. A tool that is not here is a row "absent": no number is ever written
that was not measured. Prints the Markdown of docs/benchmarks.md; ``--write`` puts it there.

Usage: ``make bench``, or in parts: ``make bench ARGS="--only peers --runs 3"``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import machine
from conformity import verdicts
from dossier import make, write
from peers import write_peers
from processes import RunError, Usage, run

ROOT = Path(__file__).parents[1]
PAGE = ROOT / 'docs' / 'benchmarks.md'
MARK = '<!-- measures: make bench ARGS=--write -->'
GROUPS = ('pasbuild', 'peers', 'growth')
PASBUILD = (sys.executable, '-m', 'pasbuild')
FONTS = ('Lato-Regular', 'Lato-Bold', 'Spectral-Regular', 'Spectral-Bold', 'Spectral-Italic', 'Spectral-BoldItalic')


@dataclass(frozen=True, slots=True)
class Case:
    """A command to measure. ``command``: none when the tool is absent; ``outputs``: what it writes, the PDF first.

    ``prepare`` is called before each run, with its rank; ``warm``: one run is not counted first.
    """

    name: str
    command: tuple[str, ...] | None
    outputs: tuple[str, ...] = ()
    prepare: Callable[[Path, int], None] = lambda _folder, _rank: None
    warm: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of a case. ``usages`` is empty when the tool is absent or failed; ``note`` then says which."""

    name: str
    usages: tuple[Usage, ...] = ()
    sizes: tuple[int, ...] = ()
    pages: int = 0
    conformity: dict[str, str] = field(default_factory=dict)
    note: str = ''

    def median(self, name: str) -> float:
        """Return the median of one of the numbers of ``Usage``."""
        return float(statistics.median(getattr(usage, name) for usage in self.usages))


# --- cases ------------------------------------------------------------------------------------------------------------


def clear_cache(folder: Path, _rank: int = 0) -> None:
    """Make the next build start from nothing."""
    shutil.rmtree(folder / '.cache', ignore_errors=True)
    shutil.rmtree(folder / 'output', ignore_errors=True)


def edit_text(folder: Path, rank: int) -> None:
    """Add a sentence to one paragraph of one chapter, another one at each run, as a planner does."""
    chapter = folder / 'content' / '101-chapitre.md'
    text = chapter.read_text(encoding='utf-8')
    chapter.write_text(text.replace('.\n\n## ', f'. Une phrase de plus, la {rank + 2}^e^.\n\n## ', 1), encoding='utf-8')


def pasbuild_cases() -> tuple[Case, ...]:
    """Return what is measured of pasbuild on one dossier, in an order that keeps the cache as each case needs it."""
    both = ('output/pas.pdf', 'output/pas.docx')
    return (
        Case('pasbuild, empty cache (figures, PDF, DOCX)', (*PASBUILD, 'build'), both, clear_cache, warm=False),
        Case(
            'pasbuild, one paragraph changed (PDF)',
            (*PASBUILD, 'build', '--only', 'pdf'),
            both[:1],
            edit_text,
            warm=False,
        ),
        Case('pasbuild, nothing changed (PDF, DOCX)', (*PASBUILD, 'build'), both),
        Case('pasbuild check', (*PASBUILD, 'check')),
        Case('pasbuild --help', (*PASBUILD, '--help')),
    )


def peer_cases(scratch: Path, dossier: Path) -> tuple[Case, ...]:
    """Return the peers, absent ones included. ``dossier`` is one that pasbuild has built."""
    tools = machine.tools()
    typst = 'import typst; typst.compile("doc.typ", output="typst.pdf", font_paths=["fonts"], pdf_standards=["a-3a", "ua-1"])'
    engine = _engine(scratch)
    pandoc = (
        *('doc.md', '--standalone', '--toc', '--css=doc.css', '--output=pandoc.pdf', f'--pdf-engine={engine}'),
        *('--pdf-engine-opt=--pdf-variant', '--pdf-engine-opt=pdf/a-3a'),
    )
    browser = (
        *('--headless', '--disable-gpu', '--no-pdf-header-footer', '--generate-pdf-document-outline'),
        *(f'--user-data-dir={scratch / "chromium"}', '--print-to-pdf=chromium.pdf', *_as_root()),
        (scratch / 'doc.html').as_uri(),
    )
    office = (
        *(f'-env:UserInstallation={(scratch / "office").as_uri()}', '--headless', '--convert-to', OFFICE_PDF),
        str(dossier / 'output' / 'pas.docx'),
    )
    return (
        Case('typst', (sys.executable, '-c', typst) if tools['typst'] else None, ('typst.pdf',)),
        Case('pandoc → WeasyPrint', _command(tools['pandoc'], pandoc), ('pandoc.pdf',), warm=False),
        Case('Chromium, from HTML', _command(tools['chromium'], browser), ('chromium.pdf',)),
        Case('LibreOffice, from pasbuild’s DOCX', _command(tools['soffice'], office), ('pas.pdf',)),
    )


OFFICE_PDF = (
    'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"3"},'
    '"PDFUACompliance":{"type":"boolean","value":"true"}}'
)


def _command(tool: str, arguments: Sequence[str]) -> tuple[str, ...] | None:
    return (tool, *arguments) if tool else None


def _as_root() -> tuple[str, ...]:
    """Return what lets Chromium run as root, in a container."""
    return ('--no-sandbox',) if hasattr(os, 'geteuid') and os.geteuid() == 0 else ()


def _engine(scratch: Path) -> Path:
    """Return a command named weasyprint, the one of this environment: pandoc knows its engines by their name."""
    path = scratch / 'weasyprint'
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m weasyprint "$@"\n', encoding='utf-8')
    path.chmod(0o755)
    return path


# --- measures ---------------------------------------------------------------------------------------------------------


def measure(case: Case, folder: Path, runs: int, *, verify: bool = True) -> Result:
    """Run a case in ``folder`` and return its result; a tool that fails is a note, it does not stop the others."""
    say(f'{case.name}…')
    if case.command is None:
        return Result(case.name, note='absent')
    usages = []
    try:
        for rank in range(-1 if case.warm else 0, runs):
            case.prepare(folder, rank)
            usage = run(case.command, folder)
            usages += [usage] if rank >= 0 else []
    except RunError as error:
        say(str(error))
        return Result(case.name, note='failed')
    paths = [folder / name for name in case.outputs]
    if not all(path.is_file() for path in paths):
        return Result(case.name, note='failed')
    conformity = verdicts(paths[0]) if paths and verify else {}
    sizes = tuple(path.stat().st_size for path in paths)
    return Result(case.name, tuple(usages), sizes, machine.pages(paths[0]) if paths else 0, conformity)


def measure_growth(scratch: Path, sizes: Sequence[int], runs: int) -> list[tuple[int, Result]]:
    """Return the result of a whole build for each number of chapters."""
    results = []
    for chapters in sizes:
        folder = scratch / f'growth-{chapters}'
        write(folder, chapters)
        case = Case(f'{chapters} chapters', (*PASBUILD, 'build'), ('output/pas.pdf',), clear_cache, warm=False)
        results.append((chapters, measure(case, folder, runs, verify=False)))
        shutil.rmtree(folder)
    return results


def say(text: str) -> None:
    """Tell where the run is, beside its results."""
    print(text, file=sys.stderr, flush=True)


# --- tables -----------------------------------------------------------------------------------------------------------


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table."""
    header = ('case', 'wall, s (range)', 'CPU, s', 'largest process, MB', 'all processes, MB', 'pages', 'size', 'PDF/A-3a', 'PDF/UA-1')  # fmt: skip
    return _grid(header, [_row(result) for result in results])


def _row(result: Result) -> list[str]:
    if not result.usages:
        return [result.name, result.note, *([''] * 7)]
    walls = [usage.wall for usage in result.usages]
    return [
        result.name,
        f'{result.median("wall"):.2f} ({min(walls):.2f}–{max(walls):.2f})',
        f'{result.median("cpu"):.2f}',
        f'{result.median("largest"):.0f}',
        f'{result.median("tree"):.0f}',
        f'{result.pages or ""}',
        ' + '.join(f'{size / 1e6:.1f} MB' for size in result.sizes),
        result.conformity.get('3a', ''),
        result.conformity.get('ua1', ''),
    ]


def ratios(ours: Sequence[Result], peers: Sequence[Result]) -> str:
    """Return how many times what each peer needs pasbuild needs (below 1: pasbuild needs less)."""
    header = ('pasbuild ÷ peer', *(f'{peer.name}' for peer in peers))
    rows = [
        [f'{kind}: {result.name}', *(_ratio(result, peer, name) for peer in peers)]
        for kind, name in (('wall', 'wall'), ('CPU', 'cpu'), ('memory', 'largest'))
        for result in ours
        if result.usages and result.sizes
    ]
    return _grid(header, rows)


def _ratio(result: Result, peer: Result, name: str) -> str:
    return f'{result.median(name) / peer.median(name):.2f}' if peer.usages else peer.note


def growth_table(results: Sequence[tuple[int, Result]]) -> str:
    """Return the results of ``measure_growth`` as a Markdown table."""
    header = ('chapters', 'pages', 'wall, s', 'wall a page, ms', 'CPU a page, ms', 'largest process, MB', 'all processes, MB')  # fmt: skip
    rows = [
        [
            f'{chapters}',
            f'{result.pages}',
            f'{result.median("wall"):.1f}',
            f'{1000 * result.median("wall") / result.pages:.0f}',
            f'{1000 * result.median("cpu") / result.pages:.0f}',
            f'{result.median("largest"):.0f}',
            f'{result.median("tree"):.0f}',
        ]
        if result.usages
        else [f'{chapters}', result.note, *([''] * 5)]
        for chapters, result in results
    ]
    return _grid(header, rows)


def _grid(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def replace_measures(page: str, measures: str) -> str:
    """Return the page with the new measures between its two marks. Raises ValueError when it has not two of them."""
    before, _, after = page.split(MARK)
    return f'{before}{MARK}\n\n{measures.strip()}\n\n{MARK}{after}'


# --- the whole --------------------------------------------------------------------------------------------------------


def set_up(scratch: Path, chapters: int) -> Path:
    """Write the dossier and the peers' files, with fonts and figures; return the dossier's folder."""
    dossier, fonts = scratch / 'dossier', scratch / 'fonts'
    write(dossier, chapters)
    fonts.mkdir()
    for name in FONTS:
        package = 'fontpkg_lato' if name.startswith('Lato') else 'fontpkg_spectral'
        shutil.copy(str(files(package) / 'files' / f'{name}.ttf'), fonts)
    write_peers(scratch, make(chapters), sorted(fonts.iterdir()))
    return dossier


def draw_figures(scratch: Path, dossier: Path) -> None:
    """Have pasbuild draw the figures, for the peers."""
    run((*PASBUILD, 'figures', '--output', str(scratch / 'figures')), dossier)


def report(asked: argparse.Namespace, scratch: Path) -> str:
    """Measure the groups asked for and return the Markdown."""
    groups = asked.only.split(',')
    dossier = set_up(scratch, asked.chapters)
    blocks = [machine.description(asked.runs, asked.note)]
    ours, peers = [], []
    if 'pasbuild' in groups:
        ours = [measure(case, dossier, asked.runs, verify=asked.verify) for case in pasbuild_cases()]
    if 'peers' in groups:
        draw_figures(scratch, dossier)
        if not ours:
            run((*PASBUILD, 'build'), dossier)
        peers = [measure(case, scratch, asked.runs, verify=asked.verify) for case in peer_cases(scratch, dossier)]
    if ours or peers:
        blocks += [f'### The same content ({asked.chapters} chapters)', table([*ours, *peers])]
    if ours and peers:
        blocks += ['### Ratios', ratios(ours, peers)]
    if 'growth' in groups:
        sizes = [int(size) for size in asked.growth.split(',')]
        results = measure_growth(scratch, sizes, asked.growth_runs)
        heading = f'### Growth (empty cache, PDF and DOCX; median of {asked.growth_runs})'
        blocks += [heading, growth_table(results)]
    return '\n\n'.join(blocks) + '\n'


def arguments() -> argparse.ArgumentParser:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', default=','.join(GROUPS), help='groups to measure: pasbuild, peers, growth')
    parser.add_argument('--runs', type=int, default=5, help='counted runs of each case (default 5)')
    parser.add_argument('--chapters', type=int, default=12, help='size of the dossier (default 12: about 130 pages)')
    parser.add_argument('--growth', default='3,6,12,24,48', help='sizes of the growth table, in chapters')
    parser.add_argument('--growth-runs', type=int, default=1, help='counted runs of each size (default 1)')
    parser.add_argument('--no-verify', dest='verify', action='store_false', help='leave veraPDF out')
    parser.add_argument('--note', default='', help='a sentence on the circumstances, printed with the measures')
    parser.add_argument('--write', action='store_true', help='put the measures in docs/benchmarks.md')
    return parser


def main() -> None:
    """Measure, print, and write when asked."""
    asked = arguments().parse_args()
    if unknown := set(asked.only.split(',')) - set(GROUPS):
        arguments().error(f'--only: {", ".join(GROUPS)}, not {", ".join(sorted(unknown))}')
    with tempfile.TemporaryDirectory() as scratch:
        text = report(asked, Path(scratch))
    print(text)
    if asked.write:
        PAGE.write_text(replace_measures(PAGE.read_text(encoding='utf-8'), text), encoding='utf-8')


if __name__ == '__main__':
    main()
