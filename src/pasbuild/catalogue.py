"""The catalogue of diagnostics: what each code means and what to do, for ``pasbuild explain`` and docs/diagnostics.md.

Why apart from the places that report: a finding says what is wrong here, in one line; the catalogue has the room to say
why it matters and how to put it right. Its texts are data (``diagnostics.yaml``), so that whoever advises planners can
correct them. Tests hold both together: each code of the source is here, and no other.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from importlib.resources import files

import yaml

from pasbuild.typography import NBSP, typeset


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: its name in a few words, why it is a fault, what to do. Code samples stand between backquotes."""

    titre: str
    explication: str
    remede: str


FAMILIES = {
    'lire': "Lire les fichiers",
    'ref': "Renvois et notes",
    'texte': "Texte",
    'donnee': "Données",
    'figure': "Figures",
    'trajectoire': "Trajectoire foncière",
    'armature': "Armature",
    'loi': "Code de l'urbanisme",
    'procedure': "Procédure",
    'acces': "Accessibilité",
    'securite': "Sécurité",
    'pdf': "Mise en page",
    'docx': "Document Word",
    'revue': "Relectures",
    'seda': "Versement aux archives",
    'gpu': "Géoportail de l'urbanisme",
    'version': "Versions gardées et comparées",
}
"""First word of the codes → title of their section."""


def _read() -> dict[str, Entry]:
    text = (files('pasbuild') / 'diagnostics.yaml').read_text(encoding='utf-8')
    return {code: Entry(**texts) for code, texts in yaml.load(text, yaml.CSafeLoader).items()}


CATALOGUE: dict[str, Entry] = _read()
"""Every code, by family."""


def explanation(code: str) -> str:
    """Return what ``pasbuild explain`` prints about a known code, in lines of at most 88 characters."""
    entry = CATALOGUE[code]
    paragraphs = (_print(entry.explication), _print(f"Que faire : {entry.remede}"))
    folded = (textwrap.fill(text, 84, break_on_hyphens=False, break_long_words=False) for text in paragraphs)
    return '\n\n'.join([f'{code}{NBSP}: {_print(entry.titre)}', *(textwrap.indent(text, '  ') for text in folded)])


def markdown() -> str:
    """Return docs/diagnostics.md: every code, by family."""
    sections = [_INTRODUCTION]
    for family, title in FAMILIES.items():
        sections.append(f'## {_print(title)}')
        for code, entry in CATALOGUE.items():
            if code.startswith(f'{family}.'):
                sections.append(f'### `{code}`')
                sections.append(f'**{_print(entry.titre)}.** {_print(entry.explication)}')
                sections.append(_print(f"Que faire : {entry.remede}"))
    return '\n\n'.join(sections) + '\n'


_INTRODUCTION = """\
# Diagnostics

Cette page est fabriquée à partir du catalogue du programme (`src/pasbuild/diagnostics.yaml`) : ne la modifiez pas ici.

Chaque constat donne le fichier, la ligne, un code et une piste. Une erreur empêche de fabriquer le document ; un
avertissement non, sauf avec `--strict`. `pasbuild explain CODE` affiche ce qui suit dans le terminal."""


def _print(text: str) -> str:
    """Typeset a text, but not the samples between backquotes."""
    pieces = text.split('`')
    return '`'.join(piece if index % 2 else typeset(piece) for index, piece in enumerate(pieces))
