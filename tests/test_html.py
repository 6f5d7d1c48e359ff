"""Document → HTML: what no other test sees."""

from __future__ import annotations

import re

from pasbuild.html import part_html
from pasbuild.model import Heading, Part, Span
from pasbuild.project import Niveaux


def test_accents_go_round_after_the_last_of_the_theme() -> None:
    span = Span('content/10.md')
    heading = Heading(id='gd', span=span, children=(), level=1)
    parts = [Part(id='gd', span=span, kind='dynamique', heading=heading, blocks=(), accent=rank) for rank in (0, 3, 4)]
    opened = [str(part_html(part, Niveaux(), 3)).partition('>')[0] for part in parts]
    assert [re.findall(r'accent-(\d)', text) for text in opened] == [['0'], ['3'], ['1']]
