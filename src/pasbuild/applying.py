"""Apply what was decided of a review: accepted changes go into the Markdown, every decision into the ledger.

One line: read what came back and what was sent → find the blocks today → merge → rewrite and prove → write → commit.
A file whose new text cannot be proved is left as it was, with all the changes that bear on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pasbuild.commits import Checkout, Step, find_checkout
from pasbuild.diagnostics import Report
from pasbuild.edits import folded
from pasbuild.journal import carry_out, finish
from pasbuild.merging import SOURCES, Addition, Change, Merging, merge_changes, standings
from pasbuild.model import Span
from pasbuild.placing import Place, Source, align, block_before, read_source
from pasbuild.project import Folder, read_dossier
from pasbuild.registre import REGISTRE, Suivi, as_yaml, marked, read_registre, recorded, reviewer
from pasbuild.retourfile import read_retours
from pasbuild.retours import FOLDER, Modification, Retour
from pasbuild.reviewbase import FOLDER as EXPORTS
from pasbuild.reviewbase import Base, Bloc, read_base
from pasbuild.rewriting import guarded, rewrite
from pasbuild.wordmarkdown import write_plain

MOVABLE = ('paragraphe', 'titre')
_DONE = 'déjà faite'


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a change stands: ``applicable``, ``en conflit`` (``others``: with which), ``déjà faite``, or why it is not."""

    state: str
    others: tuple[str, ...] = ()
    reason: str = ''


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: files written, changes applied, refused, left aside; commits made."""

    files: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    commits: int = 0


@dataclass(slots=True)
class Review:
    """A review as it stands: what came back, what was sent, the sources today."""

    retours: Mapping[str, Retour]
    bases: Mapping[str, Base]
    sources: Mapping[str, Source]
    spans: Mapping[str, Span]
    """Where each change is decided."""
    present: dict[str, Place] = field(init=False)
    aligned: dict[str, dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        places = [place for source in self.sources.values() for place in source.places]
        self.present = {place.id: place for place in places}
        self.aligned = {key: align(base.blocs, places) for key, base in self.bases.items()}

    def changes(self, *, accepted: bool) -> tuple[list[Change], dict[str, Standing]]:
        """Return the changes (only the accepted ones, or all those not refused), and those that cannot be, by key."""
        found, out = list[Change](), dict[str, Standing]()
        for name, retour in self.retours.items():
            for rank, one in enumerate(retour.modifications):
                if one.suite or one.decision == 'refuser' or (accepted and one.decision != 'accepter'):
                    continue
                key = f'{name}/{one.id}'
                read = _Translator(self, name, retour).change(key, rank, one)
                if isinstance(read, Standing):
                    out[key] = read
                else:
                    found.append(read)
        return found, out

    def merge(self, changes: Iterable[Change]) -> Merging:
        """Return changes as one, without the additions that are there already."""
        merging = merge_changes({key: place.markdown for key, place in self.present.items()}, changes)
        added = {place: self._missing(place, found) for place, found in merging.added.items()}
        return replace(merging, added={place: found for place, found in added.items() if found})

    def _missing(self, place: str, added: tuple[Addition, ...]) -> tuple[Addition, ...]:
        order = [*self.present]
        after = [folded(self.present[key].markdown) for key in order[order.index(place) + 1 :][:20]]
        wanted = [folded(text.replace(' | ', ' ')) for addition in added for text in addition.texts]
        if added[0].form == 'ligne':
            after = [' '.join(after[: added[0].texts[0].count(' | ') + 1])]
        return () if wanted == after[: len(wanted)] else added


@dataclass(frozen=True, slots=True)
class _Translator:
    """A change as written in its file → one in terms of the present blocks."""

    review: Review
    name: str
    retour: Retour

    @property
    def sent(self) -> Sequence[Bloc]:
        return self.review.bases[self.retour.export].blocs

    @property
    def aligned(self) -> Mapping[str, str]:
        return self.review.aligned[self.retour.export]

    def change(self, key: str, rank: int, one: Modification) -> Change | Standing:
        """Return a change, or why there is none."""
        after = self._labelled(one.apres if one.texte is None else one.texte)
        if one.etat == 'partie générée':
            return Standing('non applicable', reason=f"ce passage est fabriqué : changez {one.source or 'ses données'}")
        if one.genre == 'mise en forme' and one.texte is None and one.avant == one.apres:
            return Standing('non applicable', reason="un style ne se change pas ici : changez le Markdown")
        if not one.blocs or (one.genre == 'cellule' and not one.avant):
            return self._addition(key, rank, one, after)
        if one.genre == 'cellule' and not after:
            return self._row_gone(key, rank, one)
        known = [self.aligned[block] for block in one.blocs if block in self.aligned]
        if len(known) < len(one.blocs):
            gone = not after and not known
            return Standing(_DONE if gone else 'non applicable', reason="le passage n'est plus dans le texte")
        before = one.avant if len(one.avant) == len(known) else tuple(self._base(block) for block in one.blocs)
        place = ''
        if one.genre == 'déplacé':
            place = block_before(one.apres_bloc, self.sent, self.aligned)
            if not self._can_move(known, place):
                return Standing('non applicable', reason="ce déplacement se fait à la main dans le Markdown")
        after = (*after[:1], *map(guarded, after[1:]))
        return Change(key, self._who, tuple(known), before, after, place, '', rank, self._fresh(one.blocs))

    @property
    def _who(self) -> str:
        return reviewer(self.retour)

    def _base(self, block: str) -> str:
        return next((bloc.markdown for bloc in self.sent if bloc.id == block), '')

    def _fresh(self, blocks: Iterable[str]) -> bool:
        here = self.review.present
        return all(folded(self._base(block)) == folded(here[self.aligned[block]].markdown) for block in blocks)

    def _can_move(self, blocks: Sequence[str], place: str) -> bool:
        here = self.review.present
        return bool(place) and all(here[b].genre in MOVABLE and here[b].file == here[place].file for b in blocks)

    def _labelled(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Give the notes a reviewer adds a label of their own: all begin at the same number in Word."""
        return tuple(re.sub(r'(?<=\[\^)nouvelle-(?=\d)', f'{self._label}-', text) for text in texts)

    @property
    def _label(self) -> str:
        return f'avis-{self.retour.sha256[:4]}'

    def _addition(self, key: str, rank: int, one: Modification, after: tuple[str, ...]) -> Change | Standing:
        form, place = _form(one.detail), block_before(one.apres_bloc, self.sent, self.aligned)
        if one.genre == 'cellule':
            form, place = 'ligne', self._row_before(rank, one)
        elif form.startswith('note '):
            form = f'note {self._label}-{form.rpartition("-")[2]}'
        if not place:
            return Standing('non applicable', reason="le passage qui précède n'est plus dans le texte")
        if one.texte is not None and after:
            form, after = _written(form, after)
        elif form == 'ligne':
            after = tuple(map(write_plain, after))  # cells come as plain text
        else:
            after = tuple(map(guarded, after))
        return Change(key, self._who, (), (), after, place, form, rank)

    def _row_gone(self, key: str, rank: int, one: Modification) -> Change | Standing:
        row = one.blocs[0].rpartition('.c')[0]
        cells = [bloc.id for bloc in self.sent if bloc.id.rpartition('.c')[0] == row]
        if any(cell not in self.aligned for cell in cells):
            return Standing(_DONE, reason="la ligne n'est plus dans le tableau")
        blocks = tuple(self.aligned[cell] for cell in cells)
        return Change(key, self._who, blocks, tuple(map(self._base, cells)), (), '', '', rank, self._fresh(cells))

    def _row_before(self, rank: int, one: Modification) -> str:
        """Return the last cell of the row before a new one. Word counts the rows with those it strikes and adds."""
        found = re.search(r'ligne (\d+)', one.detail)
        start = block_before((one.blocs or (one.apres_bloc,))[0], self.sent, self.aligned)
        order = [*self.review.present]
        cells = [k for k in order[order.index(start) :] if self.review.present[k].genre == 'cellule'] if start else []
        if not found or not cells:
            return ''
        table = cells[0].rpartition('.r')[0]
        others = [m for m in self.retour.modifications[:rank] if m.genre == 'cellule' and not m.avant]
        row = int(found[1]) - 2 - sum(other.blocs == one.blocs for other in others)
        inside = [key for key in cells if key.startswith(f'{table}.r{row}.')]
        return inside[-1] if inside else ''


def _form(detail: str) -> str:
    """Return what a new paragraph is, from the style it has in the word processor."""
    note = re.search(r'note « (\S+) »', detail)
    if note:
        return f'note {note[1]}'
    name = (re.search(r'style « (.*) »', detail) or ['', ''])[1].lower()
    title = re.fullmatch(r'(?:heading|titre) ([1-4])', name)
    if title:
        return f'titre{max(int(title[1]), 2)}'
    if name.startswith(('list ', 'liste ')) or name.endswith(' puce'):
        level = re.search(r', niveau (\d)', detail) or re.search(r'(\d)$', name)
        return f'item{level[1] if level else 1}'
    return 'corps' if name in ('body text', 'text body', 'corps de texte', 'normal', 'standard') else ''


def _written(form: str, after: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return what the person who decides wrote: a title or an item when it is marked so."""
    mark = re.match(r'(#{2,4}|[-*+]|\d+[.)])\s+', after[0])
    if not mark:
        return form, after
    kind = f'titre{len(mark[1])}' if mark[1].startswith('#') else 'item'
    return kind, (after[0][mark.end() :], *after[1:])


# --- reading ----------------------------------------------------------------------------------------------------------


def read_review(folder: Folder, report: Report) -> Review | None:
    """Return the review of a dossier, or None when it has no dossier.yaml. What cannot be read is reported."""
    dossier = read_dossier(folder, report)
    if dossier is None:
        return None
    known, bases = read_retours(folder, report), dict[str, Base]()
    retours = {name: found.retour for name, found in known.items()}
    for name, retour in [*retours.items()]:
        file = f'{EXPORTS}/{retour.export}.json'
        text = folder.text(file, Span(f'{FOLDER}/{name}.yaml'), report)
        base = read_base(text, file, report) if text is not None else None
        if base is None:
            del retours[name]
        else:
            bases[retour.export] = base
    sources = {}
    for part in dict.fromkeys(dossier.parties):
        file = f'content/{part}'
        text = folder.text(file, Span(file), report) if part.endswith('.md') else None
        if text is not None:
            sources[file] = read_source(text, file)
    spans = {
        f'{name}/{one.id}': known[name].source.span(('modifications', rank))
        for name, retour in retours.items()
        for rank, one in enumerate(retour.modifications)
    }
    return Review(retours, bases, sources, spans)


def examine(review: Review, *, accepted: bool = False) -> dict[str, Standing]:
    """Return where each change not yet settled stands, by « retour/id », as if all of them were accepted."""
    changes, found = review.changes(accepted=accepted)
    for key, others in standings(review.merge(changes), changes).items():
        found[key] = Standing('en conflit', tuple(sorted(others))) if others else Standing('applicable')
    for name, retour in review.retours.items():
        found |= {f'{name}/{one.id}': Standing(_DONE) for one in retour.modifications if one.suite == 'appliquée'}
    return found


def standings_of(folder: Folder) -> dict[str, Standing]:
    """Return where the changes of a dossier stand; what cannot be read is said elsewhere."""
    review = read_review(folder, Report())
    return examine(review) if review is not None else {}


# --- applying ---------------------------------------------------------------------------------------------------------


def apply(folder: Folder, report: Report, *, commit: bool = True, dry: bool = False) -> Applied | None:
    """Apply the decisions; None when the review cannot be read. ``dry``: say what would be done, write nothing.

    What a run that was killed had begun is finished first.
    """
    finish(folder, report, commit=commit, dry=dry)
    review, registre = read_review(folder, report), read_registre(folder, report)
    if review is None or registre is None or report.failed():
        return None
    plan = _Plan(review, report)
    plan.make()
    files = plan.files()
    checkout = find_checkout(folder.root) if commit and not dry else None
    if checkout is not None and (dirty := checkout.dirty([*files])):
        for name in dirty:
            message = "Ce fichier a des modifications que Git n'a pas enregistrées : rien n'est appliqué."
            report.add('revue.non-enregistre', Span(name), message, "Enregistrez-les (git commit), ou --sans-commit.")
        return None
    suites = dict.fromkeys(plan.granted, 'appliquée') | dict.fromkeys(plan.refused(), 'refusée')
    kept = _kept(folder, review, suites)
    ledger = recorded(registre, plan.suivis(suites), review.retours)
    if ledger != registre:
        kept[REGISTRE] = as_yaml(ledger)
    written = _bytes(folder, files)
    done = Applied((*written,), (*plan.granted,), (*plan.refused(),), (*plan.left,))
    return done if dry else replace(done, commits=_write(folder, plan, written, kept, checkout))


class _Plan:
    """What will be written, and what is left aside, with the reasons in the report."""

    def __init__(self, review: Review, report: Report) -> None:
        self.review, self.report = review, report
        self.changes, self.aside = review.changes(accepted=True)
        self.left: dict[str, Standing] = {}
        self.granted: list[str] = []

    def make(self) -> None:
        """Set aside the conflicts, then the changes of each file that cannot be proved."""
        merging = self.review.merge(self.changes)
        for key, others in standings(merging, self.changes).items():
            if others:
                self.left[key] = Standing('en conflit', tuple(sorted(others)))
        self.left |= {key: found for key, found in self.aside.items() if found.state != _DONE}
        self.changes = [change for change in self.changes if change.key not in self.left]
        for file, reason in self._faults(self.changes):
            here = {key for key, place in self.review.present.items() if place.file == file}
            for change in self.changes:
                if here & {*change.blocks, change.place}:
                    self.left[change.key] = Standing('preuve', reason=reason)
        self.changes = [change for change in self.changes if change.key not in self.left]
        done = [key for key, found in self.aside.items() if found.state == _DONE]
        self.granted = sorted({*done, *(change.key for change in self.changes)})
        self._say()

    def _faults(self, changes: Sequence[Change]) -> list[tuple[str, str]]:
        merging = self.review.merge(changes)
        found = ((file, rewrite(source, merging, self._ids())[1]) for file, source in self.review.sources.items())
        return [(file, reason) for file, reason in found if reason]

    def _ids(self) -> frozenset[str]:
        return frozenset(key for source in self.review.sources.values() for key in source.ids)

    def files(self, who: Iterable[str] | None = None) -> dict[str, str]:
        """Return the new text of the files that change, with the changes of these reviewers only."""
        chosen = {change.who for change in self.changes} if who is None else {*who}
        merging = self.review.merge([change for change in self.changes if change.who in chosen])
        texts = {f: rewrite(source, merging, self._ids())[0] for f, source in self.review.sources.items()}
        return {file: text for file, text in texts.items() if text != self.review.sources[file].text}

    def reviewers(self) -> list[str]:
        """Return whose changes are applied."""
        return sorted({change.who for change in self.changes})

    def refused(self) -> list[str]:
        """Return the changes refused with a reason, not yet in the ledger."""
        return [key for key, one in self._all() if one.decision == 'refuser' and one.motif.strip() and not one.suite]

    def _all(self) -> Iterable[tuple[str, Modification]]:
        for name, retour in self.review.retours.items():
            yield from ((f'{name}/{one.id}', one) for one in retour.modifications)

    def suivis(self, suites: Mapping[str, str]) -> Iterable[tuple[str, Suivi]]:
        """Yield the entries of the ledger for what was decided, each with its block."""
        for key, one in self._all():
            if key not in suites:
                continue
            name, retour = key.partition('/')[0], self.review.retours[key.partition('/')[0]]
            texts = one.apres if one.texte is None else one.texte
            result = one.avant if suites[key] == 'refusée' else texts
            yield (
                one.blocs[0] if one.blocs else one.apres_bloc,
                Suivi(
                    id=one.id, export=retour.export, retour=name, relecteur=reviewer(retour), auteurs=one.auteurs,
                    date=one.date, genre=one.genre, avant=one.avant, apres=one.apres, motif=one.motif,
                    decision='refuser' if suites[key] == 'refusée' else 'accepter', resultat=result,
                ),
            )  # fmt: skip

    def _say(self) -> None:
        for key, one in self._all():
            span = self.review.spans[key]
            if one.decision == 'refuser' and not one.motif.strip():
                hint = "Complétez « motif » : il est dû à la personne qui a relu, et va au registre."
                self.report.add('revue.motif', span, f"La modification {one.id} est refusée sans motif.", hint)
            found = self.left.get(key)
            if found is None:
                continue
            match found.state:
                case 'en conflit':
                    named = ', '.join("le texte d'aujourd'hui" if other == SOURCES else other for other in found.others)
                    message = f"La modification {one.id} est en conflit avec {named} : elle n'est pas appliquée."
                    hint = "Écrivez le texte retenu dans « texte » de l'une, et refusez l'autre."
                    self.report.warn('revue.conflit', span, message, hint)
                case 'preuve':
                    message = f"La modification {one.id} n'est pas appliquée : {found.reason}."
                    self.report.add('revue.preuve', span, message, "Faites-la à la main dans le Markdown.")
                case _:
                    message = f"La modification {one.id} ne s'applique pas : {found.reason}."
                    hint = "Faites-la à la main, puis refusez-la ici avec ce motif."
                    self.report.warn('revue.inapplicable', span, message, hint)


def _kept(folder: Folder, review: Review, suites: Mapping[str, str]) -> dict[str, bytes]:
    """Return the returned files with what became of their changes."""
    found = {}
    for name in review.retours:
        own = {key.partition('/')[2]: suite for key, suite in suites.items() if key.partition('/')[0] == name}
        if own:
            file = f'{FOLDER}/{name}.yaml'
            found[file] = marked((folder.root / file).read_text(encoding='utf-8'), own).encode()
    return found


def _bytes(folder: Folder, files: Mapping[str, str]) -> dict[str, bytes]:
    """Return texts as the bytes of their files: ends of lines and byte order mark as they were."""
    found = {}
    for name, text in files.items():
        old = (folder.root / name).read_bytes()
        lines = text.replace('\n', '\r\n') if b'\r\n' in old else text
        found[name] = lines.encode('utf-8-sig' if old.startswith(b'\xef\xbb\xbf') else 'utf-8')
    return found


def _write(
    folder: Folder, plan: _Plan, written: Mapping[str, bytes], kept: Mapping[str, bytes], checkout: Checkout | None
) -> int:
    """Write the sources, the returned files and the ledger, then move the branch. Return the number of commits."""
    files = {**written, **kept}
    if checkout is None:
        carry_out(folder, files)
        return 0
    steps: list[Step] = []
    reviewers = plan.reviewers()
    for rank, who in enumerate(reviewers, 1):
        texts = _bytes(folder, plan.files(reviewers[:rank]))
        steps.append(Step(who, f"Avis de {who}\n\nModifications acceptées, appliquées par pasbuild.\n", texts))
    if kept:
        steps.append(Step('', "Avis : décisions inscrites au registre\n", kept))
    carry_out(folder, files, checkout, *checkout.prepare(steps))
    return len(steps)
