"""Document → HTML: what no other test sees."""

from __future__ import annotations

import re

import pytest

from pasbuild.diagnostics import Report
from pasbuild.generated import DEFAULTS
from pasbuild.html import block_html, part_html
from pasbuild.law import matieres
from pasbuild.model import Heading, ListBlock, ListItem, Objectif, Paragraph, Part, Span, Text
from pasbuild.pdf import _render, stylesheet
from pasbuild.project import Folder, Niveaux
from pasbuild.theme import read_theme


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


@pytest.mark.parametrize('above', range(214, 242, 3))
def test_notes_of_an_objective_at_the_foot_of_a_page_are_printed_once(mini: Folder, above: int) -> None:
    """WeasyPrint 70 prints a float twice when it breaks it and then moves the title beside it (millimetres ``above``)."""
    theme = read_theme(DEFAULTS / 'theme.toml', Report())
    assert theme is not None
    span = Span('content/10.md')
    text = Paragraph(id='o.p1', span=span, children=(Text("Le territoire répond à chacune de ces matières. " * 20),))
    block = Objectif('o', span, (Text("Tenir compte de tout"),), tuple(matieres())[:5], (text,), '1.1.1')
    html = f'<html lang="fr"><body><div style="height:{above}mm"></div>{block_html(block, Niveaux())}</body></html>'
    pages = _render(html, stylesheet(mini, theme), {}, '').pages
    words = [getattr(box, 'text', '') for page in pages for box in page._page_box.descendants()]
    shown = ' '.join(words)
    assert [shown.count(matter.titre[:16]) for matter in list(matieres().values())[:5]] == [1] * 5
