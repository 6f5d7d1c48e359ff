"""The editorial checks: what a careful reader would put right before the comité syndical reads it.

Why so prudent: a planner stops reading warnings the day two of them are silly. Only parts authors wrote are looked at,
quotations are left alone, and a doubt is silence. All findings are warnings; ``redaction`` of dossier.yaml sets the
limits and lists expressions to let stand. What contradicts the data or the procedure is in ``statements.py``.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import accumulate

import yaml
from pydantic import BaseModel, ConfigDict, Field

from pasbuild.data import slug
from pasbuild.diagnostics import Report
from pasbuild.document import Project
from pasbuild.model import Block, Enjeu, FigureBlock, Heading, Objectif, plain, walk
from pasbuild.outline import Title
from pasbuild.prose import MASK, NOTE, Places, Prose, Remark, count_words, is_quoted, prose, sentences, written
from pasbuild.statements import date_remarks, horizon_remarks, number_remarks
from pasbuild.typography import NBSP, typeset, untypeset

UNREAD = ('chiffres', 'frise')
"""Types of figures that need no « lecture »: key figures and a timeline read as text does."""
_SIGLE = re.compile(r'(?<![\w.&/@-])(?<!\d[ \u00a0])[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ0-9]*[a-z]?(?:-[A-Z0-9]+)*(?![\w@-]|\.\w)')
_ROMAN = re.compile(r'X{0,3}(?:IX|IV|V?I{0,3})[er]?')
_COMMON = frozenset(
    'BP CS CEDEX CO2 NO2 NOX PM10 PM2 TVA HT TTC NB PS RN RD TV TGV HLM GPS PDF'.split()  # noqa: SIM905
)
"""Postal, chemical and accounting abbreviations, roads, and what dictionaries list as words: nobody spells them out."""
_ROAD = re.compile(r'(?:RN|RD|RM|VC)-?\d+')
_SPACES = re.compile(r'(?<!\S)\S* {2,}\S+')
_STRAIGHT = re.compile(r'(?<!\S)\S*"\S*')


class Terme(BaseModel):
    """A misspelt term of the law: forms to look for, the right one, why, and where it is written."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    faux: tuple[str, ...] = Field(min_length=1)
    juste: str
    pourquoi: str
    source: str
    casse: bool = False


class Termes(BaseModel):
    """``legal/termes.yaml``."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    releve: datetime.date
    termes: tuple[Terme, ...]


def check_editorial(project: Project, report: Report) -> None:
    """Report what the prose, the titles and the figures of the written parts call for."""
    parts = tuple(tuple(prose(part)) for part in written(project.document))
    runs = tuple(run for part in parts for run in part)
    remarks = (
        *section_remarks(project),
        *figure_remarks(project),
        *acronym_remarks(project, runs),
        *length_remarks(project, runs),
        *term_remarks(runs),
        *space_remarks(runs),
        *number_remarks(project, parts),
        *date_remarks(project, runs),
        *horizon_remarks(project, runs),
    )
    admitted = {_common_form(words) for words in project.dossier.redaction.admis}
    place = Places(project.folder)
    for remark in remarks:
        if _common_form(remark.words) not in admitted:
            report.warn(remark.code, place(remark), remark.message, remark.hint)


def _common_form(words: str) -> str:
    return untypeset(words).casefold().strip()


# --- titles and figures -----------------------------------------------------------------------------------------------


def section_remarks(project: Project) -> Iterator[Remark]:
    """Yield the titles that nothing follows before the next one of their rank or above."""
    for part in written(project.document):
        for title in _empty((part.heading, *part.blocks)):
            words = plain(title.children if isinstance(title, Heading) else title.title)
            hint = "Rédigez la section, ou retirez son titre ; ce qui manque encore s'écrit {a-renseigner}`…`."
            yield Remark('texte.section-vide', title.span, '', f"Rien ne suit le titre « {words} ».", hint)


def _empty(blocks: Sequence[Block]) -> Iterator[Heading | Objectif | Enjeu]:
    for index, block in enumerate(blocks):
        if isinstance(block, Heading):
            following = blocks[index + 1] if index + 1 < len(blocks) else None
            if following is None or (isinstance(following, Title) and following.level <= block.level):
                yield block
        elif isinstance(block, Objectif | Enjeu):
            if not block.children:
                yield block
            yield from _empty(block.children)


def figure_remarks(project: Project) -> Iterator[Remark]:
    """Yield the figures placed that nobody is told how to read."""
    for part in written(project.document):
        for block in walk(part):
            figure = project.figures.get(block.id) if isinstance(block, FigureBlock) else None
            if figure is not None and figure.spec.type not in UNREAD and not figure.spec.lecture.strip():
                message = f"La figure « {block.id} » n'a pas de « lecture »."
                hint = "Ajoutez « lecture: » : une phrase qui lit la figure sur un exemple."
                yield Remark('figure.lecture', figure.span, '', message, hint)


# --- words ------------------------------------------------------------------------------------------------------------


def acronym_remarks(project: Project, runs: Sequence[Prose]) -> Iterator[Remark]:
    """Yield the first occurrence of each acronym the lexicon does not define; notes, full of names of papers, are let be."""
    known, seen = {slug(word): word for word in project.lexique.sigles}, set(project.lexique.sigles)
    for run in runs:
        if run.kind == 'note' or run.typed.isupper():  # a title all in capitals is no acronym
            continue
        for match in _SIGLE.finditer(run.typed):
            word = match[0]
            if word not in seen and _is_acronym(word, run, match.start()):
                seen.add(word)
                hint = f"Écrivez dans content/lexique.yaml, sous « sigles » : « {word}: ce qu'il veut dire »."
                close = get_close_matches(slug(word), known, n=1, cutoff=0.6)
                if close:
                    hint = f"Est-ce « {known[close[0]]} » ? Sinon, {hint[0].lower()}{hint[1:]}"
                message = f"Le sigle « {word} » n'est pas dans le lexique."
                yield Remark('texte.sigle', run.span, word, message, hint)


def _is_acronym(word: str, run: Prose, start: int) -> bool:
    """Tell an acronym from a Roman numeral (a century, a part), the name of a road, a word quoted, a common abbreviation."""
    if sum(char.isupper() for char in word) < 2 or word in _COMMON:
        return False
    return not (_ROMAN.fullmatch(word) or _ROAD.fullmatch(word) or is_quoted(run.text, start))


def length_remarks(project: Project, runs: Sequence[Prose]) -> Iterator[Remark]:
    """Yield the sentences and paragraphs beyond the limits of the dossier (0: no limit); notes and tables are let be."""
    limits = project.dossier.redaction
    for run in runs:
        if run.kind != 'texte':
            continue
        length = count_words(run.text)
        if 0 < limits.paragraphe < length:
            message = f"Le paragraphe compte {length} mots (limite : {limits.paragraphe})."
            yield Remark('texte.paragraphe-long', run.span, '', message, "Coupez-le là où le sujet change.")
        if not 0 < limits.phrase < length:
            continue
        offset = 0
        for sentence in sentences(run.text):
            count = count_words(sentence)
            if count > limits.phrase:
                typed = run.typed[offset : offset + len(sentence)].partition(MASK)[0]
                message = f"La phrase « {_opening(sentence)} » compte {count} mots (limite : {limits.phrase})."
                yield Remark('texte.phrase-longue', run.span, typed, message, "Coupez-la en deux, ou faites une liste.")
            offset += len(sentence)


def _opening(sentence: str) -> str:
    return ' '.join(sentence.replace(NOTE, '').split(' ')[:5]) + '…'


@cache
def terms() -> tuple[Terme, ...]:
    """Return the misspelt terms of ``legal/termes.yaml``."""
    text = (files('pasbuild') / 'legal' / 'termes.yaml').read_text(encoding='utf-8')
    return Termes.model_validate(yaml.load(text, yaml.CSafeLoader)).termes


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str], Terme], ...]:
    """Return each form to look for: in lower case for a quick look, then as a pattern on whole words."""
    return tuple(
        (form.casefold(), re.compile(rf'(?<!\w){re.escape(form)}(?!\w)', 0 if term.casse else re.IGNORECASE), term)
        for term in terms()
        for form in map(typeset, term.faux)
    )


def term_remarks(runs: Sequence[Prose]) -> Iterator[Remark]:
    """Yield the terms of the law that are misspelt, each occurrence, but not between « and »."""
    text = '\n'.join(run.text for run in runs).replace(NBSP, ' ')
    starts = [0, *accumulate(len(run.text) + 1 for run in runs)]
    folded = text.casefold()
    for form, pattern, term in _forms():
        for match in pattern.finditer(text) if form in folded else ():
            index = bisect_right(starts, match.start()) - 1
            run = runs[index]
            if is_quoted(run.text, match.start() - starts[index]):
                continue
            message = f"« {untypeset(match[0])} » s'écrit « {term.juste} »."
            yield Remark('texte.terme', run.span, match[0], message, f"{term.pourquoi} Source : {term.source}.")


def space_remarks(runs: Sequence[Prose]) -> Iterator[Remark]:
    """Yield doubled spaces, which Word prints, and straight double quotes; apostrophes are converted on reading."""
    for run in runs:
        for match in _SPACES.finditer(run.typed):
            words = match[0].strip()
            message = f"Deux espaces se suivent : « {words.replace(MASK, '')} »."
            yield Remark('texte.espaces', run.span, words, message, "N'en gardez qu'une.")
        for match in _STRAIGHT.finditer(run.typed) if '"' in run.typed else ():
            message = f"Guillemets droits : {match[0].replace(MASK, '')}"
            yield Remark('texte.espaces', run.span, match[0], message, "Écrivez « et ».")
