"""Resolve: give the document its numbers, the text of its references, its values, its drawings' words, its lists.

Why in one place: the PDF and the Word file must carry the same numbers. Two walks: the first numbers everything that can
be referred to, the second rewrites the tree with what the first has learnt. Nothing is mutated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pasbuild.data import Data
from pasbuild.diagnostics import Report, nearest
from pasbuild.figurefiles import FigureFile
from pasbuild.figures import label as figure_label
from pasbuild.law import matieres
from pasbuild.listings import fill_tables, listing_entries, source_of
from pasbuild.model import (
    Acronym,
    Block,
    Callout,
    Cell,
    Definition,
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
    ListingKind,
    ListItem,
    Missing,
    Note,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Ref,
    Span,
    Strong,
    Table,
    Text,
    Value,
    plain,
    walk,
)
from pasbuild.project import Dossier, Lexique
from pasbuild.reader import read_inlines
from pasbuild.values import ValueNotFoundError, cite_value


@dataclass(frozen=True, slots=True)
class Sources:
    """What a document is resolved against."""

    dossier: Dossier
    data: Data
    figures: Mapping[str, FigureFile]
    lexique: Lexique


@dataclass(slots=True)
class _Index:
    """What the first walk learns: for each id its printed number and the words that refer to it."""

    spans: dict[str, Span] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    accents: dict[str, int] = field(default_factory=dict)
    objectifs: set[str] = field(default_factory=set)
    enjeux: dict[str, list[tuple[str, Span]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def resolve(document: Document, sources: Sources, report: Report) -> Document:
    """Return the document with numbers, references, values, acronyms, tables and lists filled in."""
    index = _index(document, sources, report)
    resolver = _Resolver(sources, index, report)
    parts = tuple(resolver.part(part) for part in document.parts)
    entries = listing_entries(parts)
    return Document(tuple(replace(part, blocks=_fill_listings(part.blocks, entries)) for part in parts))


# --- first walk: numbers ----------------------------------------------------------------------------------------------


def _index(document: Document, sources: Sources, report: Report) -> _Index:
    index = _Index()
    for part in document.parts:
        _number_part(part, sources.dossier, index)
        for block in walk(part):
            _declare(block, index, report)
            _number(block, part, sources, index)
    for name, figure in sources.figures.items():
        if name not in index.spans:
            message = f"La figure « {name} » n'est placée nulle part."
            report.warn(
                'figure.inutilisee', figure.span, message, f"Placez-la par ![](figure:{name}), ou retirez le fichier."
            )
    return index


def _declare(block: Block, index: _Index, report: Report) -> None:
    first = index.spans.setdefault(block.id, block.span)
    if first != block.span and '.' not in block.id:  # derived ids are doubled only under a doubled one
        hint = "Un identifiant ne sert qu'une fois : changez le plus récent."
        report.add('ref.double', block.span, f"L'identifiant « {block.id} » existe déjà ({first}).", hint)


def _number_part(part: Part, dossier: Dossier, index: _Index) -> None:
    if part.kind == 'dynamique':
        index.counts['dynamique'] += 1
        index.counts['axe'] = index.counts['objectif'] = 0
        level, rank = dossier.niveaux.dynamique, index.counts['dynamique']
        number = _numeral(level.numero, index)
        index.accents[part.id] = rank
        index.labels[part.id] = f'{level.nom.capitalize()} n°\u00a0{number}'
        index.numbers[part.id], index.words[part.id] = number, f'{level.nom}\u00a0{number}'
    elif part.kind == 'annexe':
        index.counts['annexe'] += 1
        index.labels[part.id] = f'Annexe\u00a0{index.counts["annexe"]}'
        index.words[part.id] = f'annexe\u00a0{index.counts["annexe"]}'


def _numeral(form: str, index: _Index) -> str:
    ranks = (index.counts['dynamique'], index.counts['axe'], index.counts['objectif'])
    return re.sub(r'\{([1-3])\}', lambda match: str(ranks[int(match[1]) - 1]), form)


def _number(block: Block, part: Part, sources: Sources, index: _Index) -> None:
    levels = sources.dossier.niveaux
    match block:
        case Heading(kind='axe') if part.kind == 'dynamique':
            index.counts['axe'] += 1
            index.counts['objectif'] = 0
            _name(block.id, levels.axe.nom, _numeral(levels.axe.numero, index), index)
        case Objectif():
            index.counts['objectif'] += 1
            index.objectifs.add(block.id)
            _name(block.id, levels.objectif.nom, _numeral(levels.objectif.numero, index), index)
        case Enjeu():
            index.counts['enjeu'] += 1
            _name(block.id, "enjeu", str(index.counts['enjeu']), index)
            for ref in block.objectifs:
                index.enjeux.setdefault(ref.target, []).append((block.id, block.span))
        case FigureBlock() if block.id in sources.figures:
            word = figure_label(sources.figures[block.id].spec)
            index.counts[word] += 1
            index.labels[block.id] = word
            _name(block.id, word.lower(), str(index.counts[word]), index)
        case Table() if block.caption:
            index.counts['tableau'] += 1
            _name(block.id, "tableau", str(index.counts['tableau']), index)
        case Heading():
            index.words.setdefault(block.id, f'«\u00a0{plain(block.children)}\u00a0»')


def _name(identifier: str, word: str, number: str, index: _Index) -> None:
    index.numbers.setdefault(identifier, number)
    index.words.setdefault(identifier, f'{word}\u00a0{number}')


# --- second walk: the new tree ----------------------------------------------------------------------------------------


class _Resolver:
    def __init__(self, sources: Sources, index: _Index, report: Report) -> None:
        self.sources, self.index, self.report = sources, index, report
        self.notes = 0
        sigles = sorted(sources.lexique.sigles, key=lambda sigle: (-len(sigle), sigle))
        self.sigles = re.compile(rf'(?<![\w-])({"|".join(map(re.escape, sigles))})(?![\w])') if sigles else None

    def part(self, part: Part) -> Part:
        heading = self.block(part.heading)
        assert isinstance(heading, Heading)
        blocks = tuple(self.block(block) for block in part.blocks)
        label, accent = self.index.labels.get(part.id, ''), self.index.accents.get(part.id, 0)
        return replace(part, heading=heading, blocks=blocks, label=label, accent=accent)

    def block(self, block: Block) -> Block:
        return map_inlines(self._structure(block), self.inlines)

    def _structure(self, block: Block) -> Block:
        """Return the block with what is not inline filled in, its own and its children's: numbers, tables, figures."""
        number = self.index.numbers.get(block.id, '')
        match block:
            case Heading():
                return replace(block, number=number)
            case Objectif():
                self._check_answers(block.answers, block.span)
                return replace(
                    block, number=number, enjeux=self._enjeux(block.id), children=self._children(block.children)
                )
            case Enjeu():
                self._check_answers(block.answers, block.span)
                refs = tuple(self._objectif(ref) for ref in block.objectifs)
                return replace(block, number=number, objectifs=refs, children=self._children(block.children))
            case Quote() | Callout():
                return replace(block, children=self._children(block.children))
            case ListBlock():
                items = tuple(replace(item, children=self._children(item.children)) for item in block.items)
                return replace(block, items=items)
            case DefinitionList():
                entries = tuple(replace(item, children=self._children(item.children)) for item in block.items)
                return replace(block, items=entries)
            case Table():
                filled = fill_tables(block, self.sources.data, self.report)
                return replace(filled, number=int(number or 0), label="Tableau" if number else '')
            case FigureBlock():
                return self._figure(block, int(number or 0))
            case _:
                return block

    def _children(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(self._structure(block) for block in blocks)

    def _figure(self, block: FigureBlock, number: int) -> FigureBlock:
        figure = self.sources.figures.get(block.id)
        if figure is None:
            hint = nearest(block.id, self.sources.figures, "Figure la plus proche : « {} ».")
            self.report.add('ref.introuvable', block.span, f"La figure « {block.id} » n'existe pas.", hint)
            return block
        spec = figure.spec
        return replace(
            block,
            caption=read_inlines(spec.titre, figure.yaml.span(('titre',)), self.report),
            alt=spec.texte_alternatif,
            reading=read_inlines(spec.lecture, figure.yaml.span(('lecture',)), self.report),
            source=source_of(spec.tables(), self.sources.data, spec.complement_source),
            label=self.index.labels[block.id],
            number=number,
            width=spec.largeur,
        )

    def _check_answers(self, answers: tuple[str, ...], span: Span) -> None:
        for answer in answers:
            if answer not in matieres():
                message = f"« {answer} » n'est pas une matière de l'article L. 141-3."
                hint = nearest(answer.rpartition('/')[2], (name.rpartition('/')[2] for name in matieres()))
                self.report.add('loi.matiere-inconnue', span, message, hint)

    def _enjeux(self, objectif: str) -> tuple[Ref, ...]:
        found = self.index.enjeux.get(objectif, [])
        return tuple(Ref(identifier, self.index.words[identifier], span) for identifier, span in found)

    # --- inline -------------------------------------------------------------------------------------------------------

    def inlines(self, children: tuple[Inline, ...]) -> tuple[Inline, ...]:
        """Return a run of inlines resolved, in reading order (footnotes take their number here)."""
        return tuple(new for child in children for new in self._inline(child))

    def _inline(self, node: Inline) -> Iterator[Inline]:
        match node:
            case Text():
                yield from self._acronyms(node)
            case Emph() | Strong() | Link():
                yield replace(node, children=self.inlines(node.children))
            case Note():
                self.notes += 1
                number = self.notes
                yield replace(node, number=number, children=self.inlines(node.children))
            case Ref():
                yield self._ref(node)
            case Value():
                yield self._value(node)
            case _:
                yield node

    def _acronyms(self, node: Text) -> Iterator[Inline]:
        if self.sigles is None:
            yield node
            return
        for index, piece in enumerate(self.sigles.split(node.text)):
            if index % 2:
                yield Acronym(piece, self.sources.lexique.sigles[piece])
            elif piece:
                yield Text(piece)

    def _ref(self, ref: Ref) -> Ref:
        if ref.text == '#' and ref.target in self.index.numbers:
            return replace(ref, text=self.index.numbers[ref.target])
        if ref.target in self.index.words:
            return replace(ref, text=ref.text or self.index.words[ref.target])
        if ref.target in self.index.spans and ref.text:
            return ref
        hint = nearest(ref.target, self.index.words, "Identifiant le plus proche : « {} ».")
        self.report.add('ref.introuvable', ref.span, f"Le renvoi « #{ref.target} » ne mène nulle part.", hint)
        return replace(ref, text=ref.text or f'[{ref.target}]')

    def _objectif(self, ref: Ref) -> Ref:
        if ref.target in self.index.objectifs:
            return self._ref(ref)
        hint = nearest(ref.target, self.index.objectifs, "Objectif le plus proche : « {} ».")
        message = f"L'enjeu cite « {ref.target} », qui n'est pas un objectif."
        self.report.add('ref.introuvable', ref.span, message, hint)
        return replace(ref, text=f'[{ref.target}]')

    def _value(self, value: Value) -> Value | Missing:
        try:
            cited = cite_value(value.key, self.sources.data)
        except ValueNotFoundError as error:
            self.report.add('donnee.valeur-introuvable', value.span, str(error), error.hint)
            return replace(value, text=f'[{value.key}]')
        if cited.missing:
            return Missing(cited.missing, value.span)
        return replace(value, text=cited.text, source=cited.source)


def _fill_listings(
    blocks: tuple[Block, ...], entries: Mapping[ListingKind, tuple[ListingEntry, ...]]
) -> tuple[Block, ...]:
    def fill(block: Block) -> Block:
        match block:
            case Listing():
                return replace(block, entries=entries[block.kind])
            case Objectif() | Enjeu() | Callout() | Quote():
                return replace(block, children=_fill_listings(block.children, entries))
            case _:
                return block

    return tuple(map(fill, blocks))


InlineMap = Callable[[tuple[Inline, ...]], tuple[Inline, ...]]


def map_inlines(block: Block, change: InlineMap) -> Block:
    """Return ``block`` with ``change`` applied to each run of inlines, its own and its children's, in reading order."""

    def inside(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(map_inlines(child, change) for child in blocks)

    def cells(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(replace(cell, children=change(cell.children)) for cell in row)

    match block:
        case Heading() | Paragraph():
            return replace(block, children=change(block.children))
        case ListBlock():
            return replace(block, items=tuple(ListItem(inside(item.children)) for item in block.items))
        case DefinitionList():
            items = tuple(Definition(change(item.term), inside(item.children)) for item in block.items)
            return replace(block, items=items)
        case Quote() | Callout():
            return replace(block, children=inside(block.children))
        case Objectif() | Enjeu():
            return replace(block, title=change(block.title), children=inside(block.children))
        case Table():
            caption, header = change(block.caption), cells(block.header)
            rows = tuple(replace(row, cells=cells(row.cells)) for row in block.rows)
            return replace(block, caption=caption, header=header, rows=rows, notes=change(block.notes))
        case FigureBlock():
            return replace(block, caption=change(block.caption), reading=change(block.reading))
        case Listing():
            return block
