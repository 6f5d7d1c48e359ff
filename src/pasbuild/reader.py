"""Markdown → document: one file in, one typed part out, each block with its id and its line.

The syntax is the one of docs/redaction.md, built on markdown-it-py; whatever is not in it (HTML, images, code) is a
finding, never a silent loss. Reading does not stop at a fault.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import cast, get_args

from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode as Node
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from mdit_py_plugins.superscript import superscript_plugin

from pasbuild.attributes import Attributes, check_id, check_known, parse_attributes, split_trailing
from pasbuild.diagnostics import Report, nearest
from pasbuild.inline import InlineReader
from pasbuild.model import (
    Block,
    Break,
    Callout,
    CalloutKind,
    Cell,
    Definition,
    DefinitionList,
    Enjeu,
    FigureBlock,
    Heading,
    Inline,
    ListBlock,
    Listing,
    ListingKind,
    ListItem,
    Missing,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Ref,
    Row,
    Span,
    Table,
    Value,
    plain,
)
from pasbuild.outline import check_titles, nest
from pasbuild.project import EnTete
from pasbuild.typography import typeset
from pasbuild.yamlfile import read_yaml, validate

CALLOUTS = get_args(CalloutKind)
LISTINGS = ('sommaire', 'liste-figures', 'liste-tableaux')
DIRECTIVES = (*CALLOUTS, 'tableau', *LISTINGS)
QUERY_KEYS = ('donnees', 'colonnes', 'tri', 'lignes', 'filtre', 'total')
TABLE_KEYS = ('titre', 'format', 'source', 'entetes', *QUERY_KEYS)
CHOICES = {'format': ('paysage',), 'entetes': ('oui', 'non'), 'total': ('oui', 'non')}
MAX_NESTING = 20
"""Nesting of blocks a part may have (a list counts for two); beyond it markdown-it would drop text without a word."""
_NUMBER = re.compile(r'[+−-]?\d[\d\u00a0\u202f ]*(?:,\d+)?(?:[\u00a0\u202f ]?(?:%|ha|km²|M€))?')
_BLANK = ('', '–', 'n.\u00a0d.')


@cache
def parser() -> MarkdownIt:
    """Return the one reader of our Markdown."""
    made = MarkdownIt('commonmark', {'maxNesting': MAX_NESTING + 4}).enable('table').disable('code')
    made.use(front_matter_plugin).use(deflist_plugin).use(superscript_plugin).use(myst_role_plugin)
    made.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    made.use(container_plugin, 'bloc', marker=':', validate=lambda *_: True)
    # Every address is let through here, and judged in inline.py with a finding that names its line.
    made.validateLink = _any_address  # type: ignore[method-assign]
    return made


@lru_cache(maxsize=64)
def parsed(text: str) -> Sequence[Token]:
    """Return the tokens of a Markdown text. Kept for a review, which reads the same texts again; nobody changes them."""
    return parser().parse(text)


def _any_address(url: str) -> bool:  # noqa: ARG001
    return True


def read_part(text: str, file: str, report: Report) -> Part | None:
    """Return the part a Markdown text holds, or None when it has no title to hold it together."""
    tokens = parsed(text)
    _check_nesting(tokens, file, report)
    nodes = list(Node(tokens).children)
    header = EnTete()
    if nodes and nodes[0].type == 'front_matter':
        header = _front_matter(nodes.pop(0), file, report)
    notes = {str(node.meta['label']): node for node in nodes if node.type == 'footnote_reference'}
    reader = _PartReader(file, re.split(r'\r\n?|\n', text), report, InlineReader(file, report, notes))
    flat = reader.read([node for node in nodes if node.type != 'footnote_reference'])
    check_titles(flat, header.genre, report)
    reader.check_notes(notes)
    blocks = nest(flat)
    heading = blocks[0] if blocks else None
    if not isinstance(heading, Heading) or heading.level != 1:
        hint = "La première ligne de texte d'une partie est « # Titre {#identifiant} »."
        report.add('lire.titre-absent', Span(file, 1), "La partie ne commence pas par un titre « # ».", hint)
        return None
    return Part(heading.id, Span(file, 1), header.genre, heading, tuple(blocks[1:]), role=header.role)


def read_inlines(text: str, span: Span, report: Report) -> tuple[Inline, ...]:
    """Return a one-line text (a caption, a definition) as inline nodes."""
    tree = Node(parser().parseInline(text))
    return InlineReader(span.file, report, None).read(tree.children[0] if tree.children else None, span.line)


def _check_nesting(tokens: Sequence[Token], file: str, report: Report) -> None:
    deep = next((token for token in tokens if token.level > MAX_NESTING), None)
    if deep is not None:
        span = Span(file, deep.map[0] + 1 if deep.map else 0)
        report.add(
            'lire.syntaxe', span, "Trop de listes ou de blocs s'emboîtent : le texte serait perdu.", "Aplatissez-les."
        )


def _front_matter(node: Node, file: str, report: Report) -> EnTete:
    source = read_yaml(node.content, file, report, offset=1)
    return (validate(EnTete, source, report) if source is not None else None) or EnTete()


@dataclass(slots=True)
class _Scope:
    """Where ids are derived from: the nearest explicit id, and how many blocks of each sort came under it."""

    prefix: str
    counts: Counter[str] = field(default_factory=Counter)

    def next(self, letter: str) -> str:
        self.counts[letter] += 1
        return f'{self.prefix}.{letter}{self.counts[letter]}'


@dataclass(slots=True)
class _PartReader:
    file: str
    lines: list[str]
    report: Report
    inline: InlineReader

    def read(self, nodes: Sequence[Node]) -> list[Block]:
        """Return the blocks of a part in order, titles beside what they open."""
        self.inline.scope('debut')
        return list(self._blocks(nodes, _Scope('debut')))

    def check_notes(self, notes: dict[str, Node]) -> None:
        for label in notes.keys() - self.inline.used_notes:
            span = self._span(notes[label])
            self.report.add(
                'ref.note-orpheline', span, f"La note « {label} » n'est appelée nulle part.", "Appelez-la par [^…]."
            )

    def _span(self, node: Node) -> Span:
        return Span(self.file, node.map[0] + 1 if node.map else 0)

    def _inlines(self, node: Node) -> tuple[Inline, ...]:
        """Inline content of a block whose only child is its ``inline`` token."""
        return self.inline.read(node.children[0] if node.children else None, self._span(node).line)

    def _blocks(self, nodes: Sequence[Node], scope: _Scope) -> Iterator[Block]:
        for node in nodes:
            if node.type == 'heading':
                heading = self._heading(node, scope)
                if heading.id and '.' not in heading.id:
                    scope.prefix, scope.counts = heading.id, Counter()
                    self.inline.scope(heading.id)
                yield heading
            else:
                yield from self._block(node, scope)

    def _block(self, node: Node, scope: _Scope) -> Iterator[Block]:
        span = self._span(node)
        match node.type:
            case 'paragraph':
                yield self._paragraph(node, scope)
            case 'bullet_list' | 'ordered_list':
                yield self._list(node, scope)
            case 'dl':
                yield self._definitions(node, scope)
            case 'blockquote':
                identifier = scope.next('q')
                yield Quote(identifier, span, tuple(self._blocks(node.children, _Scope(identifier))))
            case 'table':
                yield self._table(node, Attributes(), scope)
            case 'container_bloc':
                yield from self._container(node, scope)
            case 'hr':
                header = "L'en-tête ouvert par « --- » n'est pas fermé.", "Fermez-le par une seconde ligne « --- »."
                rule = "Le filet « --- » n'a pas de sens ici.", "Retirez-le."
                self.report.add('lire.syntaxe', span, *(header if span.line == 1 else rule))
            case 'html_block':
                hint = "Utilisez la syntaxe du guide de rédaction."
                self.report.add('lire.html', span, "Le HTML n'est pas accepté.", hint)
            case 'footnote_reference':
                hint = "Placez-le à la fin du fichier, contre la marge."
                self.report.add('lire.note', span, "Le texte d'une note ne se place pas dans un bloc.", hint)
            case 'fence' | 'code_block':
                hint = "Un retrait de quatre espaces en trop ?"
                self.report.add('lire.code', span, "Un bloc de code n'a pas sa place dans le document.", hint)
            case _:
                self.report.add('lire.syntaxe', span, f"Cette syntaxe ({node.type}) n'est pas comprise.")

    # --- titles -------------------------------------------------------------------------------------------------------

    def _heading(self, node: Node, scope: _Scope) -> Heading | Objectif | Enjeu:
        span, level = self._span(node), int(node.tag[1])
        title, body = split_trailing(node.children[0].content if node.children else '')
        attributes = parse_attributes(body, span, self.report)
        if not attributes.id and level <= 3:
            hint = f"Ajoutez {{#…}} en fin de ligne : « {'#' * level} {title} {{#mon-identifiant}} »."
            self.report.add('lire.identifiant-absent', span, f"Le titre « {title} » n'a pas d'identifiant.", hint)
        identifier = attributes.id or scope.next('h')
        children = read_inlines(title, span, self.report)
        if not children:
            self.report.add('lire.titre-absent', span, "Le titre est vide.", "Écrivez-le, ou retirez la ligne.")
        kinds: dict[str, tuple[str, ...]] = {'objectif': ('repond_a',), 'enjeu': ('objectifs', 'repond_a'), 'axe': ()}
        kind = attributes.classes[0] if attributes.classes else ''
        check_known(attributes, span, self.report, classes=kinds, keys=kinds.get(kind, ()))
        answers = tuple(attributes.get('repond_a').split())
        if kind == 'objectif':
            return Objectif(identifier, span, children, answers, (), level=level)
        if kind == 'enjeu':
            refs = tuple(Ref(target, '', span) for target in attributes.get('objectifs').split())
            return Enjeu(identifier, span, children, refs, (), answers, level=level)
        return Heading(identifier, span, level, children, kind if kind in kinds else '')

    # --- text ---------------------------------------------------------------------------------------------------------

    def _paragraph(self, node: Node, scope: _Scope) -> Block:
        span, children = self._span(node), node.children[0].children if node.children else []
        if len(children) == 1 and children[0].type == 'image':
            return self._figure(children[0], span, scope)
        return Paragraph(scope.next('p'), span, self._inlines(node))

    def _figure(self, image: Node, span: Span, scope: _Scope) -> Block:
        target = str(image.attrs.get('src', ''))
        if target.startswith('figure:'):
            identifier = check_id(target.removeprefix('figure:'), span, self.report)
            return FigureBlock(identifier or scope.next('f'), span)
        hint = "Décrivez-la dans figures/ et écrivez ![](figure:son-identifiant)."
        self.report.add('lire.image', span, f"L'image « {target} » n'est pas une figure du dossier.", hint)
        return Paragraph(scope.next('p'), span, ())

    def _list(self, node: Node, scope: _Scope) -> ListBlock:
        identifier = scope.next('l')
        items = tuple(
            ListItem(tuple(self._blocks(item.children, _Scope(f'{identifier}.i{rank}'))))
            for rank, item in enumerate(node.children, 1)
        )
        start = int(node.attrs.get('start', 1))
        return ListBlock(identifier, self._span(node), node.type == 'ordered_list', items, start)

    def _definitions(self, node: Node, scope: _Scope) -> DefinitionList:
        identifier, items = scope.next('d'), list[Definition]()
        term: tuple[Inline, ...] = ()
        for rank, child in enumerate(node.children, 1):
            if child.type == 'dt':
                term = self._inlines(child)
            else:
                items.append(Definition(term, tuple(self._blocks(child.children, _Scope(f'{identifier}.i{rank}')))))
        return DefinitionList(identifier, self._span(node), tuple(items))

    # --- tables -------------------------------------------------------------------------------------------------------

    def _table(self, node: Node, attributes: Attributes, scope: _Scope) -> Table:
        head, *body = node.children
        header = self._cells(head.children[0])
        lines = [line for part in body for line in part.children]
        self._check_widths(lines, len(header))
        rows = tuple(Row(self._cells(line)) for line in lines)
        numeric = [self._is_numeric(rows, column) for column in range(len(header))]

        def mark(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
            return tuple(replace(cell, numeric=flag) for cell, flag in zip(cells, numeric, strict=True))

        return Table(
            attributes.id or scope.next('t'),
            self._span(node),
            read_inlines(attributes.get('titre'), self._span(node), self.report),
            mark(header),
            tuple(replace(row, cells=mark(row.cells)) for row in rows),
            row_headers=attributes.get('entetes', 'oui') == 'oui',
            landscape=attributes.get('format') == 'paysage',
            source=typeset(attributes.get('source')),
        )

    def _cells(self, line: Node) -> tuple[Cell, ...]:
        start = self._span(line).line
        return tuple(
            Cell(self.inline.read(cell.children[0] if cell.children else None, start)) for cell in line.children
        )

    def _check_widths(self, lines: Sequence[Node], width: int) -> None:
        """Markdown drops the cells a row has in excess of the header, and adds those it lacks."""
        for line in lines:
            span = self._span(line)
            cells = escapedSplit(self.lines[span.line - 1].strip(' >\t'))
            count = len(cells) - (cells[0] == '') - (len(cells) > 1 and cells[-1] == '')
            if count != width:
                hint = "Un « | » dans le texte s'écrit « \\| » ; une cellule vide garde ses deux « | »."
                message = f"La ligne a {count} cellule{'s' if count > 1 else ''} pour {width} colonnes."
                self.report.add('lire.tableau', span, message, hint)

    @staticmethod
    def _is_numeric(rows: tuple[Row, ...], column: int) -> bool:
        """Tell whether a column holds numbers; what is empty, not available or still to be supplied does not count."""
        cells = [row.cells[column].children for row in rows]
        values = [len(cell) == 1 and isinstance(cell[0], Value) for cell in cells]
        numbers = [bool(_NUMBER.fullmatch(plain(cell).strip())) for cell in cells]
        blanks = [plain(cell).strip() in _BLANK or isinstance(cell[0], Missing) for cell in cells]
        return any(values) + any(numbers) > 0 and all(map(any, zip(values, numbers, blanks, strict=True)))

    # --- containers ---------------------------------------------------------------------------------------------------

    def _container(self, node: Node, scope: _Scope) -> Iterator[Block]:
        span = self._span(node)
        name, _, rest = node.info.strip().partition(' ')
        if not name:
            hint = "Retirez cette ligne, ou écrivez le nom du bloc : « :::encadre »."
            self.report.add('lire.bloc-inconnu', span, "« ::: » ferme un bloc qui n'est pas ouvert.", hint)
            yield from self._blocks(node.children, scope)
            return
        if not self._is_closed(node):
            hint = "Ajoutez une ligne « ::: » à la fin du bloc."
            self.report.add('lire.bloc-non-ferme', span, f"Le bloc « :::{name} » n'est pas fermé.", hint)
        if name not in DIRECTIVES:
            self.report.add(
                'lire.bloc-inconnu', span, f"Le bloc « :::{name} » n'existe pas.", nearest(name, DIRECTIVES)
            )
            yield from self._blocks(node.children, scope)
        elif name == 'tableau':
            yield self._directive_table(node, self._container_attributes(rest, span), scope)
        elif name in LISTINGS:
            if node.children or rest:
                hint = "Fermez-le à la ligne suivante par « ::: »."
                self.report.add('lire.syntaxe', span, f"Le bloc « :::{name} » se remplit seul.", hint)
            yield Listing(scope.next('s'), span, cast('ListingKind', name))
        else:
            title, body = split_trailing(rest)
            attributes = parse_attributes(body, span, self.report)
            check_known(attributes, span, self.report)
            identifier = attributes.id or scope.next('c')
            children = tuple(self._blocks(node.children, _Scope(identifier)))
            yield Callout(identifier, span, cast('CalloutKind', name), typeset(title.strip()), children)

    def _is_closed(self, node: Node) -> bool:
        assert node.map is not None
        end = node.map[1]
        return end < len(self.lines) and self.lines[end].lstrip(' >').startswith(':::')

    def _container_attributes(self, text: str, span: Span) -> Attributes:
        title, body = split_trailing(text)
        attributes = parse_attributes(f'{title} {body}', span, self.report)
        check_known(attributes, span, self.report, keys=TABLE_KEYS)
        for key, choices in CHOICES.items():
            value = attributes.get(key)
            if value and value not in choices:
                self.report.add(
                    'lire.valeur', span, f"« {key} » ne peut pas valoir « {value} ».", nearest(value, choices)
                )
        return attributes

    def _directive_table(self, node: Node, attributes: Attributes, scope: _Scope) -> Table:
        span = self._span(node)
        if not attributes.id:
            hint = "Écrivez :::tableau {#tab-… titre=\"…\"}."
            self.report.add('lire.identifiant-absent', span, "Le tableau n'a pas d'identifiant.", hint)
        if not attributes.get('titre'):
            hint = "Ajoutez titre=\"…\"."
            self.report.add('lire.champ-manquant', span, "Le tableau n'a pas de titre.", hint)
        tables = [child for child in node.children if child.type == 'table']
        notes = self._table_notes([child for child in node.children if child.type != 'table'])
        query = tuple((key, value) for key, value in attributes.values if key in QUERY_KEYS)
        if len(tables) > (0 if attributes.get('donnees') else 1):
            message = "Le bloc a un tableau de trop : un bloc tient un seul tableau, écrit ou pris dans les données."
            self.report.add('lire.tableau', self._span(tables[-1]), message, "Ouvrez un second bloc « :::tableau ».")
        if tables and query and not attributes.get('donnees'):
            message = f"« {query[0][0]} » ne sert qu'avec « donnees »."
            self.report.add('lire.attribut-inconnu', span, message, "Retirez-le, ou citez une table.")
        if tables and not attributes.get('donnees'):
            table = self._table(tables[0], attributes, scope)
            return replace(table, span=span, notes=notes)
        if not attributes.get('donnees'):
            hint = "Écrivez un tableau « | … | » dans le bloc, ou donnees=… pour le prendre dans les données."
            self.report.add('lire.tableau-vide', span, "Le bloc « :::tableau » ne contient pas de tableau.", hint)
        caption = read_inlines(attributes.get('titre'), span, self.report)
        return Table(
            attributes.id or scope.next('t'), span, caption, (), (), attributes.get('entetes', 'oui') == 'oui',
            attributes.get('format') == 'paysage', notes, typeset(attributes.get('source')), query=query,
        )  # fmt: skip

    def _table_notes(self, nodes: Sequence[Node]) -> tuple[Inline, ...]:
        for node in nodes:
            if node.type != 'paragraph':
                message = "Seul du texte peut accompagner un tableau dans son bloc."
                self.report.add('lire.tableau', self._span(node), message, "Sortez le reste du bloc.")
        paragraphs = [self._inlines(node) for node in nodes if node.type == 'paragraph']
        return tuple(inline for paragraph in paragraphs for inline in (Break(), *paragraph))[1:]
