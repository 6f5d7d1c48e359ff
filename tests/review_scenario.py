"""A whole round on the real dossier: what two invented reviewers ask, what is decided, and what the text must become.

Used by the test of the round and by the script that draws the pictures of docs/relecture.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from pasbuild.cli import main
from pasbuild.typography import NBSP
from pasbuild.wordml import bookmark

ROOT = Path(__file__).parents[1]
EDITS = Path(__file__).parent / 'samples' / 'review' / 'libreoffice_edits.py'
PYTHON = '/usr/bin/python3'
"""UNO bindings come with the Python of the system."""


@dataclass(frozen=True)
class Reviewer:
    """Someone invented. ``actions``: see libreoffice_edits.py; ``parts``: what is sent, everything when empty."""

    name: str
    first: str
    last: str
    actions: tuple[tuple[Any, ...], ...]
    parts: tuple[str, ...] = ()


COMMUNE = Reviewer(
    "Commune de Bourg-Exemple", 'Anne', 'Petit',
    (
        ('tracking', True),
        ('replace', 'enj-polarites.p2', 'une grande salle', 'une salle de spectacle'),
        ('replace', 'enj-menages.p2', 'deux voitures', 'voiture'),
        ('append', 'enj-sante.p2', ' Cela vaut d’abord pour l’école et la crèche.'),
        ('split', 'enj-emploi.p2', 'Chaque hectare'),
        ('merge', 'enj-eau.p1', ' '),
        ('delete', 'enj-nature.p2'),
        ('new', 'gd-bien-vivre.p2', 'Chaque axe est suivi avec les communes.'),
        ('bold', 'enj-agriculture.p2', 'Protéger la surface ne suffit pas'),
        ('comment', 'enj-patrimoine.p1', 'bien au-delà du SCoT', 'Jusqu’où ? Citer les départements.'),
        ('replace', 'fig-armature', 'communes', 'villes'),
        ('replace', 'enj-menages.p1', '2,68', '2,7'),
        ('tracking', False),
        ('replace', 'enj-sols.p2', 'coûte plus cher', 'peut coûter plus cher'),
    ),
)  # fmt: skip
SERVICE = Reviewer(
    "Service Habitat (exemple)", 'Paul', 'Durand',
    (
        ('tracking', True),
        ('replace', 'enj-polarites.p2', 'cesse de se creuser', 'se réduise'),
        ('replace', 'enj-menages.p2', 'sans deux voitures', 'avec une seule voiture'),
        ('replace', 'obj-parc-minier.p2', 'consultés avant', 'consultés avant et pendant'),
        ('append', 'tab-besoin.r1.c2', ' et séparations'),
        ('replace', 'tab-besoin.r2.c3', f'à renseigner{NBSP}: nombre', '120'),
        ('delete', 'obj-poles.p2'),
        ('replace', 'obj-secteurs.p3', 'Elles accordent leurs', 'Elles accordent et évaluent leurs'),
        ('comment', 'obj-vacance.p2', 'vacance durable', 'Préciser : plus de deux ans ?'),
        ('comment', 'enj-menages.p1', 'maisons', 'Et les appartements ?'),
    ),
    ('40-enjeux.md', '60-gd1.md'),
)  # fmt: skip
REVIEWERS = (COMMUNE, SERVICE)

Decision = tuple[str, str, tuple[str, ...]]
"""Decision, reason, text chosen instead."""
YES: Decision = ('accepter', '', ())
DECISIONS: Mapping[tuple[Reviewer, str, str], Decision] = {
    (COMMUNE, 'modifié', 'enj-polarites.p2'): YES,
    (SERVICE, 'modifié', 'enj-polarites.p2'): YES,
    (COMMUNE, 'modifié', 'enj-menages.p2'): ('refuser', "Une voiture par ménage reste souvent nécessaire.", ()),
    (SERVICE, 'modifié', 'enj-menages.p2'): YES,
    (COMMUNE, 'modifié', 'enj-sante.p2'): YES,
    (COMMUNE, 'scindé', 'enj-emploi.p2'): YES,
    (COMMUNE, 'fusionné', 'enj-eau.p1'): YES,
    (COMMUNE, 'supprimé', 'enj-nature.p2'): ('refuser', "La question ouvre l'enjeu : sans elle, il ne dit rien.", ()),
    (COMMUNE, 'inséré', 'gd-bien-vivre.p2'): (
        'accepter', '', ("Le suivi de chaque axe se fait avec les communes concernées.",),
    ),
    (COMMUNE, 'mise en forme', 'enj-agriculture.p2'): YES,
    (COMMUNE, 'modifié', 'fig-armature'): ('refuser', "Le titre de la figure sera revu avec elle.", ()),
    (COMMUNE, 'modifié', 'enj-menages.p1'): ('refuser', "Le nombre est celui de la source.", ()),
    (COMMUNE, 'modifié', 'enj-sols.p2'): YES,
    (SERVICE, 'modifié', 'obj-parc-minier.p2'): YES,
    (SERVICE, 'modifié', 'obj-secteurs.p3'): YES,
    (SERVICE, 'cellule', 'tab-besoin.r1.c2'): YES,
    (SERVICE, 'cellule', 'tab-besoin.r2.c3'): ('refuser', "Le nombre n'est pas encore calculé.", ()),
    (SERVICE, 'supprimé', 'obj-poles.p2'): YES,
}  # fmt: skip
ANSWERS = {
    'enj-patrimoine.p1': "Oui : le Nord et le Pas-de-Calais.",
    'enj-menages.p1': "",
    'obj-vacance.p2': "Oui, plus de deux ans.",
}
"""Answers by block; empty: left open."""
EXPECTED: Mapping[str, tuple[tuple[str, str], ...]] = {
    'content/40-enjeux.md': (
        ('une grande salle ne', 'une salle de spectacle ne'),
        ('secteurs cesse de se creuser', 'secteurs se réduise'),
        ('vivre sans deux voitures', 'vivre avec une seule voiture'),
        ('le coût ou la surface.', "le coût ou la surface. Cela vaut d'abord pour l'école et la crèche."),
        ('devient rare ? Chaque hectare', 'devient rare ?\n\nChaque hectare'),
        ("s'y ajoutent.\n\nPeut-on accueillir", "s'y ajoutent. Peut-on accueillir"),
        ('Protéger la surface ne suffit pas', '**Protéger la surface ne suffit pas**'),
        ('Cet ordre coûte plus cher', 'Cet ordre peut coûter plus cher'),
    ),
    'content/60-gd1.md': (
        (
            "répondent [aux enjeux d'habiter](#enjeux-habiter).",
            (
                "répondent [aux enjeux d'habiter](#enjeux-habiter).\n\n"
                "Le suivi de chaque axe se fait avec les communes concernées."
            ),
        ),
        ('consultés avant.', 'consultés avant et pendant.'),
        ('Elles accordent leurs', 'Elles accordent et évaluent leurs'),
        ('à population égale |', 'à population égale et séparations |'),
        (
            (
                "Un équipement partagé n'a de sens que si l'on peut s'y rendre sans voiture : cet objectif est inséparable de "
                "l'[](#obj-transports-quotidien).\n\n"
            ),
            '',
        ),
    ),
}
"""What the accepted changes do to the text, its lines joined."""


def joined(text: str) -> str:
    """Markdown with one line a paragraph."""
    return re.sub(r'(?<=[^\n])\n *(?!\n|:|\||#|- |\d+\. |\[\^[^\]]+\]:|$)', ' ', text)


@dataclass(frozen=True)
class Round:
    """A copy of the real dossier in a Git repository of its own, and what comes and goes beside it."""

    root: Path
    mail: Path

    def run(self, *arguments: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, [*arguments, '--dossier', str(self.root)])
        assert done.exit_code == code, done.output
        return done

    def git(self, *arguments: str) -> str:
        done = subprocess.run(['git', '-C', str(self.root), *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip('\n')

    def commit(self, message: str) -> None:
        self.git('add', '.')
        self.git('commit', '-qm', message)

    def send(self, reviewer: Reviewer) -> Path:
        target = self.mail / f'{reviewer.last}.docx'
        parts = [argument for part in reviewer.parts for argument in ('--only', part)]
        self.run('review', 'export', '--relecteur', reviewer.name, *parts, '--output', str(target))
        return target

    def edit(self, reviewer: Reviewer, copy: Path, actions: Sequence[Sequence[Any]] = ()) -> Path:
        """Have the reviewer work on a copy in LibreOffice, and return what is sent back."""
        target = copy.with_name(f'{copy.stem}-relu.docx')
        todo = json.dumps([
            [name, *(bookmark(a) if n == 0 and isinstance(a, str) else a for n, a in enumerate(rest))]
            for name, *rest in actions or reviewer.actions
        ])  # fmt: skip
        command = [PYTHON, str(EDITS), str(self.mail / f'profil-{reviewer.last}'), str(copy), str(target)]
        environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        subprocess.run(
            [*command, 'MS Word 2007 XML', todo, reviewer.first, reviewer.last],
            check=True, capture_output=True, timeout=300, env=environment,
        )  # fmt: skip
        return target

    def retour(self, reviewer: Reviewer) -> Path:
        """The file where what a reviewer asks is decided."""
        paths = (self.root / 'content/avis/retours').glob('*.yaml')
        return next(path for path in paths if yaml.safe_load(path.read_bytes())['relecteur'] == reviewer.name)

    def decide(self, reviewer: Reviewer) -> None:
        """Fill in the file with an editor: the lines left empty, and nothing else."""
        path = self.retour(reviewer)
        text, value = path.read_text(encoding='utf-8'), yaml.safe_load(path.read_bytes())
        for change in value['modifications']:
            found = DECISIONS[reviewer, change['genre'], where(change)]
            text = filled(text, change['id'], found)
        for comment in value['commentaires']:
            answer = ANSWERS[comment['blocs'][0]]
            text = _after(text, comment['id'], "reponse: ''", f'reponse: {json.dumps(answer, ensure_ascii=False)}')
        path.write_text(text, encoding='utf-8')


def where(change: Mapping[str, Any]) -> str:
    """The block by which a change is known."""
    return str(change['blocs'][0] if change.get('blocs') else change['apres_bloc'])


def filled(text: str, key: str, decision: Decision) -> str:
    said, reason, chosen = decision
    text = _after(text, key, "decision: ''", f'decision: {said}')
    if reason:
        text = _after(text, key, "motif: ''", f'motif: "{reason}"')
    if chosen:
        lines = ''.join(f'\n      - {words}' for words in chosen)
        text = _after(text, key, "motif: ''", f"motif: ''\n    texte:{lines}")
    return text


def _after(text: str, key: str, old: str, new: str) -> str:
    head, mark, tail = text.partition(f'id: {key}')
    if not mark:
        head, mark, tail = text.partition(f"id: '{key}'")
    assert mark, key
    assert old in tail, (key, old)
    return f'{head}{mark}{tail.replace(old, new, 1)}'


def start(folder: Path) -> Round:
    """Copy the real dossier and make it a Git repository."""
    made = Round(folder / 'dossier', folder / 'courriel')
    for name in ('content', 'figures', 'templates'):
        shutil.copytree(ROOT / name, made.root / name, ignore=shutil.ignore_patterns('avis', '__pycache__'))
    made.mail.mkdir()
    (made.root / '.gitignore').write_text('.cache/\noutput/\n', encoding='utf-8')
    made.git('init', '-q')
    made.git('config', 'user.name', 'Syndicat')
    made.git('config', 'user.email', 'syndicat@example.org')
    made.commit('Début')
    return made
