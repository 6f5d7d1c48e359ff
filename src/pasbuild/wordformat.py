"""Formatting as values: what a Word style says of its runs and paragraphs, and the markup for it.

Why: the schema of WordprocessingML wants the properties in one order. It is written down once, here, so that
``wordstyles`` can be read as a list of decisions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pasbuild.wordml import escape, twips


@dataclass(frozen=True, slots=True)
class Run:
    """Character formatting. Sizes in points, colours as #RRGGBB, ``tracking`` in points."""

    font: str = ''
    size: float = 0
    colour: str = ''
    bold: bool | None = None
    italic: bool = False
    caps: bool = False
    tracking: float = 0
    shade: str = ''
    underline: str = ''
    raised: bool = False

    def xml(self) -> str:
        """Return the markup; nothing when there is nothing to say."""
        fonts = f'w:ascii="{escape(self.font)}" w:hAnsi="{escape(self.font)}" w:cs="{escape(self.font)}"'
        half = round(self.size * 2)
        return _element('rPr', (
            f'<w:rFonts {fonts}/>' if self.font else '',
            _switch('b', self.bold),
            '<w:i/>' if self.italic else '',
            '<w:caps/>' if self.caps else '',
            f'<w:color w:val="{self.colour[1:]}"/>' if self.colour else '',
            f'<w:spacing w:val="{round(self.tracking * 20)}"/>' if self.tracking else '',
            f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>' if half else '',
            f'<w:u w:val="{self.underline}"/>' if self.underline else '',
            _shade(self.shade),
            '<w:vertAlign w:val="superscript"/>' if self.raised else '',
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edge:
    """A rule beside a paragraph: ``side`` top, left, bottom, right or between; ``weight`` and ``gap`` in points."""

    side: str
    colour: str
    weight: float = 0.5
    gap: float = 4

    def xml(self) -> str:
        """Return the markup; nothing when there is nothing to say."""
        measure = f'w:sz="{round(self.weight * 8)}" w:space="{round(self.gap)}"'
        return f'<w:{self.side} w:val="single" {measure} w:color="{self.colour[1:]}"/>'


@dataclass(frozen=True, slots=True)
class Par:
    """Paragraph formatting. Spacing in points, indents and tab stops in millimetres.

    ``line``: line height, in lines of the family; ``leading``: the same in points, whatever the family.
    """

    before: float | None = None
    after: float | None = None
    line: float = 0
    leading: float = 0
    left: float | None = None
    right: float | None = None
    hanging: float = 0
    align: str = ''
    outline: int | None = None
    list_number: int | None = None
    list_level: int = 0
    edges: tuple[Edge, ...] = ()
    shade: str = ''
    tabs: tuple[tuple[float, str], ...] = ()
    keep_next: bool = False
    keep_lines: bool = False
    page_break: bool | None = None
    contextual: bool = False
    uncounted: bool = False
    """Left out of the line numbers."""

    def xml(self) -> str:
        """Return the markup; nothing when there is nothing to say."""
        return _element('pPr', (
            '<w:keepNext/>' if self.keep_next else '',
            '<w:keepLines/>' if self.keep_lines else '',
            _switch('pageBreakBefore', self.page_break),
            self._numbering(),
            '<w:suppressLineNumbers/>' if self.uncounted else '',
            _element('pBdr', (edge.xml() for edge in self.edges)),
            _shade(self.shade),
            _element('tabs', (_tab(position, kind) for position, kind in self.tabs)),
            self._spacing(),
            self._indent(),
            '<w:contextualSpacing/>' if self.contextual else '',
            f'<w:jc w:val="{self.align}"/>' if self.align else '',
            f'<w:outlineLvl w:val="{self.outline}"/>' if self.outline is not None else '',
        ))  # fmt: skip

    def _numbering(self) -> str:
        if self.list_number is None:
            return ''
        return f'<w:numPr><w:ilvl w:val="{self.list_level}"/><w:numId w:val="{self.list_number}"/></w:numPr>'

    def _spacing(self) -> str:
        values = {'before': self.before, 'after': self.after}
        parts = [f'w:{name}="{round(value * 20)}"' for name, value in values.items() if value is not None]
        parts += [f'w:line="{round(self.line * 240)}" w:lineRule="auto"'] if self.line else []
        parts += [f'w:line="{round(self.leading * 20)}" w:lineRule="exact"'] if self.leading else []
        return f'<w:spacing {" ".join(parts)}/>' if parts else ''

    def _indent(self) -> str:
        values = {'left': self.left, 'right': self.right, 'hanging': self.hanging or None}
        parts = [f'w:{name}="{twips(value)}"' for name, value in values.items() if value is not None]
        return f'<w:ind {" ".join(parts)}/>' if parts else ''


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style: ``key`` is its identifier, ``name`` what Word shows (built-in names keep their meaning)."""

    key: str
    name: str
    base: str
    par: Par = Par()
    run: Run = Run()
    following: str = ''

    def xml(self) -> str:
        """Return the style as markup. Without a base it is the default one."""
        follow = f'<w:next w:val="{self.following}"/>' if self.following else ''
        based = f'<w:basedOn w:val="{self.base}"/>' if self.base else ''
        default = ' w:default="1"' if not self.base else ' w:customStyle="1"' if self.name.startswith('PAS') else ''
        return (
            f'<w:style w:type="paragraph"{default} w:styleId="{self.key}"><w:name w:val="{self.name}"/>{based}{follow}'
            f'<w:qFormat/>{self.par.xml()}{self.run.xml()}</w:style>'
        )


def _element(name: str, parts: Iterable[str]) -> str:
    content = ''.join(parts)
    return f'<w:{name}>{content}</w:{name}>' if content else ''


def _switch(name: str, value: bool | None) -> str:
    return '' if value is None else f'<w:{name}/>' if value else f'<w:{name} w:val="0"/>'


def _shade(colour: str) -> str:
    return f'<w:shd w:val="clear" w:color="auto" w:fill="{colour[1:]}"/>' if colour else ''


def _tab(position: float, kind: str) -> str:
    leader = ' w:leader="dot"' if kind == 'dots' else ''
    return f'<w:tab w:val="{"right" if kind == "dots" else kind}"{leader} w:pos="{twips(position)}"/>'
