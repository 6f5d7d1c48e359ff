"""Take back files that reviewers returned: each is judged, compared with what was sent, and kept in the dossier.

Nothing of the text changes here: what was asked goes to ``content/avis/retours/``, where a person decides. A file that is
refused stops nothing: the others are taken.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pasbuild.build import write_files
from pasbuild.changes import Change, Comment, Returned, Words
from pasbuild.commenting import newly_settled, only_new, read_conversation
from pasbuild.data import slug
from pasbuild.diagnostics import Report, nearest
from pasbuild.model import Span
from pasbuild.project import Folder
from pasbuild.record import sources
from pasbuild.retourfile import as_yaml, clean, read_retour, read_retours
from pasbuild.retours import FOLDER, Commentaire, Modification, Retour, identify
from pasbuild.returned import EXPORT_PROPERTY, compare
from pasbuild.reviewbase import FOLDER as EXPORTS
from pasbuild.reviewbase import Base, read_base
from pasbuild.typography import french_date
from pasbuild.wordreader import Reading, read_word
from pasbuild.wordsafe import WordFile, open_word

MAX_FILE = 100 << 20
"""Bytes of a returned file: the copy of an illustrated dossier has five million."""
_PRINTED = re.compile(r'Numéro d.envoi\s*:\s*([0-9a-f]{12})\b')
_KEPT = tuple(name for name in Modification.model_fields if name in ('decision', 'texte', 'motif', 'suite'))
"""What the syndicate writes of a change."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A file taken. ``kept``: decisions found again; ``others``: other files of the same reviewer and sending."""

    path: Path
    retour: Retour
    kept: int
    others: tuple[str, ...]


def import_files(folder: Folder, files: Sequence[Path], report: Report, sending: str = '') -> tuple[Imported, ...]:
    """Take the files one after the other and return those that were; the others are findings.

    ``sending``: identifier of the sending, for files that have lost it.
    """
    current = sources(folder.root)
    found = (_import_file(folder, path, report, sending, current) for path in files)
    return tuple(imported for imported in found if imported is not None)


def _import_file(folder: Folder, path: Path, report: Report, sending: str, current: str) -> Imported | None:
    span = Span(path.name)
    if path.stat().st_size > MAX_FILE:
        hint = "Si le document est vraiment le vôtre, allégez ses images."
        report.add('revue.taille', span, f"Le fichier dépasse {MAX_FILE >> 20} Mo.", hint)
        return None
    data = path.read_bytes()
    file = open_word(data, path.name, report)
    if file is None:
        return None
    reading = read_word(file)
    base = _base(folder, _sending(file, reading, sending, span, report), span, report)
    if base is None:
        return None
    if base.sources_sha256 != current:
        sent = f"{base.dossier.version} du {french_date(base.dossier.date)}"
        message = f"Le dossier a changé depuis l'envoi {base.id} (version {sent})."
        report.warn('revue.ancien', span, message, "Les demandes seront reportées sur le texte d'aujourd'hui.")
    returned = compare(file, reading, base)
    said = read_conversation(folder, Report(), but=base.id) if returned.comments else ()
    new = replace(returned, comments=only_new(returned.comments, said))
    retour = as_retour(new, base, path.name, data).model_copy(update={'regles': newly_settled(returned.comments, said)})
    return _keep(folder, retour, report)


def _sending(file: WordFile, reading: Reading, given: str, span: Span, report: Report) -> str:
    """Return the identifier of the sending: told by the file, given, or printed on the first page."""
    told = file.properties.get(EXPORT_PROPERTY, '')
    if told or given:
        return told or given
    shown = (''.join(segment.text for segment in paragraph.segments) for paragraph in reading.paragraphs[:40])
    printed = next((found[1] for text in shown if (found := _PRINTED.search(text))), '')
    if printed:
        message = f"Le fichier a perdu ses propriétés ; l'envoi {printed} est lu sur sa première page."
        report.warn('revue.envoi-perdu', span, message, "Si ce n'est pas le bon, donnez-le : --envoi NUMÉRO.")
    else:
        hint = "Donnez-le : --envoi NUMÉRO (il est dans le nom des fichiers de content/avis/exports/)."
        report.add('revue.envoi-perdu', span, "Rien ne dit plus à quel envoi répond ce fichier.", hint)
    return printed


def _base(folder: Folder, sending: str, span: Span, report: Report) -> Base | None:
    """Return what was sent, or None after a finding."""
    if not sending:
        return None
    known = [path.stem for path in (folder.root / EXPORTS).glob('*.json')]
    if sending not in known:
        message = f"L'envoi « {sending[:40]} » n'est pas dans {EXPORTS}/."
        hint = f"Le fichier répond à un autre dossier, ou cet envoi a été effacé d'ici : reprenez-le du dépôt. {nearest(sending, known)}"
        report.add('revue.envoi-inconnu', span, message, hint.strip())
        return None
    name = f'{EXPORTS}/{sending}.json'
    text = folder.text(name, span, report)
    base = read_base(text, name, report) if text is not None else None
    if base is not None and base.id != sending:
        report.add('revue.base', Span(name), f"Ce fichier décrit l'envoi {base.id}.", "Rendez-lui son nom.")
        return None
    return base


# --- as values --------------------------------------------------------------------------------------------------------


def as_retour(returned: Returned, base: Base, name: str, data: bytes) -> Retour:
    """Return what a file says, in the form in which it is decided."""
    reviewer = base.relecteur or ', '.join(returned.authors)
    return Retour(
        export=base.id,
        relecteur=clean(reviewer),
        fichier=clean(name),
        sha256=hashlib.sha256(data).hexdigest(),
        modifications=tuple(_changes((*returned.changes, *returned.unplaced))),
        commentaires=tuple(_comments(returned.comments)),
        remarques=returned.notes,
    )


def _changes(changes: Iterable[Change]) -> Iterable[Modification]:
    seen: Counter[object] = Counter()
    for change in changes:
        before, after = _markdown(change.before), _markdown(change.after)
        key = (change.kind, change.blocks, before, after)
        yield Modification(
            id=identify(*key, seen[key]),
            genre=change.kind,
            blocs=change.blocks,
            apres_bloc=change.previous if change.kind in ('inséré', 'déplacé') or not change.blocks else '',
            auteurs=tuple(map(clean, change.authors)),
            date=clean(next((mark.date for mark in change.marks), '')),
            suivi=change.tracked,
            etat=change.state,
            source=change.source,
            detail=clean(change.detail),
            avant=before,
            apres=after,
        )
        seen[key] += 1


def _markdown(words: Iterable[Words]) -> tuple[str, ...]:
    return tuple(clean(one.markdown or one.text) for one in words)


def _comments(comments: Sequence[Comment]) -> Iterable[Commentaire]:
    """Yield the comments under identifiers that stay when a program numbers them anew."""
    seen: Counter[object] = Counter()
    named: dict[str, str] = {}
    for one in comments:
        key = (one.author, one.text, one.quote)
        named[one.id] = identify('commentaire', (one.author,), (one.text,), (one.quote,), seen[key])
        seen[key] += 1
    for one in comments:
        yield Commentaire(
            id=named[one.id],
            auteur=clean(one.author),
            date=clean(one.date),
            texte=clean(one.text),
            citation=clean(one.quote),
            blocs=one.blocks,
            repond_a=named.get(one.parent, one.parent if '/' in one.parent else ''),
            resolu=one.resolved,
        )


# --- in the dossier ---------------------------------------------------------------------------------------------------


def _keep(folder: Folder, retour: Retour, report: Report) -> Imported | None:
    """Write a returned file with the decisions already taken; None when those cannot be read."""
    stem = f'{retour.export}-{slug(retour.relecteur)[:40].strip("-") or "relecteur"}-{retour.sha256[:6]}'
    before = report.count('erreur')
    own = read_retour(folder, stem, report) if (folder.root / FOLDER / f'{stem}.yaml').is_file() else None
    if report.count('erreur') > before:
        return None
    others = {
        name: known.retour
        for name, known in read_retours(folder, Report()).items()
        if name != stem and (known.retour.export, known.retour.relecteur) == (retour.export, retour.relecteur)
    }
    decided = _with_decisions(retour, [*others.values(), *([own.retour] if own else [])])
    if own is not None:  # the ledger may hold since what this very file said
        decided = decided.model_copy(update={'regles': tuple(sorted({*decided.regles, *own.retour.regles}))})
    path = folder.root / FOLDER / f'{stem}.yaml'
    if own is None or own.retour != decided:
        (path,) = write_files(path.parent, {path.name: as_yaml(decided)})
    kept = sum(bool(one.decision) for one in decided.modifications)
    return Imported(path, decided, kept, tuple(others))


def _with_decisions(retour: Retour, known: Sequence[Retour]) -> Retour:
    """Return a returned file with what was decided of the same changes; the last of ``known`` prevails."""
    changes = {one.id: one for found in known for one in found.modifications if any(_said(one).values())}
    answers = {one.id: one.reponse for found in known for one in found.commentaires if one.reponse}
    return retour.model_copy(
        update={
            'modifications': tuple(
                one.model_copy(update=_said(changes[one.id]) if one.id in changes else {})
                for one in retour.modifications
            ),
            'commentaires': tuple(
                one.model_copy(update={'reponse': answers.get(one.id, '')}) for one in retour.commentaires
            ),
        }
    )


def _said(change: Modification) -> Mapping[str, object]:
    return {name: getattr(change, name) for name in _KEPT}
