"""Titles of a part: their ranks checked, objectives and enjeux given the blocks that follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pasbuild.diagnostics import Report
from pasbuild.model import Block, Enjeu, Heading, Objectif, PartKind, walk

Title = Heading | Objectif | Enjeu
DEEPEST = 4


def nest(blocks: Sequence[Block]) -> list[Block]:
    """Move into each objective and enjeu the blocks that follow it, up to the next title of its rank or above."""
    result: list[Block] = []
    index = 0
    while index < len(blocks):
        block = blocks[index]
        index += 1
        if isinstance(block, Objectif | Enjeu):
            end = index
            while end < len(blocks) and not 0 < _level(blocks[end]) <= block.level:
                end += 1
            block = replace(block, children=tuple(blocks[index:end]))
            index = end
        result.append(block)
    return result


def _level(block: Block) -> int:
    """Rank of a title, 0 for any other block."""
    return block.level if isinstance(block, Title) else 0


def check_titles(blocks: Sequence[Block], kind: PartKind, report: Report) -> None:
    """Report the titles of a part, not nested yet, that break the outline readers and screen readers go by."""
    titles = [block for block in blocks if isinstance(block, Title)]
    levels = [title.level for title in titles]
    for title, before in zip(titles, [levels[0], *levels] if levels else [], strict=False):
        _check_level(title, before, report)
        _check_kind(title, kind, report)
    for title in titles[1:]:
        if title.level == 1:
            hint = "Écrivez « ## », ou ouvrez un autre fichier."
            report.add('lire.niveau-titre', title.span, "Une partie n'a qu'un titre « # ».", hint)
    for block in blocks:
        for inner in walk(block):
            if inner is not block and isinstance(inner, Title):
                message = "Un titre ne se place pas dans un encadré, une liste ou une citation."
                report.add('lire.niveau-titre', inner.span, message, "Sortez-le, ou mettez ces mots en gras.")


def _check_level(title: Title, before: int, report: Report) -> None:
    if title.level > DEEPEST:
        message = f"Le document a {DEEPEST} niveaux de titre au plus."
        report.add('lire.niveau-titre', title.span, message, "Remontez le titre.")
    elif title.level > before + 1:
        message = f"Le titre passe du niveau {before} au niveau {title.level}."
        report.add('lire.niveau-titre', title.span, message, f"Écrivez « {'#' * (before + 1)} ».")


def _check_kind(title: Title, kind: PartKind, report: Report) -> None:
    name = 'objectif' if isinstance(title, Objectif) else title.kind if isinstance(title, Heading) else ''
    if name and kind != 'dynamique':
        message = f"La classe « .{name} » n'a de sens que dans une grande dynamique."
        report.add('lire.attribut-inconnu', title.span, message, "En tête du fichier : « genre: dynamique ».")
