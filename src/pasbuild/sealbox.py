"""The visible field of a seal: where the document keeps room for it, what is drawn there, and its place among the tags.

A dossier that asks for it (``cachet`` in dossier.yaml) is built with two destinations, the corners of the room kept for
the seal. The field itself is only made when sealing, in the same update as the signature: see docs/adr/0006-cachet.md.

What PDF/A-3a and PDF/UA-1 ask, and pyHanko does not do by itself: fonts embedded in the drawing (WeasyPrint makes it), a
name for screen readers, and a ``Form`` element that holds the field (ISO 14289-1, 7.18.1 and 7.18.4).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from jinja2 import Template
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.stamp import StaticStampStyle

from pasbuild.fonts import fonts
from pasbuild.typography import french_date, typeset

CORNERS = ('_cachet', '_cachet-fin')
"""Destinations of the top left and bottom right corners; no identifier of an author begins with a low line."""


@dataclass(frozen=True, slots=True)
class Box:
    """Room kept for the seal: number of the page (from 0) and corners, in points from the bottom left."""

    page: int
    left: int
    bottom: int
    right: int
    top: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.top - self.bottom


def find_box(writer: IncrementalPdfFileWriter) -> Box | None:
    """Return the room the document keeps for a seal, or None when it keeps none."""
    places: dict[str, Any] = {}
    if '/Names' in writer.root and '/Dests' in writer.root['/Names']:
        places = {str(name): place for name, place in _entries(writer.root['/Names']['/Dests'])}
    if any(corner not in places for corner in CORNERS):
        return None
    pages = {page.reference: number for number, page in enumerate(_pages(writer))}
    (start, left, top), (end, right, bottom) = (_place(places[corner]) for corner in CORNERS)
    if start != end or start not in pages or right - left < 1 or top - bottom < 1:
        return None
    return Box(pages[start], left, bottom, right, top)


def _pages(writer: IncrementalPdfFileWriter) -> Iterator[generic.IndirectObject]:
    for number in range(int(writer.root['/Pages']['/Count'])):
        yield writer.find_page_for_modification(number)[0]


def _entries(node: Any) -> Iterator[tuple[Any, Any]]:
    """Walk a name tree (ISO 32000-1, 7.9.6)."""
    if '/Names' in node:
        names = node['/Names']
        yield from ((names[rank], names[rank + 1]) for rank in range(0, len(names) - 1, 2))
    if '/Kids' in node:
        for child in node['/Kids']:
            yield from _entries(child)


def _place(destination: Any) -> tuple[generic.Reference, int, int]:
    """Return the page and the point of a destination ``[page /XYZ x y zoom]``."""
    array = destination['/D'] if isinstance(destination, DictionaryObject) else destination
    return array.raw_get(0).reference, round(array[2]), round(array[3])


# --- the field --------------------------------------------------------------------------------------------------------


def add_field(writer: IncrementalPdfFileWriter, name: str, box: Box, tooltip: str) -> None:
    """Add an empty, visible and tagged signature field to the update in the making."""
    corners = (box.left, box.bottom, box.right, box.top)
    spec = SigFieldSpec(name, on_page=box.page, box=corners, readable_field_name=tooltip)
    append_signature_field(writer, spec)
    page = writer.find_page_for_modification(box.page)[0]
    widget = page.get_object()['/Annots'].raw_get(-1)
    page.get_object()['/Tabs'] = NameObject('/S')
    writer.mark_update(page)
    if '/StructTreeRoot' in writer.root:
        _tag(writer, writer.root['/StructTreeRoot'], widget, page, tooltip)


def _tag(
    writer: IncrementalPdfFileWriter,
    tree: DictionaryObject,
    widget: generic.IndirectObject,
    page: generic.IndirectObject,
    tooltip: str,
) -> None:
    """Put the field last among the tags of the document, in a ``Form`` element."""
    top = tree['/K']
    document = tree.raw_get('/K') if isinstance(top, DictionaryObject) else top.raw_get(0)
    form = writer.add_object(
        DictionaryObject(
            {
                NameObject('/Type'): NameObject('/StructElem'),
                NameObject('/S'): NameObject('/Form'),
                NameObject('/P'): document,
                NameObject('/Pg'): page,
                NameObject('/Alt'): generic.pdf_string(tooltip),
                NameObject('/K'): DictionaryObject(
                    {
                        NameObject('/Type'): NameObject('/OBJR'),
                        NameObject('/Obj'): widget,
                        NameObject('/Pg'): page,
                    }
                ),
            }
        )
    )
    children = document.get_object().setdefault(NameObject('/K'), ArrayObject())
    children.append(form)
    writer.update_container(children)
    key = _add_parent(writer, tree, form)
    widget.get_object()[NameObject('/StructParent')] = NumberObject(key)
    writer.mark_update(widget)


def _add_parent(writer: IncrementalPdfFileWriter, tree: DictionaryObject, form: generic.IndirectObject) -> int:
    """Enter the element at the end of the number tree of parents; return its key."""
    node = tree['/ParentTree']
    path = [node]
    while '/Kids' in node:
        node = node['/Kids'][-1]
        path.append(node)
    numbers = node['/Nums']
    key = max(int(tree.get('/ParentTreeNextKey', 0)), int(numbers[-2]) + 1 if numbers else 0)
    numbers.extend([NumberObject(key), form])
    for one in path:
        if '/Limits' in one:
            one['/Limits'] = ArrayObject([one['/Limits'][0], NumberObject(key)])
        writer.update_container(one)
    writer.update_container(numbers)
    tree[NameObject('/ParentTreeNextKey')] = NumberObject(key + 1)
    writer.update_container(tree)
    return key


# --- its drawing ------------------------------------------------------------------------------------------------------

_DRAWING = Template(
    """<!doctype html><html lang="fr"><title>Cachet</title><style>
@page { size: {{ width }}pt {{ height }}pt; margin: 0 }
body { margin: 0; box-sizing: border-box; height: {{ height }}pt; padding: 5pt 6pt; overflow: hidden; background: #fff;
  color: #1F2A33; border: .8pt solid #1F2A33; font: 400 7pt/9pt Lato }
p { margin: 0 0 2pt } .titre { font-weight: 700; font-size: 7.6pt }
</style><p class="titre">Cachet électronique</p><p>{{ who }}</p><p>{{ day }}</p></html>""",
    autoescape=True,
)


class _Page(PdfContent):
    """First page of a PDF held in memory, as the drawing of a stamp."""

    def __init__(self, data: bytes, size: tuple[int, int]) -> None:
        super().__init__(box=BoxConstraints(*size))
        self.data = data

    def render(self) -> bytes:
        """Import the page and return the operator that paints it."""
        page = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(self.data)))
        self.resources.xobject['/Cachet'] = page
        return b'/Cachet Do'


def draw(box: Box, who: str, day: date) -> StaticStampStyle:
    """Return the drawing of the seal: whose it is and the day, in the fonts of the document."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    width, height = box.size
    configuration = FontConfiguration()
    sheet = CSS(string=_faces(), font_config=configuration)
    html = _DRAWING.render(width=width, height=height, who=typeset(who), day=french_date(day))
    # PDF/A without tags: those of the page that takes it in are the only ones
    data = HTML(string=html).write_pdf(stylesheets=[sheet], font_config=configuration, pdf_variant='pdf/a-3b')
    middle = AxisAlignment.ALIGN_MID
    layout = SimpleBoxLayoutRule(middle, middle)
    return StaticStampStyle(0, background=_Page(data, box.size), background_layout=layout, background_opacity=1)


def _faces() -> str:
    """Return the two fonts of the drawing inside the style sheet, so that nothing is asked from outside."""
    rules = []
    for name in ('Lato-Regular.ttf', 'Lato-Bold.ttf'):
        font = fonts()[name]
        data = base64.b64encode(font.file.read_bytes()).decode()
        rules.append(f'@font-face{{font-family:Lato;font-weight:{font.weight};src:url(data:font/ttf;base64,{data})}}')
    return ''.join(rules)
