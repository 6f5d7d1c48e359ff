"""What a program can see of accessibility: the looks the rules of ``legal/accessibilite.yaml`` call.

Why apart from ``rules.py``: here things are seen, there they are judged. A look tells what it saw, in words, and the
faults it found; what needs ears or judgement (is this text alternative any good?) is not here. Criteria: RGAA 4.1.2
(13.3, documents for download), WCAG 2.1 level AA, EN 301 549 clause 10 (documents).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pasbuild.diagnostics import Report
from pasbuild.document import Project
from pasbuild.model import (
    Block,
    Cell,
    FigureBlock,
    Link,
    Missing,
    Part,
    Ref,
    Span,
    Table,
    Value,
    inlines,
    own_inlines,
    plain,
    walk,
)
from pasbuild.outline import Title
from pasbuild.prose import Places, Remark
from pasbuild.theme import Theme, find_theme

CONTRAST = 4.5
"""Least contrast of text (WCAG 1.4.3, level AA). Large text could do with 3; one threshold for all keeps a margin."""
DOSSIER, THEME = Span('content/dossier.yaml'), Span('templates/theme.toml')
VAGUE = frozenset({
    'ici', 'cliquez ici', 'cliquer ici', 'lien', 'ce lien', 'le lien', 'voir', 'voir ici', 'plus', 'suite', 'lire la suite', 'page',
    'cette page', 'site', 'ce site', 'en savoir plus', 'plus d’informations', 'document', 'télécharger', 'source', 'url',
})  # fmt: skip
"""Link texts that tell nothing once read out of their sentence, as screen readers list links."""
_ADDRESS = re.compile(r'(?:https?://|www\.)\S+', re.IGNORECASE)
_EMPTY_WORDS = frozenset({
    'à', 'au', 'aux', 'avec', 'ce', 'cette', 'dans', 'de', 'des', 'du', 'en', 'entre', 'et', 'la', 'le', 'les', 'l', 'd', 'par',
    'pour', 'selon', 'son', 'sur', 'un', 'une', 'carte', 'figure', 'graphique', 'illustration', 'image', 'montre', 'montrant',
    'présente', 'présentant', 'représente', 'représentant',
})  # fmt: skip

Fault = tuple[str, Span, str, str]
"""Code, place, message, hint."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look saw: in words, where, whether it is met, or does not apply; and the faults, each at its place."""

    text: str
    span: Span
    met: bool = True
    applies: bool = True
    faults: tuple[Fault, ...] = ()


def _sight(text: str, faults: Iterator[Fault], *, applies: bool) -> Sight:
    found = tuple(faults)
    return Sight(text, DOSSIER, applies and not found, applies, found)


def _blocks(project: Project) -> Iterator[tuple[Part, Block]]:
    return ((part, block) for part in project.document.parts for block in walk(part))


# --- figures ----------------------------------------------------------------------------------------------------------


def textes_de_remplacement(project: Project) -> Sight:
    """Every figure placed has a text that replaces it (too short a text is the reader's ``figure.texte-alternatif``)."""
    figures = _figures(project)
    hint = "Dites en une ou deux phrases ce que montre la figure, pour qui ne la voit pas."
    faults = (
        ('acces.texte-alternatif', _file(project, block), f"Le texte de remplacement de « {block.id} » est vide.", hint)
        for block in figures
        if not block.alt.strip()
    )
    return _sight(f"{len(figures)} figures et cartes.", faults, applies=bool(figures))


def textes_distincts(project: Project) -> Sight:
    """No text alternative says only what the caption, read just after, says again."""
    figures = _figures(project)
    hint = "Dites ce que la figure apprend : la tendance, les extrêmes, ce qui ressort."
    faults = (
        (
            'acces.texte-repete',
            _file(project, block),
            f"Le texte de remplacement de « {block.id} » répète son titre.",
            hint,
        )
        for block in figures
        if block.alt.strip() and not _words(block.alt) - _words(plain(block.caption))
    )
    return _sight(f"{len(figures)} textes de remplacement, comparés aux titres.", faults, applies=bool(figures))


def _figures(project: Project) -> list[FigureBlock]:
    return [block for _, block in _blocks(project) if isinstance(block, FigureBlock)]


def _file(project: Project, block: FigureBlock) -> Span:
    figure = project.figures.get(block.id)
    return figure.yaml.span(('texte_alternatif',)) if figure is not None else block.span


def _words(text: str) -> set[str]:
    return set(re.findall(r'\w+', text.casefold())) - _EMPTY_WORDS


# --- colours ----------------------------------------------------------------------------------------------------------


def contrastes(project: Project) -> Sight:
    """Text stands out from what is behind it, in each pair of colours the style sheet makes of the theme."""
    theme = find_theme(project.folder, Report())
    place = THEME if (project.folder.root / THEME.file).is_file() else DOSSIER
    if theme is None:
        return Sight("Le thème ne se lit pas.", place, met=False)
    ratios = {name: contrast(text, behind) for name, text, behind in text_pairs(theme)}
    hint = "Assombrissez le texte, ou éclaircissez le fond."
    faults = tuple(
        (
            'acces.contraste',
            THEME,
            f"Contraste trop faible, {name} : {_french(ratio)} pour 1, au lieu de {_french(CONTRAST)}.",
            hint,
        )
        for name, ratio in ratios.items()
        if ratio < CONTRAST
    )
    least = min(ratios, key=lambda name: ratios[name])
    text = f"{len(ratios)} couples de couleurs ; le plus faible, {least} : {_french(ratios[least])}."
    return Sight(text, place, not faults, faults=faults)


def text_pairs(theme: Theme) -> Iterator[tuple[str, str, str]]:
    """Yield what ``pdf.css`` and the Word styles print on what: name, colour of the text, colour behind it."""
    colours = theme.couleurs
    for behind in ('papier', 'sable', 'a_renseigner'):
        yield f"encre sur {behind.replace('_', '-')}", colours.encre, getattr(colours, behind)
    for behind in ('papier', 'sable'):
        yield f"discret sur {behind}", colours.discret, getattr(colours, behind)
    for number, accent in enumerate(theme.accents, 1):
        yield f"accent {number} sur papier", accent.fort, colours.papier
        yield f"accent {number} sur sa teinte claire", accent.fort, accent.clair
        yield f"encre sur la teinte claire {number}", colours.encre, accent.clair


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours ``#RRGGBB``, from 1 to 21 (WCAG 2.1, definition of « contrast ratio »)."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _french(ratio: float) -> str:
    return f'{int(ratio * 10) / 10:.1f}'.replace('.', ',')


# --- text -------------------------------------------------------------------------------------------------------------


def entetes_de_tableau(project: Project) -> Sight:
    """Every table has a header row, no cell of which is empty."""
    tables = [block for _, block in _blocks(project) if isinstance(block, Table)]
    hint = "Nommez chaque colonne, la première comprise."
    faults = (
        ('acces.tableau', table.span, "Le tableau n'a pas d'en-tête de colonne, ou l'un d'eux est vide.", hint)
        for table in tables
        if not table.header or not all(map(_says, table.header))
    )
    return _sight(f"{len(tables)} tableaux.", faults, applies=bool(tables))


def _says(cell: Cell) -> bool:
    return bool(plain(cell.children).strip()) or any(isinstance(node, Value | Missing) for node in cell.children)


def textes_de_lien(project: Project) -> Sight:
    """Links of the parts authors wrote tell where they lead, read alone."""
    links = [
        (block.span, words)
        for part, block in _blocks(project)
        if part.span.file.startswith('content/')
        for words in _link_texts(block)
    ]
    hint = "Nommez ce que le lecteur trouvera : « [rapport d'évaluation](…) »."
    place = Places(project.folder)
    faults = (
        (
            'acces.lien',
            place(Remark('acces.lien', span, words if _ADDRESS.fullmatch(words) else f'[{words}', '', '')),
            f"Le texte du lien « {words} » ne dit pas où il mène.",
            hint,
        )
        for span, words in links
        if words.casefold().strip(' .…»«\u00a0') in VAGUE or _ADDRESS.fullmatch(words.strip())
    )
    return _sight(f"{len(links)} liens et renvois.", faults, applies=bool(links))


def _link_texts(block: Block) -> Iterator[str]:
    for node in inlines(own_inlines(block)):
        if isinstance(node, Link):
            yield plain(node.children)
        elif isinstance(node, Ref):
            yield node.text


def ordre_des_titres(project: Project) -> Sight:
    """Titles go down one level at a time (a jump is an error of the reader, ``lire.niveau-titre``, and stops all)."""
    count = 0
    for part in project.document.parts:
        before = 0
        for title in (block for block in walk(part) if isinstance(block, Title)):
            if title.level > before + 1:
                message = f"Le titre « {title.id} » passe du niveau {before} au niveau {title.level}."
                return Sight(message, title.span, met=False)
            before, count = title.level, count + 1
    return Sight(f"{count} titres, sans saut de niveau.", DOSSIER, met=count > 0, applies=count > 0)


def langue(project: Project) -> Sight:
    """The language of the document is declared: screen readers choose their voice by it."""
    declared = project.dossier.langue
    text = f"Langue déclarée : {declared}." if declared else "La langue n'est pas déclarée."
    return Sight(text, DOSSIER, met=bool(declared))


LOOKS: tuple[Callable[[Project], Sight], ...] = (
    textes_de_remplacement, contrastes, entetes_de_tableau, textes_de_lien, textes_distincts, ordre_des_titres, langue,
)  # fmt: skip
"""What the packs may call, by name."""
