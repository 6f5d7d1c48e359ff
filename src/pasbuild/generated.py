"""Generated parts: cover, colophon, contents, correspondence with the law, sources, glossary, lists.

Why Markdown: a Jinja2 template yields Markdown, read by the same reader as the authors' text, so that PDF, DOCX and web
page get these parts from one place, with ids, references and numbers like any other. Every value put into a template is
escaped: content is never a template, and never markup either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pasbuild import __version__
from pasbuild.data import Data, format_number, slug
from pasbuild.figurefiles import FigureFile, Query, query
from pasbuild.figures import Correspondance
from pasbuild.law import matieres, packs
from pasbuild.model import Document, Enjeu, FigureBlock, Objectif, plain, walk
from pasbuild.procedure import forbidden, states
from pasbuild.project import Dossier, Folder, Lexique
from pasbuild.typography import french_date

_SPECIAL = re.compile(r'([\\`*_{}\[\]<>#|^~!&])')
_LEADING = re.compile(r'^(\d*)([-+=:.)])')
"""What makes a list, a title or a block of the line it begins."""
PACKAGED = Path(__file__).with_name('templates')
DEFAULTS = PACKAGED if PACKAGED.is_dir() else Path(__file__).parents[2] / 'templates'
"""Default templates: inside the wheel, or at the top of the source tree."""


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


def environment(folder: Folder, *, autoescape: bool = False) -> Environment:
    """Return the Jinja2 environment of a dossier: its own ``templates/`` first, then the defaults, file by file.

    Sandboxed: a template lays words out, it runs no code. HTML is escaped by ``autoescape``, Markdown by ``finalize``.
    """
    loader = ChoiceLoader([FileSystemLoader(folder.root / 'templates'), FileSystemLoader(DEFAULTS)])
    return ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=autoescape,
        undefined=StrictUndefined,
        comment_start_string='{##',  # ``{#`` opens an identifier in our Markdown
        comment_end_string='##}',
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


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
    return markdown.get_template(f'parts/{name}.md.j2').render(
        dossier=context.dossier,
        lexique=context.lexique,
        data=context.data,
        figures=context.figures,
        requetes=_queries(context),
        schemas=_wordy(context),
        matieres=matieres().values(),
        paquets=packs(),
        objectifs=objectifs,
        enjeux=enjeux,
        complet='texte.a-renseigner' in forbidden(context.dossier.etat),
        matrices=_matrices(context) if objectifs else [],
        orphelins=_unlinked(enjeux, objectifs),
        plain=plain,
        version_pasbuild=__version__,
    )


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
