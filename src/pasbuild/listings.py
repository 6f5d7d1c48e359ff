"""Tables drawn from the data, and the lists a document makes of itself (contents, figures, tables)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pasbuild.data import Colonne, Data, Dataset, RowMap, Scalar, format_cell, format_number, slug, source_line
from pasbuild.diagnostics import Report, nearest
from pasbuild.formulas import compute_total
from pasbuild.model import (
    Cell,
    Enjeu,
    FigureBlock,
    Heading,
    ListingEntry,
    ListingKind,
    Missing,
    Objectif,
    Part,
    Row,
    Span,
    Table,
    Text,
    plain,
    walk,
)
from pasbuild.typography import typeset

_UNLISTED = ('couverture', 'colophon', 'sommaire')


def source_of(names: Sequence[str], data: Data, complement: str = '') -> str:
    """Return the source line of what the tables ``names`` feed."""
    return source_line([data[name] for name in names if name in data], typeset(complement))


def fill_tables(table: Table, data: Data, report: Report) -> Table:
    """Return ``table`` with the header, rows and source its query asks for; a faulty query is a finding."""
    if not table.query:
        return replace(table, source=source_line([], typeset(table.source)))
    query = dict(table.query)
    name = query.get('donnees', '')
    dataset = data.get(name)
    if dataset is None:
        report.add('donnee.table-inconnue', table.span, f"La table « {name} » n'existe pas.", nearest(name, data))
        return table
    columns = query.get('colonnes', '').replace(',', ' ').split() or list(dataset.source.colonnes)
    unknown = [column for column in columns if column not in dataset.source.colonnes]
    for column in unknown:
        message = f"La table « {name} » n'a pas de colonne « {column} »."
        report.add('donnee.colonne-absente', table.span, message, nearest(column, dataset.source.colonnes))
    kept = _kept(dataset, query, table, report)
    if unknown or not kept:
        return table
    rows = [dataset.rows[index] for index in kept]
    header = tuple(
        Cell((Text(_title(column, dataset)),), _is_number(dataset.source.colonnes[column])) for column in columns
    )
    body = [Row(tuple(_cell(row, column, dataset, table.span) for column in columns)) for row in rows]
    if query.get('total') == 'oui':
        body.append(_total(rows, columns, dataset))
    source = source_of([name], data, table.source)
    return replace(table, header=header, rows=tuple(body), source=source)


def _kept(dataset: Dataset, query: Mapping[str, str], table: Table, report: Report) -> tuple[int, ...]:
    lines = query.get('lignes', '')
    if lines and not lines.isdecimal():
        report.add('lire.type', table.span, f"« lignes » attend un nombre entier, pas « {lines} ».")
        lines = ''
    try:
        kept = dataset.select(query.get('filtre', ''), query.get('tri', ''), int(lines) if lines else None)
    except ValueError as error:
        report.add('donnee.filtre', table.span, str(error))
        return ()
    if not kept:
        report.add('donnee.vide', table.span, "Aucune ligne ne passe le filtre.", "Élargissez le filtre.")
    return kept


def _title(column: str, dataset: Dataset) -> str:
    colonne = dataset.source.colonnes[column]
    title = typeset(colonne.titre or column)
    said = colonne.unite in ('', '%') or slug(colonne.unite) in slug(title)
    return title if said else f'{title} ({colonne.unite})'


def _is_number(colonne: Colonne) -> bool:
    return colonne.type in ('entier', 'nombre')


def _cell(row: RowMap, column: str, dataset: Dataset, span: Span) -> Cell:
    colonne = dataset.source.colonnes[column]
    if row[column] is None and dataset.decided:
        return Cell((Missing('', span),), _is_number(colonne))
    return Cell((Text(_print(row[column], row, column, dataset)),), _is_number(colonne))


def _print(value: Scalar, row: RowMap, column: str, dataset: Dataset) -> str:
    source, colonne = dataset.source, dataset.source.colonnes[column]
    if column == source.valeur and source.unite_par_ligne and isinstance(value, int | float):
        decimals = row[source.decimales_par_ligne] if source.decimales_par_ligne else colonne.decimales
        return format_number(
            value, decimals if isinstance(decimals, int) else None, str(row[source.unite_par_ligne] or '')
        )
    text = format_cell(value, colonne, unit=colonne.unite == '%')
    return typeset(text) if isinstance(value, str) else text


def _total(rows: Sequence[RowMap], columns: Sequence[str], dataset: Dataset) -> Row:
    colonnes = dataset.source.colonnes
    cells = [Cell((Text("Total"),))]
    for column in columns[1:]:
        number = _is_number(colonnes[column])
        total = compute_total(column, rows, colonnes) if number else None
        text = format_cell(total, colonnes[column], unit=colonnes[column].unite == '%') if total is not None else ''
        cells.append(Cell((Text(text),) if text else (), number))
    return Row(tuple(cells), total=True)


# --- lists ------------------------------------------------------------------------------------------------------------


def listing_entries(parts: Sequence[Part]) -> dict[ListingKind, tuple[ListingEntry, ...]]:
    """Return the entries of each list of the document, in reading order."""
    listed = [part for part in parts if part.kind not in _UNLISTED]
    blocks = [block for part in listed for block in walk(part)]
    return {
        'sommaire': tuple(entry for part in listed for entry in _contents(part)),
        'liste-figures': tuple(
            ListingEntry(block.id, f'{block.label}\u00a0{block.number}', plain(block.caption), 1)
            for block in blocks
            if isinstance(block, FigureBlock) and block.number
        ),
        'liste-tableaux': tuple(
            ListingEntry(block.id, f'{block.label}\u00a0{block.number}', plain(block.caption), 1)
            for block in blocks
            if isinstance(block, Table) and block.number
        ),
    }


def _contents(part: Part) -> list[ListingEntry]:
    entries = [ListingEntry(part.id, part.heading.number, plain(part.heading.children), 1, part.kind, part.accent)]
    for block in part.blocks:
        if isinstance(block, Heading) and block.level == 2:
            entries.append(ListingEntry(block.id, block.number, plain(block.children), 2, block.kind, part.accent))
        elif isinstance(block, Objectif):
            entries.append(ListingEntry(block.id, block.number, plain(block.title), 3, 'objectif', part.accent))
        elif isinstance(block, Enjeu):
            entries.append(ListingEntry(block.id, block.number, plain(block.title), 3, 'enjeu', part.accent))
    return entries
