"""Word files that LibreOffice wrote wrongly: tracked changes inside a content control.

Why: our review copies lock what is made inside content controls, and LibreOffice 7.4 lets one type in them. When such a
change is tracked, it nests the tags of the control wrongly with those of the change (``<w:del><w:sdt>…<w:sdtContent>
</w:del>``), and writes in each run of the control, after its own words, the whole text of the control once more; the
first run has only that text. Word does not open such a file. All other corrections in it are sound.
"""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

_W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'
_TAG = re.compile(rb'<(/?)w:sdt(Content|Pr|EndPr|)(?: [^<>]*?)?(/?)>')
"""A tag of a content control: whether it ends something, of what it is, whether it is empty."""


def without_controls(data: bytes) -> bytes:
    """Return a part without its content controls, whatever the nesting of their tags; what they hold stays.

    One pass over the tags: the file is not trusted, and looking for the end of each control would let one stop the program.
    """
    kept, start, inside = [], 0, b''
    for tag in _TAG.finditer(data):
        ends, kind, empty = tag.groups()
        if inside:  # the settings of a control go with it
            inside = b'' if ends and kind == inside else inside
        else:
            kept.append(data[start : tag.start()])
            inside = kind if kind in (b'Pr', b'EndPr') and not ends and not empty else b''
        start = tag.end()
    return b''.join([*kept, b'' if inside else data[start:]])


def restore_words(root: etree._Element) -> None:
    """Take the texts that LibreOffice repeated out of a part read without its controls."""
    for paragraph in root.iter(f'{_W}p'):
        _restore([text for text in paragraph.iter(f'{_W}t', f'{_W}delText') if text.text])


def _restore(texts: list[etree._Element]) -> None:
    """Leave to the first run of a control the beginning of the repeated text, to the others their own words."""
    counts = Counter(text.text for text in texts)
    repeated = max((known for known, count in counts.items() if count > 1 and known), key=len, default=None)
    if repeated is None:
        return
    places = [rank for rank, text in enumerate(texts) if text.text == repeated]
    own = ''.join(text.text or '' for text in texts[places[0] : places[-1]] if text.text != repeated)
    if own and repeated.endswith(own):
        for rank in places:
            texts[rank].text = ''
        texts[places[0]].text = repeated.removesuffix(own)
