"""Document → HTML: what no other test sees."""

from __future__ import annotations

import re

from pasbuild.html import block_html, part_html
from pasbuild.model import Heading, ListBlock, ListItem, Paragraph, Part, Span, Text
from pasbuild.project import Niveaux


def test_accents_go_round_after_the_last_of_the_theme() -> None:
    span = Span('content/10.md')
    heading = Heading(id='gd', span=span, children=(), level=1)
    parts = [Part(id='gd', span=span, kind='dynamique', heading=heading, blocks=(), accent=rank) for rank in (0, 3, 4)]
    opened = [str(part_html(part, Niveaux(), 3)).partition('>')[0] for part in parts]
    assert [re.findall(r'accent-(\d)', text) for text in opened] == [['0'], ['3'], ['1']]


def test_list_that_goes_on_tells_the_counter_where_to_start() -> None:
    span = Span('content/10.md')
    item = ListItem(children=(Paragraph(id='l.p1', span=span, children=(Text("Suite"),)),))
    lists = [ListBlock(id='l', span=span, ordered=True, start=start, items=(item,)) for start in (1, 4)]
    opened = [str(block_html(block, Niveaux())).partition('>')[0] for block in lists]
    assert opened == ['<ol id="l"', '<ol id="l" start="4" style="counter-reset: list-item 3"']
