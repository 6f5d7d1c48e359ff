"""Generated parts: cover, colophon, contents, correspondence with the law, sources, glossary, lists.

Why Markdown: a Jinja2 template yields Markdown, read by the same reader as the authors' text, so that PDF, DOCX and web
page get these parts from one place, with ids, references and numbers like any other. Every value put into a template is
escaped: content is never a template, and never markup either.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError
from jinja2.nodes import Call, CallBlock, EnvironmentAttribute, ExprStmt, For, Macro, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pasbuild import __version__
from pasbuild.data import Data, format_number, slug
from pasbuild.diagnostics import PasbuildError
from pasbuild.figurefiles import FigureFile, Query, query
from pasbuild.figures import Correspondance
from pasbuild.law import matieres, packs
from pasbuild.model import Document, Enjeu, FigureBlock, Objectif, Part, plain, walk
from pasbuild.procedure import forbidden, states
from pasbuild.project import Dossier, Folder, Lexique
from pasbuild.typography import french_date

if TYPE_CHECKING:
    from pasbuild.suivi import Row

_SPECIAL = re.compile(r'([\\`*_{}\[\]<>#|^~!&])')
_SUFFIX = re.compile(r'\.(j2|css)$')
_LEADING = re.compile(r'^(\d*)([-+=:.)])')
"""What makes a list, a title or a block of the line it begins."""
PACKAGED = Path(__file__).with_name('templates')
DEFAULTS = PACKAGED if PACKAGED.is_dir() else Path(__file__).parents[2] / 'templates'
"""Default templates: inside the wheel, or at the top of the source tree."""
TURNS = 1_000_000
"""Turns of loops, and calls of macros, in one template. A judgement."""
REPEATED = 10_000
"""Characters or items that a repetition (``'-' * 3``) may give."""
LENGTH = 50_000_000
"""Characters one template may write."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the templates of generated parts may print."""

    dossier: Dossier
    data: Data
    lexique: Lexique
    figures: Mapping[str, FigureFile]
    document: Document


class Markdown(str):
    """Text that is Markdown already: it is not escaped."""

    __slots__ = ()


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox whose loops and repetitions end: no template may hold a build for ever, nor fill the memory."""

    intercepted_binops = frozenset(('*', '**'))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.turns = 0
        self.globals['range'] = self._range

    def turn(self) -> None:
        """Count one turn of a loop, or one call of a macro: nested over data, they may multiply without end."""
        self.turns += 1
        if self.turns > TURNS:
            raise SecurityError("une boucle ne finit pas")

    def _range(self, *bounds: int) -> Iterator[int]:
        for number in range(*bounds):
            self.turn()
            yield number

    def _parse(self, source: str, name: str | None, filename: str | None) -> Template:
        """Have each loop and each macro count its turns."""
        tree = super()._parse(source, name, filename)
        counted: Iterator[For | Macro | CallBlock] = tree.find_all((For, Macro, CallBlock))
        for loop in counted:
            count = Call(EnvironmentAttribute('turn'), [], [], None, None)
            loop.body.insert(0, ExprStmt(count).set_lineno(loop.lineno).set_environment(self))
        return tree

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply numbers, repeat a few words; nothing is raised to a power."""
        sizes = [len(side) if hasattr(side, '__len__') else side for side in (left, right)]
        repeated = any(hasattr(side, '__len__') for side in (left, right))
        if operator == '**' or (repeated and sizes[0] * sizes[1] > REPEATED):
            raise SecurityError(f"« {operator} » donnerait un résultat sans mesure")
        return super().call_binop(context, operator, left, right)


def environment(folder: Folder, *, autoescape: bool = False) -> Environment:
    """Return the Jinja2 environment of a dossier: its own ``templates/`` first, then the defaults, file by file.

    Sandboxed: a template lays words out, it runs no code. HTML is escaped by ``autoescape``, Markdown by ``finalize``.
    """
    loader = ChoiceLoader([FileSystemLoader(folder.root / 'templates'), FileSystemLoader(DEFAULTS)])
    return _Sandbox(
        loader=loader,
        autoescape=autoescape,
        undefined=StrictUndefined,
        comment_start_string='{##',  # ``{#`` opens an identifier in our Markdown
        comment_end_string='##}',
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def fill(templates: Environment, name: str, **values: object) -> str:
    """Return the template ``name`` filled with ``values``.

    Raises PasbuildError, with the file and the line, for a fault in a template of the dossier; what fails elsewhere is a
    defect of the program and stays as it is.
    """
    if isinstance(templates, _Sandbox):
        templates.turns = 0
    try:
        return ''.join(_bounded(templates.get_template(name).generate(values)))
    except Exception as error:
        place = _place(error, name)
        if place is None:
            raise
        message = f"{place} : le modèle ne se remplit pas : {_reason(error)}."
        raise PasbuildError(f"{message}\npiste : comparez avec le modèle fourni, ou retirez le vôtre.") from error


def _bounded(pieces: Iterator[str]) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > LENGTH:
            raise SecurityError(f"écrire plus de {LENGTH // 1_000_000} Mo")
        yield piece


def _place(error: Exception, name: str) -> str | None:
    """Return "templates/pdf.css:12" for what happened in a template of a dossier, None for what happened elsewhere."""
    file, line = name, 0
    if isinstance(error, TemplateSyntaxError):
        file, line = error.filename or name, error.lineno
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename.endswith(f'templates/{name}') or _SUFFIX.search(frame.filename):
                file, line = frame.filename, frame.lineno or 0
    if Path(file).is_relative_to(DEFAULTS) or not (line or isinstance(error, TemplateError)):
        return None
    inside = Path(file).as_posix().rpartition('/templates/')[2]
    return f'templates/{inside}:{line}' if line else f'templates/{inside}'


def _reason(error: Exception) -> str:
    """Return what is wrong in French, with the engine's own words."""
    words = ' '.join(str(error).split()).rstrip('.')
    match error:
        case TemplateSyntaxError():
            return f"une instruction ne se lit pas ({words})"
        case UndefinedError():
            return f"un nom n'existe pas ({words})"
        case TemplateNotFound():
            return f"le modèle « {words} » n'existe pas"
        case SecurityError():
            return f"c'est interdit à un modèle ({words})"
        case RecursionError():
            return "il s'appelle lui-même sans fin"
        case MemoryError():
            return "il demande trop de mémoire"
        case _:
            return f"{type(error).__name__}, {words}"


def names() -> tuple[str, ...]:
    """Names of the parts that can be generated."""
    return tuple(sorted(path.name.removesuffix('.md.j2') for path in (DEFAULTS / 'parts').glob('*.md.j2')))


def generate(name: str, folder: Folder, context: Context) -> str:
    """Return the Markdown of the generated part ``name``."""
    markdown = environment(folder)
    markdown.finalize = escape
    markdown.filters |= {'etat': lambda key: states()[key].titre}
    markdown.filters |= {'date': french_date, 'slug': slug, 'texte': Markdown, 'nombre': format_number}
    objectifs = [block for block in walk(context.document) if isinstance(block, Objectif)]
    enjeux = [block for block in walk(context.document) if isinstance(block, Enjeu)]
    return fill(
        markdown,
        f'parts/{name}.md.j2',
        dossier=context.dossier,
        lexique=context.lexique,
        data=context.data,
        figures=context.figures,
        requetes=_queries(context),
        schemas=_wordy(context),
        matieres=matieres().values(),
        paquets=packs(),
        objectifs=objectifs,
        groupes=_by_part(context.document),
        enjeux=enjeux,
        fonds=_grounds(context.data),
        complet='texte.a-renseigner' in forbidden(context.dossier.etat),
        matrices=_matrices(context) if objectifs else [],
        orphelins=_unlinked(enjeux, objectifs),
        avis=_avis(folder) if name == 'avis' else (),
        plain=plain,
        version_pasbuild=__version__,
    )


def _by_part(document: Document) -> list[tuple[Part, list[Objectif]]]:
    """Return the parts that have objectives, each with its own: the columns of the correspondence."""
    found = [(part, [block for block in walk(part) if isinstance(block, Objectif)]) for part in document.parts]
    return [pair for pair in found if pair[1]]


def _avis(folder: Folder) -> Sequence[Row]:
    """Return the rows of the ledger of the review. Raises PasbuildError when it does not read."""
    from pasbuild.diagnostics import Report, render
    from pasbuild.suivi import read_table

    report = Report()
    table = read_table(folder, report, decided=True)
    if report.failed():
        raise PasbuildError(render(report, 'text'))
    return table


def _grounds(data: Data) -> list[str]:
    """Return who made the maps' grounds and under which licence, each once."""
    sources = [table.source for table in data.values() if table.source.fichier.endswith('.geojson')]
    return list(dict.fromkeys(f'{source.source or source.producteur}, {source.licence}' for source in sources))


def escape(value: object) -> str:
    """Return a value as Markdown that prints as itself, on one line."""
    if isinstance(value, Markdown):
        return value
    line = re.sub(r'[ \t\r\n]+', ' ', str(value)).strip(' ')
    return _LEADING.sub(r'\1\\\2', _SPECIAL.sub(r'\\\1', line))


@dataclass(frozen=True, slots=True)
class SharedQuery:
    """One table of figure data, and the figures it stands behind."""

    query: Query
    figures: tuple[FigureFile, ...]


def _queries(context: Context) -> list[SharedQuery]:
    """Return the data tables behind the figures placed; those that read the same rows share one, with all their columns."""
    placed = {block.id for block in walk(context.document) if isinstance(block, FigureBlock)}
    shared: dict[tuple[str, str], list[tuple[Query, FigureFile]]] = {}
    for figure in context.figures.values():
        asked = query(figure.spec)
        if asked is not None and figure.id in placed and _answered(asked, context.data):
            shared.setdefault((asked.donnees, asked.filtre), []).append((asked, figure))
    result = []
    for (table, filtre), pairs in shared.items():
        known = context.data[table].source.colonnes
        columns = tuple(
            dict.fromkeys(column for asked, _ in pairs for column in asked.colonnes or known if column in known)
        )
        result.append(SharedQuery(Query(table, columns, filtre), tuple(figure for _, figure in pairs)))
    return result


def _wordy(context: Context) -> list[FigureFile]:
    """Return the figures placed that carry their own words (timelines, schemes, trajectories), in reading order.

    A matrix is left out: the table of the correspondence says it.
    """
    placed = [block.id for block in walk(context.document) if isinstance(block, FigureBlock)]
    figures = [context.figures[name] for name in placed if name in context.figures]
    return [figure for figure in figures if query(figure.spec) is None and not isinstance(figure.spec, Correspondance)]


def _matrices(context: Context) -> list[str]:
    """Return the matrices of the dossier that no author placed: the correspondence shows them."""
    placed = {block.id for block in walk(context.document) if isinstance(block, FigureBlock)}
    figures = context.figures.items()
    return [name for name, figure in figures if isinstance(figure.spec, Correspondance) and name not in placed]


def _unlinked(enjeux: list[Enjeu], objectifs: list[Objectif]) -> list[Enjeu | Objectif]:
    """Return the enjeux that name no objective, then the objectives no enjeu names; none when the document has no enjeu."""
    named = {ref.target for enjeu in enjeux for ref in enjeu.objectifs}
    left = [objectif for objectif in objectifs if objectif.id not in named] if enjeux else []
    return [*(enjeu for enjeu in enjeux if not enjeu.objectifs), *left]


def _answered(asked: Query, data: Data) -> bool:
    """Tell whether a query gives rows; one that does not is reported with its figure."""
    try:
        return asked.donnees in data and bool(data[asked.donnees].select(asked.filtre))
    except ValueError:
        return False
