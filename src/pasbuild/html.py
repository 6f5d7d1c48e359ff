"""Document → HTML: the page that WeasyPrint lays out. One function for each node; Jinja2 only for the frame.

Every text goes through MarkupSafe: content is never markup. Classes are few and named in French like the roles of the
document (``objectif``, ``encadre``, ``a-renseigner``); all of the look is in ``templates/pdf.css`` and ``theme.toml``.
``data-pdf`` marks what the tag tree must call by another name than the HTML element's (Part, TOC, TOCI, Note).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import assert_never

from jinja2 import Environment
from markupsafe import Markup, escape

from pasbuild.generated import environment, fill
from pasbuild.law import matieres
from pasbuild.model import (
    Acronym,
    Block,
    Break,
    Callout,
    Cell,
    DefinitionList,
    Document,
    Emph,
    Enjeu,
    FigureBlock,
    Heading,
    Inline,
    Link,
    ListBlock,
    Listing,
    ListingEntry,
    Missing,
    Note,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Ref,
    Row,
    Strong,
    Sup,
    Table,
    Text,
    Value,
    plain,
)
from pasbuild.project import Dossier, Folder, Niveaux
from pasbuild.theme import Theme
from pasbuild.typography import NBSP, french_date

WIDE = 9
"""From this width on, a table takes the margin with the text column: 2 for each column of numbers, 3 for one of text."""
RESUMES = Markup('<div class="suite" ')
"""Between the opening page of a dynamique and what follows it."""
SHORT = 6
"""Up to this many rows, a table stays on one page."""
LONG = 30
"""From this many rows on, a table of data starts a page. A judgement: about half a page of the annex."""


def write_html(document: Document, dossier: Dossier, theme: Theme, folder: Folder) -> str:
    """Return the HTML of the whole document. Figures are ``<img src="figure:ID">``, served from memory."""
    parts = [
        part_html(part, dossier.niveaux, len(theme.accents), seal=part.kind == dossier.cachet)
        for part in document.parts
    ]
    frame, day = _environment(folder), french_date(dossier.date)
    return fill(frame, 'document.html.j2', dossier=dossier, theme=theme, parts=parts, date=day, nbsp=NBSP)


@lru_cache(maxsize=1)
def _environment(folder: Folder) -> Environment:
    """Return the templates' environment, which compiles the frame once for all parts (and again when its file changes)."""
    return environment(folder, autoescape=True)


def inline_html(nodes: Iterable[Inline]) -> Markup:
    """Return a run of inline nodes."""
    return Markup('').join(_inline(node) for node in nodes)


def _inline(node: Inline) -> Markup:
    match node:
        case Text():
            return escape(node.text)
        case Emph():
            return Markup('<em>{}</em>').format(inline_html(node.children))
        case Strong():
            return Markup('<strong>{}</strong>').format(inline_html(node.children))
        case Sup():
            return Markup('<sup>{}</sup>').format(node.text)
        case Link():
            return Markup('<a class="externe" href="{}">{}</a>').format(node.href, inline_html(node.children))
        case Ref():
            return Markup('<a class="renvoi" href="#{}">{}</a>').format(node.target, node.text)
        case Value():
            return Markup('<span class="valeur">{}</span>').format(node.text)
        case Missing():
            return Markup('<span class="a-renseigner">{}</span>').format(node.shown)
        case Acronym():
            return Markup('<abbr title="{}">{}</abbr>').format(node.expansion, node.text)
        case Note():
            return Markup('<span class="note" id="{}" data-pdf="Note">{}</span>').format(
                node.id, inline_html(node.children)
            )
        case Break():
            return Markup('<br>')
        case _:
            assert_never(node)


def blocks_html(blocks: Iterable[Block], niveaux: Niveaux) -> Markup:
    """Return a run of blocks."""
    return Markup('\n').join(block_html(block, niveaux) for block in blocks)


def block_html(block: Block, niveaux: Niveaux) -> Markup:
    """Return one block."""
    match block:
        case Heading():
            return _heading(block, niveaux)
        case Paragraph():
            return Markup('<p id="{}">{}</p>').format(block.id, inline_html(block.children))
        case ListBlock():
            return _list(block, niveaux)
        case DefinitionList():
            items = [
                Markup('<dt>{}</dt><dd>{}</dd>').format(inline_html(i.term), blocks_html(i.children, niveaux))
                for i in block.items
            ]
            return Markup('<dl id="{}">{}</dl>').format(block.id, Markup('').join(items))
        case Quote():
            return Markup('<blockquote id="{}">{}</blockquote>').format(block.id, blocks_html(block.children, niveaux))
        case Callout():
            return _callout(block, niveaux)
        case Table():
            return _table(block)
        case FigureBlock():
            return _figure(block)
        case Objectif():
            return _objectif(block, niveaux)
        case Enjeu():
            return _enjeu(block, niveaux)
        case Listing():
            return _listing(block)
        case _:
            assert_never(block)


SEAL = Markup('\n<div id="_cachet" class="cachet"><div id="_cachet-fin"></div></div>')
"""Room kept for the electronic seal: ``sealbox.py`` looks for its corners in the PDF."""


def part_html(part: Part, niveaux: Niveaux, accents: int, *, seal: bool = False) -> Markup:
    """Return one part: its opener and its blocks, with room for the ``seal`` if it is the part that gets it.

    ``accents``: how many the theme has; they go round, as in Word.
    """
    title = inline_html(part.heading.children)
    label = Markup('<span class="n">{}</span> ').format(part.label) if part.label else Markup('')
    heading = Markup('<h1 id="{}">{}{}</h1>').format(part.heading.id, label, title)
    above = tuple(block for block in part.blocks if isinstance(block, Callout) and block.kind == 'surtitre')
    below = tuple(block for block in part.blocks if block not in above)
    if part.kind == 'dynamique':
        heading = Markup('<div class="ouverture"><div class="grand" aria-hidden="true">{}</div>{}{}</div>').format(
            part.heading.number, heading, _axes(part)
        )
        # What follows may be laid out apart from the opening page; it takes up the running title where that one left it.
        heading += RESUMES + Markup('data-courant="{}"></div>').format(part.label)
    accent = (part.accent - 1) % accents + 1 if part.accent else 0
    return Markup('<section class="partie {} accent-{}" data-pdf="Part">\n{}{}\n{}{}\n</section>').format(
        part.kind,
        accent,
        blocks_html(above, niveaux),
        heading,
        blocks_html(below, niveaux),
        SEAL if seal else '',
    )


def _axes(part: Part) -> Markup:
    """Return the list of the axes, printed on the opening page of a dynamique."""
    axes = [block for block in part.blocks if isinstance(block, Heading) and block.kind == 'axe']
    items = [
        Markup('<li data-h="#{}"><a href="#{}"><b>{}</b> {}</a></li>').format(
            axe.id, axe.id, axe.number, plain(axe.children)
        )
        for axe in axes
    ]
    return Markup('<ol class="axes">{}</ol>').format(Markup('').join(items)) if items else Markup('')


def _heading(block: Heading, niveaux: Niveaux) -> Markup:
    label = Markup('')
    if block.kind == 'axe':
        label = Markup('<span class="n">{} {}</span> ').format(niveaux.axe.nom.capitalize(), block.number)
    return Markup('<h{0} id="{1}"{2}>{3}<span class="t">{4}</span></h{0}>').format(
        block.level, block.id, Markup(' class="axe"') if block.kind == 'axe' else '', label, inline_html(block.children)
    )


def _list(block: ListBlock, niveaux: Niveaux) -> Markup:
    tag = 'ol' if block.ordered else 'ul'
    items = [Markup('<li>{}</li>').format(blocks_html(item.children, niveaux)) for item in block.items]
    start = Markup('')
    if block.ordered and block.start != 1:  # WeasyPrint 70 counts from 1 whatever ``start`` says
        start = Markup(' start="{}" style="counter-reset: list-item {}"').format(block.start, block.start - 1)
    return Markup('<{0} id="{1}"{2}>{3}</{0}>').format(tag, block.id, start, Markup('').join(items))


def _callout(block: Callout, niveaux: Niveaux) -> Markup:
    title = Markup('<p class="titre">{}</p>').format(block.title) if block.title else ''
    children: Markup = blocks_html(block.children, niveaux)
    if block.kind == 'chiffre-cle':
        children = Markup('').join(Markup('<div>{}</div>').format(block_html(c, niveaux)) for c in block.children)
    return Markup('<div class="{}" id="{}">{}{}</div>').format(block.kind, block.id, title, children)


def _objectif(block: Objectif, niveaux: Niveaux) -> Markup:
    titles = [matieres()[answer].titre for answer in block.answers if answer in matieres()]
    law = Markup('')
    if titles:
        lines = Markup('').join(Markup('<span>{}</span>').format(title) for title in titles)
        law = Markup('<p class="loi"><b>Répond à L.&nbsp;141-3</b>{}</p>').format(lines)
    return Markup(
        '<section class="objectif" id="{}"><div class="tete"><h3><span class="num">{}</span> <span class="t">{}</span></h3>\n'
        '<div class="marge"><div>{}{}</div></div></div>\n{}</section>'
    ).format(
        block.id, block.number, inline_html(block.title), law, _refs("Enjeu", "Enjeux", block.enjeux),
        blocks_html(block.children, niveaux),
    )  # fmt: skip


def _enjeu(block: Enjeu, niveaux: Niveaux) -> Markup:
    names = niveaux.objectif.nom.capitalize(), niveaux.objectif.pluriel.capitalize()
    return Markup(
        '<section class="enjeu" id="{}"><h3><span class="num">{}</span> <span class="t">{}</span></h3>\n{}\n{}</section>'
    ).format(
        block.id,
        block.number,
        inline_html(block.title),
        blocks_html(block.children, niveaux),
        _refs(*names, block.objectifs),
    )


def _refs(one: str, several: str, refs: tuple[Ref, ...]) -> Markup:
    if not refs:
        return Markup('')
    links = Markup(', ').join(Markup('<a href="#{}">{}</a>').format(ref.target, ref.number) for ref in refs)
    return Markup('<p class="liens"><b>{}</b> {}</p>').format(several if len(refs) > 1 else one, links)


def _figure(block: FigureBlock) -> Markup:
    reading = Markup('')
    if block.reading:
        reading = Markup('<p class="lecture"><b>Lecture&nbsp;:</b> {}</p>').format(inline_html(block.reading))
    source = Markup('<p class="source">{}</p>').format(block.source) if block.source else ''
    return Markup(
        '<figure class="{}" id="{}"><figcaption><span class="n">{}&nbsp;{}.</span> {}</figcaption>'
        '<img src="figure:{}" alt="{}">{}{}</figure>'
    ).format(
        block.width,
        block.id,
        block.label,
        block.number,
        inline_html(block.caption),
        block.id,
        block.alt,
        reading,
        source,
    )


def _table(block: Table) -> Markup:
    caption = Markup('')
    if block.caption:
        caption = Markup('<caption><span class="n">{}&nbsp;{}.</span> {}</caption>').format(
            block.label, block.number, inline_html(block.caption)
        )
    head = Markup('').join(
        Markup('<th scope="col"{}>{}</th>').format(_num(cell), inline_html(cell.children)) for cell in block.header
    )
    rows = Markup('\n').join(_row(row, block) for row in block.rows)
    notes = Markup('<p class="note-tableau">{}</p>').format(inline_html(block.notes)) if block.notes else ''
    source = Markup('<p class="source">{}</p>').format(block.source) if block.source else ''
    return Markup(
        '<div class="tableau{}" id="{}"><table>{}<thead><tr>{}</tr></thead>\n<tbody>{}</tbody></table>{}{}</div>'
    ).format(_size(block), block.id, caption, head, rows, notes, source)


def _size(table: Table) -> str:
    width = sum(2 if cell.numeric else 3 for cell in table.header)
    size = ' paysage' if table.landscape else ' large' if width >= WIDE else ''
    return size + (' court' if len(table.rows) <= SHORT else ' long' if len(table.rows) >= LONG else '')


def _num(cell: Cell) -> Markup:
    return Markup(' class="num"') if cell.numeric else Markup('')


def _row(row: Row, table: Table) -> Markup:
    cells = []
    for index, cell in enumerate(row.cells):
        heads = index == 0 and table.row_headers
        form = Markup('<th scope="row"{}>{}</th>') if heads else Markup('<td{}>{}</td>')
        cells.append(form.format(_num(cell), inline_html(cell.children)))
    return Markup('<tr{}>{}</tr>').format(Markup(' class="total"') if row.total else '', Markup('').join(cells))


def _listing(block: Listing) -> Markup:
    items = Markup('\n').join(_entry(entry) for entry in block.entries)
    return Markup('<nav class="{}" id="{}"><ul data-pdf="TOC">{}</ul></nav>').format(block.kind, block.id, items)


def _entry(entry: ListingEntry) -> Markup:
    number = Markup('<span class="n">{}</span> ').format(entry.label) if entry.label else ''
    return Markup(
        '<li class="niveau-{0} {1} accent-{5}" data-pdf="TOCI" aria-level="{0}" data-h="#{2}"><a href="#{2}">{3}{4}</a></li>'
    ).format(entry.level, entry.kind, entry.target, number, entry.text, entry.accent)
