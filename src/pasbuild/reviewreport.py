"""The report of a review, as a page and as Markdown: part after part, who asks what, before and after, and its state.

Read by people who were not at the meeting: no colour alone says anything, values and references show what was printed,
not how they are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pasbuild import __version__
from pasbuild.build import write_files
from pasbuild.diagnostics import Report
from pasbuild.generated import environment, fill
from pasbuild.project import Folder, read_dossier
from pasbuild.registre import DECISIONS, KINDS
from pasbuild.rendering import filled, readable, shown_tokens, silent_pieces
from pasbuild.retourfile import read_retours
from pasbuild.retours import FOLDER as RETOURS
from pasbuild.retours import Commentaire, Modification, Retour
from pasbuild.reviewbase import Place, read_places
from pasbuild.reviewstatus import STATES, Standings, state_of
from pasbuild.theme import find_theme
from pasbuild.typography import french_date, typeset

OUTPUT = 'output/relecture'
NAMES = ('rapport.html', 'rapport.md')
MEANING = {
    "applicable": "Le passage est trouvé, rien ne s'y oppose : il ne manque que la décision.",
    "sans suivi": "Faite sans le suivi des modifications, et trouvée par comparaison : on ne sait pas qui l'a faite.",
    "en conflit": "Un autre relecteur, ou le texte d'aujourd'hui, dit autre chose au même endroit.",
    "à placer": "Le passage n'est pas reconnu avec certitude : vérifiez le bloc proposé.",
    "partie générée": "Ce passage est fabriqué à partir de données : c'est à leur source qu'il se change.",
    "non applicable": "Ne peut pas être reportée telle quelle.",
    "déjà faite": "Le texte d'aujourd'hui le dit déjà.",
}
_PLACES = {
    'titre': "titre", 'item': "élément de liste", 'cellule': "cellule de tableau", 'legende': "légende",
    'note': "note de bas de page", 'terme': "terme défini", 'definition': "définition", 'citation': "citation",
    'intitule': "titre d'encadré", 'remarque': "note de tableau",
}  # fmt: skip
_LOST = "Sans place dans le texte"
_START = 60
"""Characters of a passage that are enough to know it."""


def write_reports(folder: Folder, report: Report, standings: Standings | None = None) -> tuple[Path, ...]:
    """Write the report of all that came back, in ``output/relecture/``; nothing when the dossier cannot be read."""
    theme, found = find_theme(folder, report), describe(folder, report, standings or {})
    if theme is None or found is None:
        return ()
    files = {}
    for name in NAMES:
        templates = environment(folder, autoescape=name.endswith('.html'))
        templates.filters['brut'] = _plain
        filled = fill(templates, name.replace('rapport', 'relecture') + '.j2', rapport=found, theme=theme, typo=typeset)
        files[name] = filled.encode()
    return write_files(folder.root / OUTPUT, files)


def describe(folder: Folder, report: Report, standings: Standings) -> dict[str, Any] | None:
    """Return the report as plain values, or None when there is no dossier."""
    dossier = read_dossier(folder, report)
    if dossier is None:
        return None
    retours = {name: known.retour for name, known in read_retours(folder, report).items()}
    places = read_places(folder, (one.export for one in retours.values()), report)
    asked = [
        _request(name, retour, one, places[retour.export], standings, retours)
        for name, retour in retours.items()
        for one in retour.modifications
    ]
    said = [
        _thread(retour, one, places[retour.export])
        for retour in retours.values()
        for one in retour.commentaires
        if not one.repond_a
    ]
    counts = Counter(one['etat'] for one in asked)
    return {
        'document': {'titre': dossier.titre, 'scot': dossier.scot, 'version': dossier.version,
                     'date': french_date(dossier.date)},
        'retours': [_received(name, retour) for name, retour in retours.items()],
        'bilan': [(state, counts[state], MEANING[state]) for state in STATES if counts[state]],
        'ouvertes': sum(not one['decision'] for one in asked),
        'modifications': len(asked),
        'commentaires': len(said),
        'parties': _parts([*asked, *said]),
        'decisions': DECISIONS,
        'outil': f'pasbuild {__version__}',
    }  # fmt: skip


def _received(name: str, retour: Retour) -> dict[str, Any]:
    return {
        'decider': f'{RETOURS}/{name}.yaml',
        'ouvertes': sum(not one.decision for one in retour.modifications),
        'relecteur': typeset(retour.relecteur) or "relecteur sans nom",
        'fichier': retour.fichier,
        'modifications': len(retour.modifications),
        'commentaires': len(retour.commentaires),
        'remarques': retour.remarques,
    }


def _plain(text: str) -> str:
    """Return the words of somebody as Markdown shows them: on one line, nothing in them is markup."""
    return re.sub(r'([\\`*_\[\]<>#|~])', r'\\\1', ' '.join(typeset(text).splitlines()))


# --- where ------------------------------------------------------------------------------------------------------------


def _where(key: str, places: Mapping[str, Place]) -> dict[str, Any]:
    place = places.get(key)
    if place is None:
        return {'partie': _LOST, 'ordre': ('~~', 0, 0), 'bloc': key, 'titre': '', 'nature': '', 'lieu': ''}
    bloc = place.bloc
    line = f", ligne {bloc.lignes[0]}" if bloc.lignes[0] else ''
    return {
        'partie': place.part,
        'ordre': place.order,
        'bloc': key,
        'titre': '' if bloc.genre == 'titre' else place.title,
        'nature': typeset(_PLACES.get(bloc.genre, "paragraphe")),
        'lieu': f'{bloc.fichier}{line}' if bloc.fichier else '',
    }


def _parts(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was asked and said, by part then by block, in the order of the document."""
    parts: dict[str, dict[str, dict[str, Any]]] = {}
    for item in sorted(items, key=lambda one: one['ordre']):
        blocks = parts.setdefault(item['partie'], {})
        block = blocks.setdefault(item['bloc'], {**item, 'demandes': [], 'fils': []})
        block['fils' if 'texte' in item else 'demandes'].append(item)
    return [
        {
            'titre': title,
            'blocs': [*blocks.values()],
            'modifications': sum(len(block['demandes']) for block in blocks.values()),
            'commentaires': sum(len(block['fils']) for block in blocks.values()),
        }
        for title, blocks in parts.items()
    ]


# --- what -------------------------------------------------------------------------------------------------------------


def _request(
    name: str,
    retour: Retour,
    one: Modification,
    places: Mapping[str, Place],
    standings: Standings,
    retours: Mapping[str, Retour],
) -> dict[str, Any]:
    shown = {source: text for key in one.blocs if key in places for source, text in shown_tokens(places[key].bloc)}
    before, after = ('\n'.join(readable(text, shown) for text in side) for side in (one.avant, one.apres))
    standing = standings.get(f'{name}/{one.id}')
    look = one.genre == 'mise en forme' or (before == after and one.avant != one.apres)
    return {
        **_where(one.blocs[0] if one.blocs else one.apres_bloc, places),
        'id': one.id,
        'genre': KINDS[one.genre],
        'qui': _who(retour, one.auteurs),
        'quand': _when(one.date),
        'etat': state_of(name, one, standings),
        'raison': standing.reason if standing else '',
        'autres': [_other(key, retours) for key in standing.others] if standing else [],
        'source': one.source,
        'detail': typeset(one.detail),
        'deplace': one.genre == 'déplacé',
        'apres': _after(one, places),
        'mise_en_forme': [_looks(side, shown) for side in (one.avant, one.apres)] if look else [],
        'avant': before,
        'rendu': after,
        'morceaux': [] if look else [(piece.kind, piece.text) for piece in silent_pieces(before, after)],
        'decision': one.decision,
        'motif': one.motif,
        'retenu': [readable(text, shown) for text in one.texte] if one.texte is not None else None,
    }


def _who(retour: Retour, authors: tuple[str, ...]) -> str:
    name = retour.relecteur or "relecteur sans nom"
    who = ', '.join(authors) or "Auteur inconnu"
    return typeset(name if authors == (name,) else f"{who}, copie confiée à {name}")


def _when(date: str) -> str:
    found = re.match(r'\d{4}-\d\d-\d\d', date)
    try:
        return french_date(found[0]) if found else ''
    except ValueError:
        return ''


def _other(key: str, retours: Mapping[str, Retour]) -> dict[str, str]:
    """Return who a change is in conflict with, and the change: that of a reviewer, or none (the sources)."""
    name, _, change = key.partition('/')
    if name not in retours:
        return {'qui': typeset("le texte d'aujourd'hui"), 'id': ''}
    return {'qui': typeset(retours[name].relecteur) or "relecteur sans nom", 'id': change}


def _after(one: Modification, places: Mapping[str, Place]) -> str:
    """Return the beginning of the passage something comes after."""
    place = places.get(one.apres_bloc) if one.apres_bloc else None
    text = ' '.join(place.bloc.texte.split()) if place else ''
    return text if len(text) <= _START else f'{text[:_START].strip()}…'


def _thread(retour: Retour, one: Commentaire, places: Mapping[str, Place]) -> dict[str, Any]:
    """Return a comment with its answers."""
    answers = [other for other in retour.commentaires if other.repond_a == one.id]
    return {
        **_where(one.blocs[0] if one.blocs else '', places),
        'qui': _who(retour, (one.auteur,)),
        'quand': _when(one.date),
        'texte': one.texte,
        'citation': one.citation.strip(),
        'resolu': one.resolu,
        'reponse': one.reponse,
        'reponses': [{'qui': other.auteur, 'quand': _when(other.date), 'texte': other.texte} for other in answers],
    }


def _looks(texts: Iterable[str], shown: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return texts in pieces, each with its look in words."""
    found, marks = [], set[str]()
    for piece in re.split(r'(?<!\\)(\*\*|\*)', filled(' '.join(texts), shown)):
        if piece in ('**', '*'):
            marks ^= {piece}
        elif piece:
            look = ' '.join(word for mark, word in (('**', "gras"), ('*', "italique")) if mark in marks)
            found.append((look, readable(piece, {})))
    return found
