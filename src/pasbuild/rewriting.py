"""Write accepted changes into a Markdown file: the lines of the blocks they bear on, and no other.

What is written is proved before it is kept: the file is read again by the same reader, and must hold the accepted text
where it was asked, and every other block as it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pasbuild.data import slug
from pasbuild.edits import PARAGRAPH, folded, tokens
from pasbuild.merging import Addition, Merging
from pasbuild.placing import Place, Source, read_source

_ITEM = re.compile(r'^([\s>]*)([-*+]|\d+[.)])(\s+)')
_MARK = re.compile(r'(?:[-*+]|\d+[.)]|\[\^[^\]]+\]:|:)(?=\s)')
_OPENS = re.compile(r'(?:[-+*>#|:=~]+|\d+[.)])$')
"""A word that would open a list, a title or a block at the start of a line."""
_LEAD = re.compile(r'^(?:([-+>#=~|:])|(\d+)([.)]))(?=\s|[>#=~:|-]|$)')
_CALL = re.compile(r'\[\^([^\]\s]+)\]')
_PIPE = re.compile(r'(?<!\\)\|')
FORMS = ('corps', 'item', 'titre', 'ligne', 'note', '')
"""What an addition is: text at the margin, item of a list (``item2``: of the second level), title (``titre3``), row of a table, footnote (``note x``), or
what the block before it is."""


@dataclass(slots=True)
class _Cut:
    """Lines ``start`` to ``end`` (from 0, end excluded) become ``lines``."""

    start: int
    end: int
    lines: list[str]
    rank: int = 0


@dataclass(slots=True)
class _Expected:
    """What the file must hold once written: blocks after each line, in order, and notes."""

    body: list[tuple[int, int, str, str]] = field(default_factory=list)
    """Rank of the block, rank of the addition after it, form, words."""
    notes: list[str] = field(default_factory=list)


def guarded(text: str) -> str:
    """Return words that open a paragraph, so that Markdown does not take them for a list, a title or a block."""
    return _LEAD.sub(lambda found: f'\\{found[1]}' if found[1] else f'{found[2]}\\{found[3]}', text)


def rewrite(source: Source, merging: Merging, taken: Iterable[str] = ()) -> tuple[str, str]:
    """Return the text of a file with the changes that bear on it, and why it is not the accepted one (empty: it is).

    ``taken``: identifiers of the dossier, that a new title must not take.
    """
    asked = (
        {block for run in merging.texts for block in run}
        | merging.deleted
        | merging.added.keys()
        | merging.moved.keys()
    )
    if not asked & {place.id for place in source.places}:
        return source.text, ''
    writer = _Writer(source, merging, {*taken})
    text = writer.write()
    return text, writer.fault(text)


class _Writer:
    def __init__(self, source: Source, merging: Merging, taken: set[str]) -> None:
        self.source, self.merging, self.taken = source, merging, taken
        self.lines = source.text.split('\n')
        self.places = {place.id: place for place in source.places}
        self.cuts: list[_Cut] = []
        self.expected = _Expected()
        self.width = _width(source, self.lines)

    def write(self) -> str:
        """Return the new text."""
        runs = {run[0]: (run, text) for run, text in self.merging.texts.items() if run[0] in self.places}
        joined = {block for run, _ in runs.values() for block in run[1:]}
        for place in self.source.places:
            gone = place.id in self.merging.deleted or place.id in joined or place.id in self.merging.moved
            text = runs[place.id][1] if place.id in runs else place.markdown
            if not gone:
                self._expect(place, text)
                if place.id in runs:
                    self._replace(place, text)
            elif place.genre != 'cellule':
                self._remove(place)
        self._rows()
        for place_id, added in self.merging.added.items():
            if place_id in self.places:
                self._add(self.places[place_id], added)
        for block, place_id in self.merging.moved.items():
            if place_id in self.places:
                self._add(self.places[place_id], (self._moved(block, runs),))
        self._drop_notes(runs)
        lines = [*self.lines]
        for cut in sorted(self.cuts, key=lambda cut: (cut.start, cut.end > cut.start, cut.rank), reverse=True):
            lines[cut.start : cut.end] = cut.lines
        return '\n'.join(lines)

    def fault(self, text: str) -> str:
        """Return what reading the new text gives that was not asked, or an empty string."""
        again = read_source(text, self.source.file)
        new = Counter(again.faults) - Counter(self.source.faults)
        if new:
            return f"le texte aurait une faute nouvelle ({', '.join(sorted(new))})"
        body = [(place.form, folded(place.markdown)) for place in again.places if place.genre != 'note']
        wanted = [(form, folded(words)) for _, _, form, words in sorted(self.expected.body, key=lambda e: e[:2])]
        for got, asked in zip(body, wanted, strict=False):
            if got != asked:
                return f"on lirait « {_short(got[1])} » au lieu de « {_short(asked[1])} »"
        if len(body) != len(wanted):
            return f"on lirait {len(body)} passages au lieu de {len(wanted)}"
        notes = sorted(folded(place.markdown) for place in again.places if place.genre == 'note')
        return '' if notes == sorted(map(folded, self.expected.notes)) else "les notes ne seraient pas celles attendues"

    # --- one block ---

    def _expect(self, place: Place, text: str) -> None:
        if place.genre == 'note':
            self.expected.notes.append(text)
            return
        paragraphs = text.split(PARAGRAPH) if place.genre != 'remarque' else [text]
        if place.genre == 'cellule':
            paragraphs = [_PIPE.sub(r'\\|', text)]
        rest = '.p' if place.genre == 'titre' else place.form
        order = self.source.places.index(place)
        for rank, words in enumerate(paragraphs):
            form = place.form if rank == 0 else rest
            self.expected.body.append((order, 0, form, words))

    def _replace(self, place: Place, text: str) -> None:
        start = place.first - 1
        if place.genre == 'cellule':
            cut = next((c for c in self.cuts if c.start == start and c.end == start + 1), None)
            if cut is None:
                cut = _Cut(start, start + 1, [self.lines[start]])
                self.cuts.append(cut)
            cut.lines = [_with_cell(cut.lines[0], int(place.id.rpartition('.c')[2]) - 1, text)]
            return
        head, tail = self._around(place)
        first, *others = text.split(PARAGRAPH) if place.genre != 'remarque' else [text]
        lines = self._wrapped(first, head, self._hang(place, head), place)
        lines[-1] += tail
        for words in others:
            lines += self._after(place, words, '' if place.genre != 'titre' else 'corps')
        self.cuts.append(_Cut(start, place.last, lines))

    def _around(self, place: Place) -> tuple[str, str]:
        """Return what stands before and after the words of a block on its lines: marks, attributes."""
        line, words = self.lines[place.first - 1], place.markdown.split('\n')[0]
        at = line.find(f'titre="{words}"') + 7 if place.genre == 'legende' else line.find(words)
        if at < 0:
            return '', ''
        return line[:at], line[at + len(words) :] if place.first == place.last else ''

    def _hang(self, place: Place, head: str) -> str:
        """Return what the other lines of a block start with."""
        if place.last > place.first:
            line = self.lines[place.first]
            return line[: len(line) - len(line.lstrip(' >\t'))]
        return _MARK.sub(lambda found: ' ' * len(found[0]), head) if not head.strip().startswith(('#', ':::')) else ''

    def _wrapped(self, text: str, head: str, hang: str, place: Place | None) -> list[str]:
        """Return words on lines as the file's author cuts them: lines that fit stay, the rest is cut again."""
        lines = [line.strip() for line in text.split('\n')]
        whole = place is not None and (place.genre not in ('paragraphe', 'note', 'remarque') or self._was_long(place))
        if self.width and not whole:
            lines = [*_fitted(lines, self.width, head, hang)]
        return [(hang if rank else head) + line for rank, line in enumerate(lines)]

    def _was_long(self, place: Place) -> bool:
        return place.first == place.last and len(self.lines[place.first - 1]) > self.width

    def _remove(self, place: Place) -> None:
        start, end = place.first - 1, place.last
        before = self.lines[start - 1].strip(' >') if start else ''
        if start and not before and (end >= len(self.lines) or not self.lines[end].strip(' >')):
            start -= 1
        self.cuts.append(_Cut(start, end, []))

    def _rows(self) -> None:
        """Remove the rows of tables all of whose cells go."""
        gone = {
            place.first for place in self.source.places if place.genre == 'cellule' and place.id in self.merging.deleted
        }
        for line in gone:
            self.cuts = [cut for cut in self.cuts if cut.start != line - 1]
            self.cuts.append(_Cut(line - 1, line, []))

    # --- what is new ---

    def _moved(self, block: str, runs: Mapping[str, tuple[tuple[str, ...], str]]) -> Addition:
        place = self.places[block]
        text = runs[block][1] if block in runs else place.markdown
        if place.genre == 'titre':
            head, tail = self._around(place)
            return Addition((f'{head}{text}{tail}',), f'brut {text}', ())
        item = _ITEM.match(self.lines[place.first - 1])
        return Addition(tuple(text.split(PARAGRAPH)), 'item' if item else 'corps' if place.form == '.p' else '', ())

    def _add(self, place: Place, added: Sequence[Addition]) -> None:
        for addition in added:
            for text in addition.texts:
                form, near = self._form(place, addition.form)
                at = place.last if form in ('', 'item', 'ligne') else max(place.end, place.last)
                lines = self._after(near, text, form)
                rank = sum(cut.start == cut.end == at for cut in self.cuts)
                if at < len(self.lines) and self.lines[at].strip() and lines[0] == '':
                    lines.append('')
                self.cuts.append(_Cut(at, at, lines, rank + 1))
                self._expect_new(near, text, form, at, rank)

    def _form(self, place: Place, form: str) -> tuple[str, Place]:
        """Return what an addition is here, and the block it is written like: for an item, the one of its level."""
        if form.startswith('item'):
            near = self._item_above(place, int(form[4:] or 9))
            return ('item', near) if _ITEM.match(self.lines[near.first - 1]) else ('liste', place)
        inside = place.genre in ('paragraphe', 'intitule')
        return ('corps' if form == '' and not inside else form), place

    def _item_above(self, place: Place, level: int) -> Place:
        """Return the item of a level that holds a block; the block itself when it is not deeper."""
        groups = re.match(rf'(.*?(?:\.l\d+\.i\d+){{{level}}})\.', place.id)
        return self.places.get(f'{groups[1]}.p1', place) if groups else place

    def _expect_new(self, place: Place, text: str, form: str, at: int, rank: int) -> None:
        if form.startswith('note '):
            self.expected.notes.append(text)
            return
        new = {'liste': '.l.i.p', 'corps': '.p', 'titre4': '.h', 'ligne': f'{place.form.removesuffix(".r.c")}.r.c'}
        shape = new.get(form, '' if form.startswith(('titre', 'brut')) else place.form)
        shape = f'{shape}.p' if place.genre == 'intitule' and form == '' else shape
        text = form.removeprefix('brut ') if form.startswith('brut') else text
        last = max((n for n, p in enumerate(self.source.places) if p.genre != 'note' and p.last <= at), default=0)
        for words in text.split(' | ') if form == 'ligne' else [text]:
            self.expected.body.append((last, rank + 1, shape, words))

    def _after(self, place: Place, text: str, form: str) -> list[str]:
        """Return the lines of a paragraph that comes after a block."""
        line = self.lines[place.first - 1]
        head, _ = self._around(place)
        item = _ITEM.match(line)
        if form.startswith('note '):
            return ['', *self._wrapped(text, f'[^{form[5:]}]: ', '    ', None)]
        if form.startswith('titre'):
            level = int(form[5:] or 3)
            return ['', f'{"#" * level} {text}{self._new_id(text) if level < 4 else ""}']
        if form == 'ligne':
            cells = [re.sub(r'(?<!\\)\|', r'\\|', cell) for cell in text.split(' | ')]
            return [f'{line[: len(line) - len(line.lstrip(" >"))]}| {" | ".join(cells)} |']
        if form == 'liste':
            return ['', *self._wrapped(text, '- ', '  ', None)]
        if form.startswith(('brut', 'corps')):
            return ['', *self._wrapped(text, '', '', None)]
        if place.genre == 'intitule':
            return ['', *self._wrapped(text, '', '', None)]
        if item and (form == 'item' or head.strip(' >\t')):
            mark = re.sub(r'\d+', lambda number: str(int(number[0]) + 1), item[2])
            head = f'{item[1]}{mark}{item[3]}'
            return self._wrapped(text, head, _MARK.sub(lambda found: ' ' * len(found[0]), head), None)
        hang = self._hang(place, head)
        return [hang.rstrip(), *self._wrapped(text, hang, hang, None)]

    def _new_id(self, text: str) -> str:
        base = re.sub(r'^[^a-z]+', '', slug(re.sub(r'[^\w\s\'’-]', ' ', text)).strip('-')) or 'titre'
        names = (base, *(f'{base}-{number}' for number in range(2, 1000)))
        found = next(name for name in names if name not in self.taken)
        self.taken.add(found)
        return f' {{#{found}}}'

    def _drop_notes(self, runs: Mapping[str, tuple[tuple[str, ...], str]]) -> None:
        """Remove the text of the notes that nothing calls any more."""
        joined = {block for run, _ in runs.values() for block in run[1:]}
        body = [place for place in self.source.places if place.genre != 'note']
        before = {label for place in body for label in _CALL.findall(place.markdown)}
        left = [place for place in body if place.id not in self.merging.deleted and place.id not in joined]
        after = {label for p in left for label in _CALL.findall(runs[p.id][1] if p.id in runs else p.markdown)}
        after |= {
            label for added in self.merging.added.values() for a in added for t in a.texts for label in _CALL.findall(t)
        }
        for place in self.source.places:
            found = re.match(r'\s*\[\^([^\]]+)\]:', self.lines[place.first - 1]) if place.genre == 'note' else None
            if found and found[1] in before - after and place.id not in self.merging.deleted:
                self.cuts = [cut for cut in self.cuts if cut.start != place.first - 1 or cut.start == cut.end]
                self._remove(place)
                self.expected.notes.remove(runs[place.id][1] if place.id in runs else place.markdown)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f'{text[:59]}…'


def _with_cell(line: str, rank: int, text: str) -> str:
    """Return a row of a table with one cell changed, the spaces around it kept."""
    bars = [found.start() for found in _PIPE.finditer(line)]
    if not line.lstrip(' >\t').startswith('|'):
        bars.insert(0, -1)
    start = bars[rank] + 1
    end = bars[rank + 1] if rank + 1 < len(bars) else len(line)
    old = line[start:end]
    words = _PIPE.sub(r'\\|', text)
    if not old.strip():
        return f'{line[:start]} {words} {line[end:]}'
    lead, tail = len(old) - len(old.lstrip()), len(old) - len(old.rstrip())
    return f'{line[:start]}{old[:lead]}{words}{old[len(old) - tail :]}{line[end:]}'


def _width(source: Source, lines: Sequence[str]) -> int:
    """Return where the author of a file cuts lines, 0 when they do not."""
    wrapped = [place for place in source.places if place.genre in ('paragraphe', 'note') and place.last > place.first]
    found = [len(line) for place in wrapped for line in lines[place.first - 1 : place.last - 1] if line[-1:] != '\\']
    return max(found, default=0) if len(found) > 1 or (found and found[0] > 60) else 0


def _fitted(lines: Sequence[str], width: int, head: str, hang: str) -> Iterator[str]:
    """Yield lines; from the first too long one on, words are spread again, up to a forced line break."""
    room = width - len(head)
    for rank, line in enumerate(lines):
        if len(line) <= room:
            yield line
            room = width - len(hang)
            continue
        end = next((n for n in range(rank, len(lines)) if lines[n].endswith('\\')), len(lines) - 1)
        yield from _filled(' '.join(lines[rank : end + 1]), room, width - len(hang))
        yield from _fitted(lines[end + 1 :], width, hang, hang)
        return


def _filled(text: str, room: int, width: int) -> Iterator[str]:
    line = ''
    for word in _unbroken(text):
        if line and len(line) + 1 + len(word) > room and not _OPENS.match(word):
            yield line
            line, room = word, width
        else:
            line = f'{line} {word}' if line else word
    yield line


def _unbroken(text: str) -> Iterator[str]:
    """Yield what no line break may part: words, values and links with the spaces inside them."""
    word = ''
    for token in tokens(text):
        if token.strip(' ') or not token:
            word += token
        elif word:
            yield word
            word = ''
    if word:
        yield word
