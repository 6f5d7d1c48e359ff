"""The dossier's own Word template: the look that staff gave to each style, taken into the Word file.

A template is a file somebody made: it goes through the same gate as a returned file, and only values of formatting are
copied from it, one by one, never a part (but the colours and fonts of its theme). Structure stays ours: numbers, levels of
titles, what is based on nothing else. A style is found by its name, else by the hidden bookmark of its sample: LibreOffice
changes identifiers, people change names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from lxml import etree

from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.project import Folder
from pasbuild.theme import Theme
from pasbuild.typography import typeset
from pasbuild.wordml import PageSetup, bookmark, twips
from pasbuild.wordroles import GROUPS, SHOWN, page_id, role, role_mark
from pasbuild.wordsafe import WordFile, open_word
from pasbuild.wordstyles import Layout, page_setups, styles_xml, trim_variants
from pasbuild.wordvalues import W, fonts_of, paragraph_values, run_values, set_in_order

Element = etree._Element  # noqa: SLF001  # lxml has no public name for it
PATH = 'templates/template.docx'
_MIN_COLUMN = 70
"""Narrowest column a template may ask for, in millimetres: less does not hold a table."""
_MAX_DEPTH = 10
"""Styles a style may rest on, one on the other: Word takes eleven."""
_BULLETS = ('ListBullet', 'ListBullet2', 'ListBullet3', 'PASEncadrePuce', 'PASConstatPuce')
_ORDERED = ('ListNumber', 'ListNumber2', 'ListNumber3')
_TITLES = ('PASDynamique', 'PASAxe', 'PASObjectif', 'PASEnjeu')
_RANKS = dict(zip((*_BULLETS, *_ORDERED, *_TITLES), (0, 1, 2, 0, 0, 0, 1, 2, 0, 1, 2, 0), strict=True))
_FORMS = ('decimal', 'decimalZero', 'lowerLetter', 'upperLetter', 'lowerRoman', 'upperRoman')
_AGAIN = "Refaites-le par « pasbuild docx-template », ou retirez-le : le thème du dossier servira."


@dataclass(frozen=True, slots=True)
class Look:
    """What a template says. Keys are our identifiers of styles, values elements of the template."""

    styles: Mapping[str, Element]
    bases: Mapping[str, str] = field(default_factory=dict)
    """Style each is based on, ours or one of ``others``."""
    others: Mapping[str, Element] = field(default_factory=dict)
    """Styles of the template that ours are based on, by the identifier they get."""
    defaults: Element | None = None
    levels: Mapping[str, Element] = field(default_factory=dict)
    margins: Mapping[Layout, Element] = field(default_factory=dict)
    theme: bytes = b''
    column: tuple[int, int] = (0, 0)
    """Width of the text in the theme and in the template, in twips: tab stops at its edge follow."""

    # --- styles ---

    def restyled(self, xml: str) -> str:
        """Return the styles part in the look of the template."""
        root = etree.fromstring(xml)
        self._default(root)
        for style in root.findall(f'{W}style'):
            key = str(style.get(f'{W}styleId'))
            if key in self.styles:
                self._restyle(style, key)
            elif style.get(f'{W}type') == 'character':
                self._combine(style, key)
        for key, other in self.others.items():
            root.append(self._other(key, other))
        return etree.tostring(root, encoding='unicode')

    def _default(self, root: Element) -> None:
        for kind, values in (('rPr', run_values), ('pPr', paragraph_values)):
            theirs = self.defaults.find(f'{W}{kind}Default/{W}{kind}') if self.defaults is not None else None
            ours = root.find(f'{W}docDefaults/{W}{kind}Default')
            if theirs is not None and ours is not None:
                set_in_order(ours, kind, values(theirs), keep=('lang',))

    def _restyle(self, style: Element, key: str) -> None:
        theirs = self.styles[key]
        if style.get(f'{W}type') == 'paragraph':
            found = [self._tabs(value) for value in paragraph_values(theirs.find(f'{W}pPr'))]
            set_in_order(style, 'pPr', found, keep=('numPr', 'outlineLvl', 'suppressLineNumbers'))
            _base(style, self.bases.get(key, ''))
        set_in_order(style, 'rPr', run_values(theirs.find(f'{W}rPr')))

    def _combine(self, style: Element, key: str) -> None:
        """Give a role in a weight that the template does not show the look of the role, in that weight."""
        plain = next((known for known in self.styles if known.startswith('PAS') and key.startswith(known)), '')
        if plain:
            kept = ('b', 'i', 'rFonts', 'sz', 'szCs')
            set_in_order(style, 'rPr', run_values(self.styles[plain].find(f'{W}rPr')), keep=kept)

    def _other(self, key: str, theirs: Element) -> Element:
        made = etree.Element(f'{W}style', {f'{W}type': 'paragraph', f'{W}customStyle': '1', f'{W}styleId': key})
        etree.SubElement(made, f'{W}name').set(f'{W}val', f'PAS gabarit {key.removeprefix("Gabarit")}')
        _base(made, self.bases.get(key, ''))
        set_in_order(made, 'pPr', paragraph_values(theirs.find(f'{W}pPr')))
        set_in_order(made, 'rPr', run_values(theirs.find(f'{W}rPr')))
        return made

    def _tabs(self, value: Element) -> Element:
        """Return a value, tab stops at the edge of the text moved to its new edge."""
        before, after = self.column
        for tab in value.iter(f'{W}tab'):
            if before != after and abs(int(tab.get(f'{W}pos', '0')) - before) < 20:
                tab.set(f'{W}pos', str(after))
        return value

    # --- lists ---

    def renumbered(self, xml: str) -> str:
        """Return the numbering part: marks and indents of the template, our numbers for titles."""
        root = etree.fromstring(xml)
        ordered = 0
        for level in root.iter(f'{W}lvl'):
            bound = level.find(f'{W}pStyle')
            key = str(bound.get(f'{W}val')) if bound is not None else ''
            if bound is None and ordered < len(_ORDERED):  # the first list that no style holds: that of the text
                key, ordered = _ORDERED[ordered], ordered + 1
            if key in self.levels:
                _relevel(level, self.levels[key], key)
        return etree.tostring(root, encoding='unicode')

    # --- pages ---

    def pages(self, setups: Mapping[Layout, PageSetup]) -> dict[Layout, PageSetup]:
        """Return the kinds of page with the margins of the template."""
        return {
            layout: _with_margins(setup, self.margins[layout]) if layout in self.margins else setup
            for layout, setup in setups.items()
        }


def find_look(folder: Folder, theme: Theme, report: Report) -> Look | None:
    """Return the look of the dossier's template; None when there is none, or it is refused (``docx.gabarit``)."""
    if not (folder.root / PATH).exists():
        return None
    data = folder.bytes(PATH, Span(PATH), report)
    return read_look(data, theme, report) if data is not None else None


def read_look(data: bytes, theme: Theme, report: Report) -> Look | None:
    """Return the look of a template, or None after a finding."""
    refusal = Report()
    file = open_word(data, PATH, refusal, look=True)
    if file is None or file.styles is None:
        reason = ' '.join(found.message for found in refusal.diagnostics if found.level == 'erreur')
        report.add('docx.gabarit', Span(PATH), f"Le gabarit Word est refusé. {reason}".strip(), _AGAIN)
        return None
    return _Reader(file, theme, report).read()


# --- reading ----------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, file: WordFile, theme: Theme, report: Report) -> None:
        assert file.styles is not None
        self.file, self.theme, self.report = file, theme, report
        self.known = {str(style.get(f'{W}styleId')): style for style in file.styles.iterfind(f'{W}style')}
        self.samples = dict(_samples(file.document))
        self.wanted = etree.fromstring(trim_variants(styles_xml(theme, SHOWN)))

    def read(self) -> Look:
        ids = dict(self._found())
        self._check_missing(ids)
        self._check_direct(ids)
        back = {style_id: key for key, style_id in reversed(ids.items())}
        styles = {key: self.known[style_id] for key, style_id in ids.items()}
        others: dict[str, Element] = {}
        bases: dict[str, str] = {}
        for key, style_id in ids.items():
            if self.known[style_id].get(f'{W}type') == 'paragraph':
                self._rest(key, style_id, back, others, bases)
        margins = self._margins()
        setups = page_setups(self.theme)
        look = Look(
            styles, bases, others, cast('Element', self.file.styles).find(f'{W}docDefaults'),
            dict(self._levels(ids)), margins, fonts_of(self.file.theme),
        )  # fmt: skip
        return replace(look, column=(_column(setups), _column(look.pages(setups))))

    def _found(self) -> Iterator[tuple[str, str]]:
        """Yield our identifier of each style with that of the template: by name, else by the mark of its sample.

        LibreOffice adds its own "Caption" to our "caption": of two names that differ by case, that of the sample counts.
        """
        names = {
            (str(style.get(f'{W}type')), _name(style).casefold()): key for key, style in reversed(self.known.items())
        }
        for style in self.wanted.iterfind(f'{W}style'):
            kind, key = str(style.get(f'{W}type')), str(style.get(f'{W}styleId'))
            if kind not in ('paragraph', 'character') or not _is_shown(key):
                continue
            name, sampled = _name(style).casefold(), self._sampled(key, kind)
            same = sampled and _name(self.known[sampled]).casefold() == name
            found = sampled if same else names.get((kind, name)) or sampled
            if found and self._depth(found) <= _MAX_DEPTH:
                yield key, found

    def _sampled(self, key: str, kind: str) -> str:
        mark = self.samples.get(role_mark(key))
        if mark is None:
            return ''
        if kind == 'character':
            run = next((found for found in mark.itersiblings() if found.tag == f'{W}r'), None)
            style = run.find(f'{W}rPr/{W}rStyle') if run is not None else None
        else:
            style = _paragraph(mark).find(f'{W}pPr/{W}pStyle')
        found = str(style.get(f'{W}val')) if style is not None else ''
        return found if found in self.known and self.known[found].get(f'{W}type') == kind else ''

    def _depth(self, style_id: str) -> int:
        depth = 0
        while style_id in self.known and depth <= _MAX_DEPTH:
            style_id, depth = _value(self.known[style_id], 'basedOn'), depth + 1
        return depth

    def _rest(
        self, key: str, style_id: str, back: Mapping[str, str], others: dict[str, Element], bases: dict[str, str]
    ) -> None:
        """Note what a style rests on, down to a style of ours or to nothing."""
        while base := _value(self.known[style_id], 'basedOn'):
            if base not in self.known:
                return
            ours = back.get(base) or next((k for k, other in others.items() if other is self.known[base]), '')
            if ours:
                bases[key] = ours
                return
            other = f'Gabarit{len(others) + 1}'
            others[other], bases[key] = self.known[base], other
            key, style_id = other, base

    def _levels(self, ids: Mapping[str, str]) -> Iterator[tuple[str, Element]]:
        numbering = self.file.numbering
        if numbering is None:
            return
        lists = {str(found.get(f'{W}numId')): _value(found, 'abstractNumId') for found in numbering.iter(f'{W}num')}
        forms = {str(found.get(f'{W}abstractNumId')): found for found in numbering.iter(f'{W}abstractNum')}
        for key, rank in _RANKS.items():
            number, level = self._list_of(key, ids.get(key, ''), rank)
            form = forms.get(lists.get(number, ''))
            found = (
                [lvl for lvl in form.iterfind(f'{W}lvl') if lvl.get(f'{W}ilvl') == level] if form is not None else []
            )
            if found:
                yield key, found[0]

    def _list_of(self, key: str, style_id: str, rank: int) -> tuple[str, str]:
        """Return the list and level of a style: those of its sample, else its own."""
        mark = self.samples.get(role_mark(key))
        places = [_paragraph(mark).find(f'{W}pPr/{W}numPr')] if mark is not None else []
        while style_id in self.known and len(places) <= _MAX_DEPTH:
            places.append(self.known[style_id].find(f'{W}pPr/{W}numPr'))
            style_id = _value(self.known[style_id], 'basedOn')
        for place in places:
            if place is not None and _value(place, 'numId') not in ('', '0'):
                return _value(place, 'numId'), _value(place, 'ilvl') or str(rank)
        return '', ''

    def _margins(self) -> dict[Layout, Element]:
        found: dict[Layout, Element] = {}
        for layout, setup in page_setups(self.theme).items():
            mark = self.samples.get(bookmark(page_id(layout)))
            after = _paragraph(mark).iterfind(f'.//{W}sectPr') if mark is not None else iter(())
            if mark is not None:
                after = (s for s in self.file.document.iter(f'{W}sectPr') if _follows(s, _paragraph(mark)))
            margins = next((section.find(f'{W}pgMar') for section in after), None)
            if margins is None:
                continue
            made = _with_margins(setup, margins)
            if made.column < _MIN_COLUMN or made.top + made.bottom > made.height / 2:
                message = f"Les marges du gabarit ne laissent pas assez de place au texte (page « {layout} »)."
                self.report.warn('docx.marges', Span(PATH), message, "Celles du thème servent ; réduisez-les.")
            else:
                found[layout] = margins
        return found

    # --- findings ---

    def _check_missing(self, ids: Mapping[str, str]) -> None:
        shown = [style for style in self.wanted.iterfind(f'{W}style') if _is_shown(str(style.get(f'{W}styleId')))]
        missing = [style for style in shown if str(style.get(f'{W}styleId')) not in ids]
        for style in missing:
            said = typeset(role(str(style.get(f'{W}styleId'))))
            message = f"Le style « {_name(style)} » manque au gabarit Word ({said[:1].lower()}{said[1:]})."
            hint = "Celui du thème sert. « pasbuild docx-template » refait ce gabarit, complété : repartez de lui."
            self.report.warn('docx.style-absent', Span(PATH), message, hint)

    def _check_direct(self, ids: Mapping[str, str]) -> None:
        """Say which samples were formatted by hand: the style did not change, and the document will not."""
        for key in ids:
            mark = self.samples.get(role_mark(key))
            if mark is None or not any(key in group for group in GROUPS.values()):
                continue
            runs = [run.find(f'{W}rPr') for run in _paragraph(mark).iterfind(f'{W}r')]
            direct = {str(etree.QName(value).localname) for run in runs for value in run_values(run)}
            if direct & {'rFonts', 'color', 'sz', 'b', 'i', 'u', 'caps', 'highlight', 'shd'}:
                message = f"La ligne d’exemple « {typeset(role(key))} » est mise en forme à la main."
                hint = "Cela ne change rien au document : modifiez le style de la ligne, puis effacez la mise en forme directe."
                self.report.warn('docx.gabarit-mise-en-forme', Span(PATH), message, hint)


def _is_shown(key: str) -> bool:
    try:
        return bool(role(key))
    except (KeyError, AttributeError):
        return False


def _samples(document: Element) -> Iterator[tuple[str, Element]]:
    for mark in document.iter(f'{W}bookmarkStart'):
        yield str(mark.get(f'{W}name')).lower(), mark


def _paragraph(mark: Element) -> Element:
    """Return the paragraph a bookmark starts in, or the next one."""
    around = next(mark.iterancestors(f'{W}p'), None)
    return around if around is not None else next(mark.itersiblings(f'{W}p'), mark)


def _follows(section: Element, paragraph: Element) -> bool:
    """Tell whether a section ends at a paragraph of the body or after it."""
    body = paragraph.getparent()
    while body is not None and body.tag != f'{W}body':
        paragraph, body = body, body.getparent()
    holder = section
    while holder.getparent() is not None and holder.getparent() is not body:
        holder = cast('Element', holder.getparent())
    return body is not None and holder.getparent() is body and body.index(holder) >= body.index(paragraph)


def _name(style: Element) -> str:
    return _value(style, 'name')


def _value(element: Element, name: str) -> str:
    child = element.find(f'{W}{name}')
    return str(child.get(f'{W}val', '')) if child is not None else ''


def _base(style: Element, key: str) -> None:
    known = style.find(f'{W}basedOn')
    if known is not None:
        style.remove(known)
    if key:
        made = etree.Element(f'{W}basedOn')
        made.set(f'{W}val', key)
        cast('Element', style.find(f'{W}name')).addnext(made)


def _relevel(ours: Element, theirs: Element, key: str) -> None:
    """Take the mark and the look of a level; titles and numbered lists keep numbers that count as ours do."""
    text, form = _value(theirs, 'lvlText'), _value(theirs, 'numFmt')
    rank = int(ours.get(f'{W}ilvl', '0')) + 1
    if key in _BULLETS and form == 'bullet' and 0 < len(text) <= 3:
        cast('Element', ours.find(f'{W}lvlText')).set(f'{W}val', text)
    elif key in _ORDERED and form in _FORMS and re.fullmatch(rf'[^%]{{0,3}}%{rank}[^%]{{0,3}}', text):
        cast('Element', ours.find(f'{W}lvlText')).set(f'{W}val', text)
        cast('Element', ours.find(f'{W}numFmt')).set(f'{W}val', form)
    for name, choices in (
        ('suff', ('tab', 'space', 'nothing')),
        ('lvlJc', ('left', 'right', 'center', 'start', 'end')),
    ):
        found = _value(theirs, name)
        if found in choices:
            cast('Element', ours.find(f'{W}{name}')).set(f'{W}val', found)
    set_in_order(ours, 'pPr', [v for v in paragraph_values(theirs.find(f'{W}pPr')) if v.tag in (f'{W}ind', f'{W}tabs')])
    set_in_order(ours, 'rPr', run_values(theirs.find(f'{W}rPr')))


def _with_margins(setup: PageSetup, margins: Element) -> PageSetup:
    """Return a kind of page with margins in twips; one that is ours to the twip stays as it is."""
    values: dict[str, Any] = {}
    for side in ('top', 'right', 'bottom', 'left', 'header', 'footer'):
        text, ours = str(margins.get(f'{W}{side}', '')), getattr(setup, side)
        if re.fullmatch(r'\d{1,5}', text) and abs(int(text) - twips(ours)) > 2:
            values[side] = int(text) * 25.4 / 1440
    return replace(setup, **values)


def _column(setups: Mapping[Layout, PageSetup]) -> int:
    return twips(setups['portrait'].column)
