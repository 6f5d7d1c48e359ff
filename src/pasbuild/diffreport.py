"""What a comparison says: text for a terminal, JSON for a program, a page to read, a table for a spreadsheet.

All from one dictionary whose form docs/schemas/comparaison.schema.json fixes.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from typing_extensions import TypedDict

from pasbuild import __version__
from pasbuild.alignment import Words
from pasbuild.diff import HIDDEN, Change, Comparison, Kind
from pasbuild.generated import environment, fill
from pasbuild.orientations import Answer, judge
from pasbuild.procedure import states
from pasbuild.project import Dossier, Folder
from pasbuild.theme import Theme
from pasbuild.typography import french_date, typeset
from pasbuild.workbook import write_workbook

KINDS: dict[Kind, str] = {
    'ajoute': "Ajouté",
    'supprime': "Supprimé",
    'deplace': "Déplacé",
    'renumerote': "Renuméroté",
    'reformule': "Reformulé",
    'valeur': "Valeur changée",
    'donnees': "Données changées",
    'dessin': "Dessin changé",
    'trajectoire': "Tranches changées",
    'armature': "Armature changée",
    'correspondance': "Réponses à la loi changées",
    'forme': "Forme seulement",
    'renvoi': "Renvoi seulement",
    'typographie': "Typographie seulement",
}
ANSWERS: dict[Answer, str] = {
    'oui': "Des orientations du PAS changent probablement",
    'a_apprecier': "À apprécier : le texte des orientations change",
    'non': "Rien n’indique qu’une orientation change",
}
_CELLS = 8
"""Cells shown in a line of text; the page and the JSON show all."""


class Cote(TypedDict):
    """A version compared. ``gardee``: its name in the store of versions (« v2 »), or empty."""

    nom: str
    commit: str
    gardee: str
    scot: str
    version: str
    etat: str
    date: str


class Cellule(TypedDict):
    """A cell that changed; null: there was no such row or column, or there is none any more."""

    ligne: str
    colonne: str
    avant: str | None
    apres: str | None


class Mots(TypedDict):
    """Words in order: accepting all gives the new text, rejecting all the old one."""

    sort: Literal['egal', 'supprime', 'ajoute']
    texte: str


class Changement(TypedDict):
    """A change."""

    id: str
    sous: str
    lieu: str
    genre: Kind
    intitule: str
    nature: str
    numero_avant: str
    numero_apres: str
    avant: str
    apres: str
    mots: list[Mots]
    cellules: list[Cellule]
    orientation: bool
    motif: str


class Orientations(TypedDict):
    """Whether the orientations changed: ``preuves`` are ranks in ``changements``, from 0."""

    reponse: Answer
    constat: str
    droit: str
    preuves: list[int]


class Comparaison(TypedDict):
    """A comparison of two versions, as ``pasbuild diff --json`` writes it."""

    version: Literal[1]
    avant: Cote
    apres: Cote
    orientations: Orientations
    bilan: dict[str, int]
    masques: dict[str, int]
    changements: list[Changement]
    outil: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the versions: how the user named it, its commit or its name in the store if any, its dossier."""

    name: str
    commit: str
    dossier: Dossier
    kept: str = ''


def describe(old: Compared, new: Compared, comparison: Comparison, *, everything: bool = False) -> Comparaison:
    """Return the comparison as plain values. ``everything``: with what changes no word."""
    changes = comparison.shown(everything=everything)
    found = judge(changes, old.dossier.etat)
    proofs = {id(change) for change in found.evidence}
    counts = Counter(change.kind for change in comparison.changes)
    return {
        'version': 1,
        'avant': side_of(old),
        'apres': side_of(new),
        'orientations': {
            'reponse': found.answer,
            'constat': typeset(found.text),
            'droit': typeset(found.law),
            'preuves': [rank for rank, change in enumerate(changes) if id(change) in proofs],
        },
        'bilan': {kind: counts[kind] for kind in KINDS if counts[kind] and (everything or kind not in HIDDEN)},
        'masques': {kind: counts[kind] for kind in HIDDEN if counts[kind] and not everything},
        'changements': [_change(change) for change in changes],
        'outil': f'pasbuild {__version__}',
    }


def side_of(side: Compared) -> Cote:
    """Return a version compared as plain values."""
    dossier = side.dossier
    return {
        'nom': side.name, 'commit': side.commit, 'gardee': side.kept, 'scot': dossier.scot, 'version': dossier.version, 'etat': dossier.etat,
        'date': dossier.date.isoformat(),
    }  # fmt: skip


def _change(change: Change) -> Changement:
    return {
        'id': change.id,
        'sous': change.owner,
        'lieu': change.place,
        'genre': change.kind,
        'intitule': KINDS[change.kind],
        'nature': change.nature,
        'numero_avant': change.number_before,
        'numero_apres': change.number_after,
        'avant': change.before,
        'apres': change.after,
        'mots': [{'sort': words.op, 'texte': words.text} for words in change.words],
        'cellules': [
            {'ligne': cell.row, 'colonne': cell.column, 'avant': cell.before, 'apres': cell.after}
            for cell in change.cells
        ],
        'orientation': change.strategic,
        'motif': change.reason,
    }


def as_json(content: Mapping[str, object]) -> bytes:
    """Return the comparison for a program."""
    return (json.dumps(content, ensure_ascii=False, indent=2) + '\n').encode()


# --- text -------------------------------------------------------------------------------------------------------------


def as_text(content: Comparaison, changes: Sequence[Change]) -> str:
    """Return the comparison to read in a terminal: what changed, place by place."""
    return '\n'.join(_lines(content, changes))


def _lines(content: Comparaison, changes: Sequence[Change]) -> Iterator[str]:
    yield f"De : {named(content['avant'])}"
    yield f"À  : {named(content['apres'])}"
    yield ''
    if not changes:
        yield "Aucune différence de texte, de données ni de structure."
    else:
        yield ', '.join(f"{KINDS[kind].lower()} : {count}" for kind, count in _counts(content['bilan']))
    if content['masques']:
        hidden = ', '.join(f"{KINDS[kind].lower()} : {count}" for kind, count in _counts(content['masques']))
        yield f"Non montrés ({hidden}) : --tout"
    place = ''
    for change in changes:
        if change.place != place:
            place = change.place
            yield f"\n{place[:1].upper()}{place[1:]}"
        yield from _said(change)
    yield f"\nOrientations : {ANSWERS[content['orientations']['reponse']]}."
    yield content['orientations']['constat']
    yield content['orientations']['droit']


def _counts(counts: dict[str, int]) -> Iterator[tuple[Kind, int]]:
    yield from ((kind, counts[kind]) for kind in KINDS if kind in counts)


def named(side: Cote) -> str:
    """Return a version in a line."""
    state = states()[side['etat']].titre
    origin = f", commit {side['commit'][:10]}" if side['commit'] else ''
    origin = f", gardée sous {side['gardee']}" if side['gardee'] else origin
    return f"{side['nom']} (version {side['version']} du {french_date(side['date'])}, {state}{origin})"


def _said(change: Change) -> Iterator[str]:
    yield f"  {KINDS[change.kind]} [{change.id}] {summary(change)}".rstrip()
    for cell in change.cells[:_CELLS] if change.kind != 'correspondance' else ():
        yield f"      {cell.row}, {cell.column} : {_shown(cell.before)} → {_shown(cell.after)}"
    if len(change.cells) > _CELLS:
        yield f"      et {len(change.cells) - _CELLS} autres cellules"
    if change.reason:
        yield f"      motif : {change.reason}"


def _shown(cell: str | None) -> str:
    return "(absent)" if cell is None else cell or "(vide)"


def summary(change: Change) -> str:
    """Return a change in one line: marks around what changed, « [-…-] » removed and « {+…+} » added."""
    match change.kind:
        case 'renumerote' | 'deplace':
            return f"{change.before or '…'} → {change.after or '…'}"
        case 'correspondance':
            removed = [cell.row for cell in change.cells if cell.after is None]
            added = [cell.row for cell in change.cells if cell.before is None]
            return ' ; '.join(
                f'{word} {", ".join(names)}'
                for word, names in (("ne répond plus à", removed), ("répond à", added))
                if names
            )
        case _:
            return ''.join(_marked(words, first=not rank) for rank, words in enumerate(change.words))


def _marked(words: Words, *, first: bool) -> str:
    text = ' '.join(words.text.split('\n'))
    if words.op == 'egal':
        return text if len(text) < 60 else f'…{text[-28:]}' if first else f'{text[:28]}…{text[-28:]}'
    text = text if len(text) < 400 else f'{text[:400]}…'
    return f'[-{text}-]' if words.op == 'supprime' else f'{{+{text}+}}'


# --- page -------------------------------------------------------------------------------------------------------------


def as_html(content: Comparaison, folder: Folder, theme: Theme) -> bytes:
    """Return the comparison as a page: table of changes first, then the passages with « ajouté » and « supprimé » in words."""
    return fill_page('comparaison.html.j2', content, folder, theme)


def fill_page(template: str, content: Mapping[str, object], folder: Folder, theme: Theme) -> bytes:
    """Return a page of the comparison."""
    words = {
        'intitules': KINDS,
        'reponses': ANSWERS,
        'date': french_date,
        'etats': {name: state.titre for name, state in states().items()},
    }
    return fill(environment(folder, autoescape=True), template, c=content, theme=theme, **words).encode()


# --- table ------------------------------------------------------------------------------------------------------------

_COLUMNS = (
    ("Identifiant", 24), ("N° avant", 10), ("N° après", 10), ("Où", 38), ("Nature du changement", 22), ("Avant", 60),
    ("Après", 60), ("Motif", 40), ("Touche une partie stratégique", 16),
)  # fmt: skip


def as_xlsx(content: Comparaison) -> bytes:
    """Return the table of changes for a spreadsheet, same input, same bytes; no text is a formula."""
    title = f"Changements de la version {content['avant']['version']} à la version {content['apres']['version']}"
    rows = (line for change in content['changements'] for line in _rows(change))
    return write_table(_COLUMNS, rows, content['apres'], title, "Changements")


def write_table(
    columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[str]], side: Cote, title: str, name: str
) -> bytes:
    """Return a table of changes as a workbook, which ``side`` dates and signs."""
    date = datetime.date.fromisoformat(side['date'])
    return write_workbook(columns, rows, name=name, title=title, author=side['scot'], date=date)


def _rows(change: Changement) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a change: one, or one for each cell of data."""
    start = (change['id'], change['numero_avant'], change['numero_apres'])
    end = (change['motif'], "oui" if change['orientation'] else '')
    if not change['cellules'] or change['genre'] == 'correspondance':
        yield (*start, change['lieu'], change['intitule'], change['avant'], change['apres'], *end)
        return
    for cell in change['cellules']:
        place = f"{change['lieu']} : {cell['ligne']}, {cell['colonne']}"
        yield (*start, place, change['intitule'], _shown(cell['avant']), _shown(cell['apres']), *end)
