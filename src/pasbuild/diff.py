"""The difference of two versions, in the terms of the document: objectives, passages, data, tranches, legal links.

Why on the model and not on the PDF: every title, figure and table has an identifier that stays when its number changes. So
a change has a name (added, removed, moved, renumbered, reworded), and whether the orientations changed can be shown with
its evidence. That matters: it tells a revision from a modification (articles L143-29 and L143-32).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pasbuild.alignment import Item, Words, align, compare_words, fold, in_order
from pasbuild.data import Colonne, Data, Dataset, RowMap, format_cell
from pasbuild.document import Project
from pasbuild.figurefiles import FigureFile, query
from pasbuild.model import Cell, Enjeu, Missing, Objectif, Table, plain
from pasbuild.units import Nature, Owner, Unit, collect, typed

Kind = Literal[
    'ajoute', 'supprime', 'deplace', 'renumerote', 'reformule', 'valeur', 'donnees', 'dessin', 'trajectoire', 'armature',
    'correspondance', 'forme', 'renvoi', 'typographie',
]  # fmt: skip
HIDDEN: tuple[Kind, ...] = ('forme', 'renvoi', 'typographie')
"""Kinds that change no word: shown on demand."""
_MOVED = 40
"""Shortest passage, in characters, recognised as moved when it disappears here and appears there. A judgement."""


DECIDED: tuple[tuple[str, Kind, str], ...] = (
    ('trajectoire', 'trajectoire', "Trajectoire foncière"),
    ('trajectoire_secteurs', 'trajectoire', "Trajectoire foncière par secteur"),
    ('armature', 'armature', "Armature du territoire"),
)
"""What the project itself sets: table, kind of its changes, title."""


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell of a table: None where the row or the column is not there."""

    row: str
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``owner``: the explicit identifier it falls under; ``place``: what it names, for a reader."""

    kind: Kind
    id: str
    owner: str
    nature: Nature | Literal['passage', 'trajectoire', 'armature']
    place: str
    number_before: str = ''
    number_after: str = ''
    before: str = ''
    after: str = ''
    words: tuple[Words, ...] = ()
    cells: tuple[CellChange, ...] = ()
    strategic: bool = False
    """Of a grande dynamique, or of what the project sets: it may touch an orientation."""
    under: Nature | Literal[''] = ''
    """What ``owner`` names."""
    reason: str = ''


@dataclass(frozen=True, slots=True)
class Comparison:
    """All the changes, in the order of the new version, removed things where they stood."""

    changes: tuple[Change, ...]

    def shown(self, *, everything: bool = False) -> tuple[Change, ...]:
        """Return the changes to show: those that change words, numbers or data, or all of them."""
        return tuple(change for change in self.changes if everything or change.kind not in HIDDEN)


def compare(old: Project, new: Project) -> Comparison:
    """Return what changed from ``old`` to ``new``."""
    before, after = collect(old.document), collect(new.document)
    moved = _moved(before, after)
    changes: list[Change] = []
    for owner in merged_order(before, after):
        one, other = before.get(owner), after.get(owner)
        if one is None and other is not None:
            changes.append(_whole('ajoute', other))
        elif other is None and one is not None:
            changes.append(_whole('supprime', one))
        elif one is not None and other is not None:
            changes += _owner_changes(one, other, _move(one, other, before, after) if owner in moved else None)
    changes = _relocated(changes)
    changes += _figure_changes(old, new, before, after)
    changes += _decided_changes(old.data, new.data)
    return Comparison(tuple(changes))


def merged_order(before: Mapping[str, Owner], after: Mapping[str, Owner]) -> Iterator[str]:
    """Yield all identifiers in the order of the new version; a removed one comes after the one it followed."""
    followers: dict[str, list[str]] = {}
    last = ''
    for name in before:
        if name in after:
            last = name
        else:
            followers.setdefault(last, []).append(name)
    yield from followers.get('', ())
    for name in after:
        yield name
        yield from followers.get(name, ())


def _moved(before: Mapping[str, Owner], after: Mapping[str, Owner]) -> set[str]:
    """Return what changed parent, or place among those that stayed under the same one."""
    common = [name for name in before if name in after]
    moved = {name for name in common if before[name].parent != after[name].parent and after[name].parent in before}
    moved = {name for name in moved if before[name].parent in after}
    ranks = {name: rank for rank, name in enumerate(after)}
    siblings: dict[str, list[str]] = {}
    for name in common:
        if name not in moved:
            siblings.setdefault(after[name].parent, []).append(name)
    for names in siblings.values():
        kept = in_order([ranks[name] for name in names])
        moved |= set(names) - {names[place] for place in kept}
    return moved


def _move(one: Owner, other: Owner, before: Mapping[str, Owner], after: Mapping[str, Owner]) -> tuple[str, str]:
    """Return where a title, a figure or a table stood and stands: the titles it is under, its rank when they are one."""
    if one.parent == other.parent:
        return _rank(one, before), _rank(other, after)
    return tuple(  # type: ignore[return-value]  # two of them
        place(owners[owner.parent]) if owner.parent in owners else "premier niveau"
        for owner, owners in ((one, before), (other, after))
    )


def _rank(owner: Owner, owners: Mapping[str, Owner]) -> str:
    siblings = [name for name, found in owners.items() if found.parent == owner.parent]
    return f"rang {siblings.index(owner.id) + 1}"


def place(owner: Owner) -> str:
    """Return what an identifier names, for a reader: « objectif 1.2.3, Accueillir »."""
    if owner.nature == 'titre':
        return f'« {owner.title} »'
    return f'{owner.name}, {owner.title}' if owner.title else owner.name


def _made(kind: Kind, owner: Owner, unit_id: str = '', **said: object) -> Change:
    change = Change(
        kind, unit_id or owner.id, owner.id, owner.nature, place(owner), strategic=owner.strategic, under=owner.nature
    )
    return replace(change, **said)  # type: ignore[arg-type]  # names of its own fields


def _whole(kind: Literal['ajoute', 'supprime'], owner: Owner) -> Change:
    """Return the change that makes a title and all that stands under it appear or disappear."""
    text = '\n'.join([unit.text for unit in owner.units] + [_flat(table) for table in owner.tables])
    if kind == 'ajoute':
        return _made(kind, owner, number_after=owner.number, after=text, words=(Words('ajoute', text),))
    return _made(kind, owner, number_before=owner.number, before=text, words=(Words('supprime', text),))


def _flat(table: Table) -> str:
    rows = (table.header, *(row.cells for row in table.rows))
    return '\n'.join(' | '.join(plain(cell.children) for cell in row) for row in rows)


# --- what stands under one identifier ---------------------------------------------------------------------------------


def _owner_changes(one: Owner, other: Owner, move: tuple[str, str] | None) -> Iterator[Change]:
    numbers: dict[str, Any] = {'number_before': one.number, 'number_after': other.number}
    if move is not None:
        yield _made('deplace', other, **numbers, before=move[0], after=move[1])
    if one.number != other.number:
        yield _made('renumerote', other, **numbers, before=one.name, after=other.name)
    yield from (replace(change, **numbers) for change in _unit_changes(one, other))
    yield from _link_changes(one, other)
    yield from _table_changes(one, other)


def _unit_changes(one: Owner, other: Owner) -> Iterator[Change]:
    for i, j in align(items(one.units), items(other.units)):
        if j is None and i is not None:
            yield _passage('supprime', other, one.units[i])
        elif i is None and j is not None:
            yield _passage('ajoute', other, other.units[j])
        elif i is not None and j is not None:
            yield from _reworded(other, one.units[i], other.units[j])


def items(units: Sequence[Unit]) -> list[Item]:
    """Return passages to align; those that are one of a kind (the title, a source) are known by what they are."""
    keys = ['' if unit.kind in ('texte', 'note', 'terme') else unit.kind for unit in units]
    return [Item(unit.kind, unit.text, key, unit.typed) for unit, key in zip(units, keys, strict=True)]


def _passage(kind: Literal['ajoute', 'supprime'], owner: Owner, unit: Unit) -> Change:
    said = {'after': unit.text} if kind == 'ajoute' else {'before': unit.text}
    return replace(_made(kind, owner, unit.id, words=(Words(kind, unit.text),), **said), nature='passage')


def _reworded(owner: Owner, one: Unit, other: Unit) -> Iterator[Change]:
    kind = _kind(one, other)
    if kind is not None:
        words = compare_words(one.text, other.text)
        change = _made(kind, owner, other.id, before=one.text, after=other.text, words=words)
        yield change if other.kind == 'titre' else replace(change, nature='passage')


def _kind(one: Unit, other: Unit) -> Kind | None:
    """Return why a passage reads otherwise, None when it does not."""
    if one.text == other.text:
        return None if one.typed == other.typed else 'forme'
    if fold(one.text) == fold(other.text):
        return 'typographie'
    if one.typed == other.typed:
        return 'valeur' if '{' in other.typed else 'renvoi'
    return 'reformule'


def _link_changes(one: Owner, other: Owner) -> Iterator[Change]:
    """Yield what an objective or an enjeu no longer answers, or answers now."""
    before, after = _links(one), _links(other)
    if before != after:
        old, new = ', '.join(before), ', '.join(after)
        cells = [CellChange(name, "réponse", name, None) for name in before if name not in after]
        cells += [CellChange(name, "réponse", None, name) for name in after if name not in before]
        if cells:
            yield _made('correspondance', other, before=old, after=new, cells=tuple(cells))


def _links(owner: Owner) -> tuple[str, ...]:
    match owner.block:
        case Objectif():
            return owner.block.answers
        case Enjeu():
            return (*owner.block.answers, *(ref.target for ref in owner.block.objectifs))
        case _:
            return ()


# --- tables and data --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as texts. Rows by key; keys that come twice are told apart by their rank."""

    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def compare_grids(old: Grid, new: Grid) -> tuple[CellChange, ...]:
    """Return the cells that differ, by key of row and name of column, in the order of the new table."""
    columns = [*new.columns, *(name for name in old.columns if name not in new.columns)]
    found = []
    for key in (*new.rows, *(key for key in old.rows if key not in new.rows)):
        for column in columns:
            before, after = _at(old, key, column), _at(new, key, column)
            if before != after:
                found.append(CellChange(key, column, before, after))
    return tuple(found)


def _at(grid: Grid, key: str, column: str) -> str | None:
    if key not in grid.rows or column not in grid.columns:
        return None
    row, place = grid.rows[key], grid.columns.index(column)
    return row[place] if place < len(row) else None


def distinct(names: Iterable[str]) -> Iterator[str]:
    """Yield names, one that comes again with its rank."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f'{name} ({seen[name]})'


def _shown(cell: Cell) -> str:
    text = plain(cell.children)
    return text if text or not any(isinstance(node, Missing) for node in cell.children) else "à renseigner"


def _grid(table: Table, write: Callable[[Cell], str] = _shown) -> Grid:
    """Return a printed table, its rows by their first cell as shown."""
    columns = tuple(distinct(plain(cell.children) for cell in table.header))
    keys = distinct(_shown(row.cells[0]) if row.cells else '' for row in table.rows)
    rows = [tuple(write(cell) for cell in row.cells) for row in table.rows]
    return Grid(columns, dict(zip(keys, rows, strict=True)))


def _renamed(old: Grid, new: Grid) -> Grid:
    """Return the old table with a row under its new name when only likeness tells that it is the same."""
    gone = [key for key in old.rows if key not in new.rows]
    come = [key for key in new.rows if key not in old.rows]
    sides = [[Item('row', ' '.join(grid.rows[key])) for key in keys] for grid, keys in ((old, gone), (new, come))]
    names = {gone[i]: come[j] for i, j in align(*sides) if i is not None and j is not None}
    return Grid(old.columns, {names.get(key, key): row for key, row in old.rows.items()})


def _table_changes(one: Owner, other: Owner) -> Iterator[Change]:
    titles = [[Item('tableau', ' '.join(_grid(table).columns)) for table in owner.tables] for owner in (one, other)]
    for i, j in align(*titles):
        before = one.tables[i] if i is not None else None
        after = other.tables[j] if j is not None else None
        table = after or before
        assert table is not None
        grids = [_grid(side) if side else Grid(()) for side in (before, after)]
        cells = compare_grids(_renamed(*grids), grids[1])
        if cells:
            yield _made(_table_kind(before, after, cells), other, table.id, cells=cells)


def _table_kind(before: Table | None, after: Table | None, cells: Sequence[CellChange]) -> Kind:
    if all(fold(cell.before or '') == fold(cell.after or '') for cell in cells):
        return 'typographie'
    if before is None or after is None or before.query or after.query:
        return 'donnees'
    sources = [[typed(cell.children) for row in table.rows for cell in row.cells] for table in (before, after)]
    same = sources[0] == sources[1] and _grid(before).columns == _grid(after).columns
    return 'donnees' if not same or '{' in ''.join(sources[0]) else 'renvoi'


def _figure_changes(
    old: Project, new: Project, before: Mapping[str, Owner], after: Mapping[str, Owner]
) -> Iterator[Change]:
    for name, owner in after.items():
        if owner.nature != 'figure' or name not in before:
            continue
        if name not in old.figures or name not in new.figures:
            continue
        numbers = {'number_before': before[name].number, 'number_after': owner.number}
        one, other = old.figures[name], new.figures[name]
        cells = compare_grids(_drawn(one, old.data), _drawn(other, new.data))
        if cells:
            yield _made('donnees', owner, cells=cells, **numbers)
        if _drawing(one) != _drawing(other):
            yield _made('dessin', owner, **numbers)


def _drawing(figure: FigureFile) -> dict[str, object]:
    """Return how a figure is drawn, without its words and without what it takes from the project's own tables."""
    said = {'titre', 'texte_alternatif', 'lecture', 'complement_source', 'tranches', 'poles', 'etapes'}
    return figure.spec.model_dump(exclude=said)


def _drawn(figure: FigureFile, data: Data) -> Grid:
    """Return the cells a figure draws."""
    asked = query(figure.spec)
    dataset = data.get(asked.donnees) if asked is not None else None
    if asked is None or dataset is None:
        return Grid(())
    columns = [name for name in asked.colonnes if name in dataset.source.colonnes]
    try:
        kept = dataset.select(asked.filtre)
    except ValueError:
        kept = tuple(range(len(dataset.rows)))
    return _dataset_grid(dataset, columns, kept)


def _dataset_grid(dataset: Dataset, columns: Sequence[str], kept: Sequence[int]) -> Grid:
    known = dataset.source.colonnes
    keys = [name for name in dataset.source.cle.split() if name in known] or list(columns[:1])
    rows = [dataset.rows[index] for index in kept]
    empty = "à renseigner" if dataset.decided else format_cell(None, Colonne())

    def written(row: RowMap, name: str) -> str:
        return empty if row[name] is None else format_cell(row[name], known[name], unit=True)

    names = distinct(' – '.join(format_cell(row[name], known[name]) for name in keys) for row in rows)
    cells = [tuple(written(row, name) for name in columns) for row in rows]
    titles = distinct(known[name].titre or name for name in columns)
    return Grid(tuple(titles), dict(zip(names, cells, strict=True)))


def _decided_changes(old: Data, new: Data) -> Iterator[Change]:
    """Yield the changes of what the project itself sets: tranches and their sectors, armature."""
    for name, kind, title in DECIDED:
        cells = compare_grids(decided(old.get(name)), decided(new.get(name)))
        if cells:
            nature: Literal['trajectoire', 'armature'] = 'armature' if kind == 'armature' else 'trajectoire'
            yield Change(kind, name, name, nature, title, cells=cells, strategic=True)


def decided(dataset: Dataset | None) -> Grid:
    """Return a table the project itself sets, as texts; empty when it is another, or none."""
    if dataset is None or not dataset.decided:
        return Grid(())
    return _dataset_grid(dataset, tuple(dataset.source.colonnes), range(len(dataset.rows)))


# --- passages that changed place --------------------------------------------------------------------------------------


def _relocated(changes: Sequence[Change]) -> list[Change]:
    """Return the changes, a passage that disappears under one title and appears under another as moved."""
    gone: dict[str, list[Change]] = {}
    for change in changes:
        if change.kind == 'supprime' and change.nature == 'passage' and len(change.before) >= _MOVED:
            gone.setdefault(fold(change.before), []).append(change)
    sources: set[int] = set()
    found: list[Change] = []
    for change in changes:
        origin = gone.get(fold(change.after)) if change.kind == 'ajoute' and change.nature == 'passage' else None
        if origin:
            source = origin.pop(0)
            sources.add(id(source))
            found.append(replace(change, kind='deplace', before=source.place, after=change.place, words=()))
        else:
            found.append(change)
    return [change for change in found if id(change) not in sources]
