"""The « tableau de suivi des avis »: who asked what of which passage, what was decided and why, what is still open.

In the order of the document, as a workbook, as CSV, or as rows for the part that prints it with the document.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pasbuild.build import write_files
from pasbuild.diagnostics import Report
from pasbuild.project import Folder, read_dossier
from pasbuild.registre import (
    DECISIONS,
    KINDS,
    Registre,
    Remarque,
    Suivi,
    read_registre,
    received,
    remarque,
    reviewer,
    settled,
)
from pasbuild.rendering import filled, readable, shown_tokens
from pasbuild.retours import Modification, Retour
from pasbuild.reviewbase import FOLDER as EXPORTS
from pasbuild.reviewbase import Place, read_places
from pasbuild.typography import typeset
from pasbuild.workbook import write_workbook

COLUMNS = {
    "Partie": 22, "Passage": 26, "Relecteur": 22, "Date": 11, "Demande": 14, "Texte envoyé": 48, "Texte demandé": 48,
    "Suite": 12, "Motif ou réponse": 36, "Texte retenu": 48, "Identifiant du passage": 22,
}  # fmt: skip
"""Title and width in characters of each column."""
_FORMULA = ('=', '+', '-', '@', '\t', '\r')
_LOST = ('~~', 0, 0)
"""After every file of a dossier."""
Places = Mapping[str, Mapping[str, Place]]
"""Where each block stood, by sending then by block."""


class Row(NamedTuple):
    """One request or comment.

    ``passage``: the title above it; ``date``: ISO, may be empty; ``retenu``: when it is neither what was sent nor asked.
    """

    partie: str
    passage: str
    relecteur: str
    date: str
    demande: str
    envoye: str
    voulu: str
    suite: str
    motif: str
    retenu: str
    bloc: str


def write_table(folder: Folder, path: Path, report: Report) -> int:
    """Write the table at ``path`` (``.xlsx`` or ``.csv``) and return its number of rows; nothing after a finding."""
    dossier, table = read_dossier(folder, report), read_table(folder, report)
    if dossier is None or report.failed():
        return 0
    title = f"Tableau de suivi des avis : {dossier.titre} du SCoT {dossier.scot}"
    columns, author = [*COLUMNS.items()], dossier.maitre_ouvrage.nom
    data = (
        as_csv(table)
        if path.suffix.lower() == '.csv'
        else write_workbook(columns, table, name="Suivi des avis", title=title, author=author, date=dossier.date)
    )
    write_files(path.parent, {path.name: data})
    return len(table)


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    """Return the table as spreadsheets read CSV in France: semicolons, byte order mark. No cell starts a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=';', lineterminator='\r\n')
    writer.writerow(COLUMNS)
    writer.writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in table)
    return out.getvalue().encode('utf-8-sig')


def read_table(folder: Folder, report: Report, *, decided: bool = False) -> list[Row]:
    """Return what the dossier keeps of its review, in the order of the document; ``decided``: without what is open.

    A passage whose sending is no longer kept is known by its identifier alone, and stands last.
    """
    registre = read_registre(folder, report) or Registre()
    retours = {} if decided else received(folder, report)
    said = registre.blocs.values()
    exports = {retour.export for retour in retours.values()}
    exports |= {one.export for found in said for one in found.modifications}
    exports |= {one.export for found in said for one in found.commentaires}
    there = [key for key in exports if (folder.root / f'{EXPORTS}/{key}.json').is_file()]
    return rows(registre, retours, read_places(folder, there, report))


def rows(registre: Registre, retours: Mapping[str, Retour], places: Places) -> list[Row]:
    """Return what was decided and what is still open, in the order of the document."""
    found = sorted(_entries(registre, retours, places), key=lambda one: one[0].order if one[0] else _LOST)
    return [row for _, row in found]


def _entries(registre: Registre, retours: Mapping[str, Retour], places: Places) -> Iterator[tuple[Place | None, Row]]:
    """Yield the rows with their places: those of the ledger, then those that only the returned files hold."""
    done, known = settled(retours.values()), set[tuple[str, str]]()
    for block, found in registre.blocs.items():
        for one in found.modifications:
            known.add((one.retour, one.id))
            place = places.get(one.export, {}).get(block)
            yield place, _change(place, block, one, one.relecteur)
        for said in found.commentaires:
            known.add((said.retour, said.id))
            place = places.get(said.export, {}).get(block)
            yield place, _comment(place, block, said, done)
    for name, retour in retours.items():
        here = places.get(retour.export, {})
        for change in retour.modifications:
            if (name, change.id) not in known:
                block = change.blocs[0] if change.blocs else change.apres_bloc
                yield here.get(block), _change(here.get(block), block, change, reviewer(retour))
        for comment in retour.commentaires:
            if (name, comment.id) not in known:
                block = comment.blocs[0] if comment.blocs else ''
                yield here.get(block), _comment(here.get(block), block, remarque(name, retour, comment), done)


def _change(place: Place | None, block: str, one: Suivi | Modification, who: str) -> Row:
    said = readable if one.genre != 'mise en forme' else filled
    shown = dict(shown_tokens(place.bloc)) if place else {}
    before, after = ('\n'.join(said(text, shown) for text in side) for side in (one.avant, one.apres))
    kept = '\n'.join(readable(text, shown) for text in one.resultat) if isinstance(one, Suivi) else ''
    return Row(
        *_where(place), _who(who, one.auteurs), one.date[:10], KINDS[one.genre], before, after,
        DECISIONS[one.decision], one.motif, '' if kept in (before, after) else kept, block,
    )  # fmt: skip


def _comment(place: Place | None, block: str, one: Remarque, done: frozenset[tuple[str, str]]) -> Row:
    resolved = one.resolu or (one.retour, one.id) in done
    state = "répondu" if one.reponse else "réglé" if resolved else "à décider"
    who = _who(one.relecteur, (one.auteur,))
    return Row(
        *_where(place), who, one.date[:10], "Commentaire", one.citation, one.texte, state, one.reponse, '', block
    )


def _where(place: Place | None) -> tuple[str, str]:
    return (typeset(place.part), typeset(place.title)) if place else ('', '')


def _who(who: str, authors: Sequence[str]) -> str:
    return who if not authors or tuple(authors) == (who,) else f"{who} – {', '.join(authors)}"
