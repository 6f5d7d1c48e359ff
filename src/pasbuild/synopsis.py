"""Three versions or more side by side (débattu, arrêté, approuvé): what each objective and each tranche says in each.

Why: who votes, or judges, wants to see in one place what was debated, what was adopted and what is approved. Passages stand
on one line across the versions, found again by ``alignment``; each version is compared with the one before it, and what
does not change says so rather than being printed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Literal

from typing_extensions import TypedDict

from pasbuild import __version__
from pasbuild.alignment import Item, align, compare_words, fold
from pasbuild.diff import DECIDED, Comparison, decided, distinct, items, merged_order, place
from pasbuild.diffreport import (
    ANSWERS,
    Compared,
    Cote,
    Mots,
    fill_page,
    named,
    side_of,
    write_table,
)
from pasbuild.document import Project
from pasbuild.model import Table, plain
from pasbuild.orientations import Answer, judge
from pasbuild.procedure import states
from pasbuild.project import Folder
from pasbuild.theme import Theme
from pasbuild.typography import french_date, typeset
from pasbuild.units import Owner, collect, typed

SAME, ABSENT = "sans changement", "–"
_ALWAYS = ('dynamique', 'axe', 'objectif')
"""What has its lines even when nothing changes: what the PAS is made of."""
_NUMBERED = (*_ALWAYS, 'enjeu')
_FOLDED = 'ligne de tableau'
"""Kind of the passages that are counted, not printed, when they change in no version."""
_NUMBER = 'numéro'
"""Kind of the first passage of what has not the same number in all versions."""
_KINDS = {'legende': "légende", 'intitule': "intitulé"}

Sort = Literal['texte', 'identique', 'change', 'ajoute', 'supprime', 'absent']


class Case(TypedDict):
    """What a passage is in a version. ``identique``, ``absent``: no words; ``texte``: the first version, as it is."""

    sort: Sort
    mots: list[Mots]


class Passage(TypedDict):
    """A passage through the versions: one case each."""

    nature: str
    cases: list[Case]


class Rubrique(TypedDict):
    """What stands under one identifier."""

    id: str
    nature: str
    lieu: str
    change: bool
    motif: str
    passages: list[Passage]


class Transition(TypedDict):
    """Whether the orientations changed from a version to the next, as in a comparison of two."""

    reponse: Answer
    constat: str
    droit: str


class Synopsis(TypedDict):
    """Versions side by side, as ``pasbuild diff A B C --json`` writes it. ``transitions``: one less than versions."""

    version: Literal[1]
    versions: list[Cote]
    transitions: list[Transition]
    rubriques: list[Rubrique]
    outil: str


@dataclass(slots=True, eq=False)
class _Thread:
    """A passage followed through the versions: its text in each, None where it is not; ``typed``: as in ``Item``."""

    kind: str
    texts: list[str | None] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)


def lay_side_by_side(
    sides: Sequence[Compared],
    projects: Sequence[Project],
    comparisons: Sequence[Comparison],
    motifs: Mapping[str, str],
    *,
    everything: bool = False,
) -> Synopsis:
    """Return the versions side by side. ``comparisons``: of each with the next; ``everything``: typography is a change."""
    found = [*_owned(projects, motifs, everything=everything), *_set(projects, motifs, everything=everything)]
    judged = [
        judge(comparison.changes, side.dossier.etat) for comparison, side in zip(comparisons, sides[:-1], strict=True)
    ]
    return {
        'version': 1,
        'versions': [side_of(side) for side in sides],
        'transitions': [
            {'reponse': one.answer, 'constat': typeset(one.text), 'droit': typeset(one.law)} for one in judged
        ],
        'rubriques': [one for one in found if one['change'] or one['nature'] in (*_ALWAYS, 'trajectoire')],
        'outil': f'pasbuild {__version__}',
    }


# --- passages through the versions ------------------------------------------------------------------------------------


def _owned(projects: Sequence[Project], motifs: Mapping[str, str], *, everything: bool) -> Iterator[Rubrique]:
    """Yield what each identifier names, in the order of the last version, removed things where they stood."""
    owners = [collect(project.document) for project in projects]
    order: dict[str, Owner] = {}
    for version in owners:
        order = {name: version.get(name) or order[name] for name in merged_order(order, version)}
    for name, last in order.items():
        through = [version.get(name) for version in owners]
        threads = _threads([_passages(owner) if owner else [] for owner in through])
        numbers = [owner.number if owner else None for owner in through]
        if last.nature in _NUMBERED and len({number for number in numbers if number is not None}) > 1:
            threads.insert(0, _Thread(_NUMBER, list(numbers)))
        yield _rubrique((name, last.nature, place(last)), threads, motifs, everything=everything)


def _set(projects: Sequence[Project], motifs: Mapping[str, str], *, everything: bool) -> Iterator[Rubrique]:
    """Yield what the project itself sets: tranches, armature. A row is one passage."""
    for name, nature, title in DECIDED:
        grids = [decided(project.data.get(name)) for project in projects]
        kind = _FOLDED if nature == 'armature' else 'tranche'
        passages = [
            [
                Item(kind, ' ; '.join(f'{head} : {cell}' for head, cell in zip(grid.columns, row, strict=True)), key)
                for key, row in grid.rows.items()
            ]
            for grid in grids
        ]
        if any(passages):
            yield _rubrique((name, nature, title), _threads(passages), motifs, everything=everything)


def _passages(owner: Owner) -> list[Item]:
    return items(owner.units) + [row for rank, table in enumerate(owner.tables) for row in _table_rows(rank, table)]


def _table_rows(rank: int, table: Table) -> Iterator[Item]:
    """Yield the rows of a table, known by their first cell."""
    rows = (table.header, *(row.cells for row in table.rows))
    names = distinct(plain(row[0].children) if row else '' for row in rows)
    for name, row in zip(names, rows, strict=True):
        text, written = (' | '.join(read(cell.children) for cell in row) for read in (plain, typed))
        yield Item(_FOLDED, text, f'{rank}/{name}', written)


def _threads(versions: Sequence[Sequence[Item]]) -> list[_Thread]:
    """Return the passages of all versions, each once, in an order that respects every version as far as may be."""
    found = [_Thread(item.kind, [item.text], [item.typed]) for item in versions[0]]
    last = list(found)
    for rank, (old, new) in enumerate(pairwise(versions), 1):
        at, here = 0, []
        for i, j in align(old, new):
            if i is not None:
                thread = last[i]
                at = found.index(thread) + 1
            else:
                assert j is not None
                thread = _Thread(new[j].kind, [None] * rank, [''] * rank)
                found.insert(at, thread)
                at += 1
            if j is not None:
                thread.texts.append(new[j].text)
                thread.typed.append(new[j].typed)
                here.append(thread)
        for thread in found:
            missing = rank + 1 - len(thread.texts)
            thread.texts += [None] * missing
            thread.typed += [''] * missing
        last = here
    return found


def _rubrique(
    named_as: tuple[str, str, str], threads: Sequence[_Thread], motifs: Mapping[str, str], *, everything: bool
) -> Rubrique:
    name, nature, title = named_as
    passages: list[Passage] = [
        {'nature': _KINDS.get(thread.kind, thread.kind), 'cases': _cases(thread, everything=everything)}
        for thread in threads
    ]
    change = any(map(_changes, passages))
    kept = _folded(_told(passages)) if change else passages if nature == 'trajectoire' else passages[:1]
    reason = motifs.get(name, '')
    return {'id': name, 'nature': nature, 'lieu': title, 'change': change, 'motif': reason, 'passages': kept}


def _changes(passage: Passage) -> bool:
    return any(case['sort'] in ('change', 'ajoute', 'supprime') for case in passage['cases'])


def _told(passages: list[Passage]) -> list[Passage]:
    """Return the passages to print: of what only changes its number, the number and the title."""
    if any(_changes(passage) for passage in passages if passage['nature'] != _NUMBER):
        return passages
    return passages[:2]


def _folded(passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages, rows of tables that change nowhere counted in one line."""
    found: list[Passage] = []
    for folded, group in groupby(passages, key=lambda one: one['nature'] == _FOLDED and not _changes(one)):
        run = list(group)
        if not folded:
            found += run
            continue
        count = len(run)
        words = f"{count} lignes" if count > 1 else "une ligne"
        first: Case = {'sort': 'texte', 'mots': [{'sort': 'egal', 'texte': f"({words} sans changement)"}]}
        rest: list[Case] = [{'sort': 'identique', 'mots': []} for _ in run[0]['cases'][1:]]
        found.append({'nature': _FOLDED, 'cases': [first, *rest]})
    return found


def _cases(thread: _Thread, *, everything: bool) -> list[Case]:
    first = _case(None, thread.texts[0])
    if first['sort'] == 'ajoute':
        first = {'sort': 'texte', 'mots': [{'sort': 'egal', 'texte': thread.texts[0] or ''}]}
    cases = [first]
    steps = zip(pairwise(thread.texts), pairwise(thread.typed or ['' for _ in thread.texts]), strict=True)
    for (old, new), (before, after) in steps:
        same = not everything and old is not None and new is not None and _same(old, new, before, after)
        cases.append({'sort': 'identique', 'mots': []} if same else _case(old, new))
    return cases


def _same(old: str, new: str, before: str, after: str) -> bool:
    """Tell whether only typography changes, or the number of what the passage refers to (a value is a change)."""
    return fold(old) == fold(new) or bool(after and before == after and '{' not in after)


def _case(old: str | None, new: str | None) -> Case:
    if old is None:
        return {'sort': 'absent', 'mots': []} if new is None else _whole('ajoute', new)
    if new is None:
        return _whole('supprime', old)
    if old == new:
        return {'sort': 'identique', 'mots': []}
    return {'sort': 'change', 'mots': [{'sort': one.op, 'texte': one.text} for one in compare_words(old, new)]}


def _whole(sort: Literal['ajoute', 'supprime'], text: str) -> Case:
    return {'sort': sort, 'mots': [{'sort': sort, 'texte': text}]}


# --- to read ----------------------------------------------------------------------------------------------------------


def as_text(content: Synopsis) -> str:
    """Return what a terminal shows: the versions, and what changes in which of them."""
    return '\n'.join(_lines(content))


def _lines(content: Synopsis) -> Iterator[str]:
    for rank, side in enumerate(content['versions'], 1):
        yield f"{rank}. {named(side)}"
    changed = [rubrique for rubrique in content['rubriques'] if rubrique['change']]
    yield "" if changed else "\nAucune différence de texte, de données ni de structure."
    for rubrique in changed:
        where = rubrique['lieu']
        moved = ', '.join(_where_changed(rubrique, content['versions']))
        yield f"{where[:1].upper()}{where[1:]} [{rubrique['id']}] : {moved}"
    for (one, other), found in zip(pairwise(content['versions']), content['transitions'], strict=True):
        yield f"\nOrientations, de « {one['nom']} » à « {other['nom']} » : {ANSWERS[found['reponse']]}."
        yield f"{found['constat']}"
    for law in dict.fromkeys(found['droit'] for found in content['transitions']):
        yield f"\n{law}"


def _where_changed(rubrique: Rubrique, sides: Sequence[Cote]) -> Iterator[str]:
    for rank, side in enumerate(sides[1:], 1):
        sorts = {passage['cases'][rank]['sort'] for passage in rubrique['passages']}
        if sorts <= {'ajoute', 'absent'} and 'ajoute' in sorts:
            yield f"apparaît dans « {side['nom']} »"
        elif sorts <= {'supprime', 'absent'} and 'supprime' in sorts:
            yield f"disparaît dans « {side['nom']} »"
        elif sorts & {'change', 'ajoute', 'supprime'}:
            yield f"change dans « {side['nom']} »"


def as_html(content: Synopsis, folder: Folder, theme: Theme) -> bytes:
    """Return a page: one column a version, « ajouté » and « supprimé » in words."""
    return fill_page('synopsis.html.j2', content, folder, theme)


def as_xlsx(content: Synopsis) -> bytes:
    """Return the table for a spreadsheet: one line a passage, one column a version, the reason last."""
    heads = [("Identifiant", 24), ("Où", 38), ("Passage", 16)]
    heads += [(title, 60) for title in _titles(content['versions'])]
    title = "Versions côte à côte : " + ', '.join(side['version'] for side in content['versions'])
    return write_table([*heads, ("Motif", 40)], _rows(content), content['versions'][-1], title, "Tableau comparatif")


def _titles(sides: Sequence[Cote]) -> Iterator[str]:
    """Yield the titles of the columns: the state, the version, the day."""
    for side in sides:
        state = states()[side['etat']].titre
        yield f"{state[:1].upper()}{state[1:]}, version {side['version']} du {french_date(side['date'])}"


def _rows(content: Synopsis) -> Iterator[tuple[str, ...]]:
    for rubrique in content['rubriques']:
        for passage in rubrique['passages']:
            start = (rubrique['id'], rubrique['lieu'], passage['nature'])
            yield (*start, *map(_said, passage['cases']), rubrique['motif'])


def _said(case: Case) -> str:
    match case['sort']:
        case 'identique':
            return SAME
        case 'absent':
            return ABSENT
        case _:
            return ''.join(map(_marked, case['mots']))


def _marked(words: Mots) -> str:
    """Return words with what became of them; the spaces around them stay outside."""
    text = words['texte']
    if words['sort'] == 'egal' or not text.strip():
        return text
    said = "ajouté" if words['sort'] == 'ajoute' else "supprimé"
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}[{said} : {text.strip()}]{after}"
