"""Values of formatting taken from a Word file that somebody made: those we know, in the order Word wants, nothing else.

Nothing is copied that could hide words, fetch a file or break the document: names are in a list, attributes are of
WordprocessingML, numbers are numbers and colours are colours. What is not of that form is left out.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence

from lxml import etree

Element = etree._Element  # noqa: SLF001  # lxml has no public name for it
W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'
_ORDER = {
    'rPr': (
        'rFonts', 'b', 'bCs', 'i', 'iCs', 'caps', 'smallCaps', 'strike', 'dstrike', 'outline', 'shadow', 'emboss',
        'imprint', 'color', 'spacing', 'w', 'kern', 'position', 'sz', 'szCs', 'highlight', 'u', 'effect', 'bdr', 'shd',
        'vertAlign', 'lang',
    ),
    'pPr': (
        'keepNext', 'keepLines', 'pageBreakBefore', 'widowControl', 'numPr', 'suppressLineNumbers', 'pBdr', 'shd', 'tabs',
        'suppressAutoHyphens', 'spacing', 'ind', 'contextualSpacing', 'mirrorIndents', 'jc', 'textAlignment', 'outlineLvl',
    ),
}  # fmt: skip
"""Children in the order of the schema (ECMA-376 part 1, 17.3.1.26 and 17.3.2.28)."""
_OURS = ('numPr', 'suppressLineNumbers', 'outlineLvl', 'lang')
"""Structure, not look: never taken from a template."""
_SIDES = {'top', 'left', 'bottom', 'right', 'between', 'bar'}
_NUMBERS = {
    'before', 'after', 'line', 'left', 'right', 'start', 'end', 'hanging', 'firstLine', 'pos', 'sz', 'space', 'beforeLines',
    'afterLines', 'leftChars', 'rightChars', 'startChars', 'endChars', 'hangingChars', 'firstLineChars',
}  # fmt: skip
_SIZES = {'spacing', 'w', 'kern', 'position', 'sz', 'szCs'}
_NUMBER = re.compile(r'-?\d{1,5}')
_COLOUR = re.compile(r'auto|[0-9A-Fa-f]{6}')
_WORD = re.compile(r'[\w .,;()&\'’+-]{0,80}')
_D = '{http://schemas.openxmlformats.org/drawingml/2006/main}'


def run_values(properties: Element | None) -> list[Element]:
    """Return what properties of runs say that can be taken."""
    return _values(properties, 'rPr')


def paragraph_values(properties: Element | None) -> list[Element]:
    """Return what properties of paragraphs say that can be taken."""
    return _values(properties, 'pPr')


def _values(properties: Element | None, kind: str) -> list[Element]:
    if properties is None:
        return []
    allowed = {f'{W}{name}' for name in _ORDER[kind] if name not in _OURS}
    cleaned = (_clean(child) for child in properties if child.tag in allowed)
    return [child for child in cleaned if child is not None]


def _clean(element: Element) -> Element | None:
    """Return an element with its attributes of WordprocessingML, or None when one is not of its form."""
    name = etree.QName(element).localname
    made = etree.Element(element.tag)
    for key, value in element.attrib.items():
        if not str(key).startswith(W):
            continue
        if not _is_sound(name, str(key).removeprefix(W), str(value)):
            return None
        made.set(key, value)
    if name in ('pBdr', 'tabs'):
        inside = _SIDES if name == 'pBdr' else {'tab'}
        children = [_clean(child) for child in element if etree.QName(child).localname in inside]
        made.extend([child for child in children if child is not None])
        return made if len(made) else None
    return made


def _is_sound(name: str, attribute: str, value: str) -> bool:
    if attribute in ('color', 'fill') or (name == 'color' and attribute == 'val'):
        return bool(_COLOUR.fullmatch(value))
    if attribute in _NUMBERS or (name in _SIZES and attribute == 'val'):
        return bool(_NUMBER.fullmatch(value))
    return bool(_WORD.fullmatch(value))


def set_in_order(owner: Element, kind: str, values: Sequence[Element], keep: tuple[str, ...] = ()) -> None:
    """Give an element these properties (``rPr``, ``pPr``) instead of its own, but for those to ``keep``."""
    known = owner.find(f'{W}{kind}')
    kept = [child for child in known if etree.QName(child).localname in keep] if known is not None else []
    names = {child.tag for child in kept}
    order = _ORDER[kind]
    found = {str(etree.QName(child).localname): child for child in (*(v for v in values if v.tag not in names), *kept)}
    if known is None:
        known = etree.Element(f'{W}{kind}')
        after = owner.find(f'{W}rPr') if kind == 'pPr' else None
        if after is None:
            owner.append(known)
        else:
            after.addprevious(known)
    known[:] = [copy.deepcopy(found[name]) for name in order if name in found]
    if not len(known) and not owner.tag.endswith('Default'):
        owner.remove(known)


def fonts_of(theme: Element | None) -> bytes:
    """Return a theme part that names nothing outside itself; empty for another, or none."""
    if theme is None or theme.tag != f'{_D}theme':
        return b''
    outside = any('relationships' in str(key) for node in theme.iter(etree.Element) for key in node.attrib)
    return b'' if outside else etree.tostring(theme, encoding='UTF-8', xml_declaration=True, standalone=True)
