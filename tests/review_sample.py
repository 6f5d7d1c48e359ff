"""The review copy of tests/samples/mini, its base, and what tests need to change it as Word would."""

from __future__ import annotations

import datetime
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from word_sample import part

from pasbuild.changes import Returned
from pasbuild.diagnostics import Report
from pasbuild.model import Block, Document, Paragraph, walk
from pasbuild.project import Folder
from pasbuild.returned import read_returned
from pasbuild.reviewbase import VERSION, Base, Bloc, Sent, fingerprint, read_base
from pasbuild.reviewexport import export
from pasbuild.wordml import bookmark
from pasbuild.wordreader import WordParagraph, read_word
from pasbuild.wordsafe import open_word

MINI = Path(__file__).parent / 'samples' / 'mini'
W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"'
)


@cache
def mini_sent() -> tuple[bytes, Base]:
    """The review copy of the sample and its base, as the command writes them."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / 'mini'
        shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
        return sent(root)


def sent(root: Path, reviewer: str = "Commune d'Aubejoie", only: tuple[str, ...] = ()) -> tuple[bytes, Base]:
    """A review copy of the dossier at ``root`` (or of some parts) and its base; both stay in the dossier."""
    report = Report()
    done = export(Folder(root), report, reviewer, only)
    assert done is not None, report.sorted()
    base = read_base(done.base.read_text(encoding='utf-8'), done.base.name, report)
    assert base is not None, report.sorted()
    return done.copy.read_bytes(), base


def mini_bytes() -> bytes:
    return mini_sent()[0]


def mini_base() -> Base:
    return mini_sent()[1]


def paragraphs_of(data: bytes) -> tuple[WordParagraph, ...]:
    file = open_word(data, 'essai.docx', Report())
    assert file is not None
    return read_word(file).paragraphs


def base_of(data: bytes, document: Document, markdown: Callable[[Block], str]) -> Base:
    """A base for a Word file of a document that has no dossier: one block for each of its paragraphs."""
    by_bookmark = {bookmark(block.id): block for block in walk(document)}
    blocs = []
    for paragraph in paragraphs_of(data):
        name = next((mark.name for mark in reversed(paragraph.bookmarks)), '')
        block = by_bookmark.get(name)
        text = ''.join(segment.text for segment in paragraph.segments)
        lines = markdown(block) if isinstance(block, Paragraph) else ''
        made = '' if lines else 'essai'
        where = (block.span.file, (block.span.line, block.span.line)) if block else ('', (0, 0))
        key = block.id if block else name
        blocs.append(Bloc(key, name, 'paragraphe', *where, lines, text, fingerprint(lines), bool(made), made))
    about = Sent('Essai', '1', 'projet', datetime.date(2026, 11, 2))
    return Base(VERSION, '0' * 12, '', (), about, 'essai', '0' * 64, tuple(blocs))


def read_back(data: bytes, base: Base | None = None) -> Returned:
    report = Report()
    found = read_returned(data, 'essai.docx', base or mini_base(), report)
    assert found is not None, report.diagnostics
    return found


def listing(found: Returned) -> str:
    """What was found, one change or comment a paragraph: the form of the expected files of the corpus."""
    lines = [f'auteurs : {", ".join(found.authors)}']
    for change in (*found.changes, *found.unplaced):
        how = 'suivi' if change.tracked else 'non suivi'
        after = f'après {change.previous}' if change.kind in ('inséré', 'déplacé') else ''
        where = ' '.join(filter(None, (' + '.join(change.blocks), after)))
        lines.append(
            f'\n{change.kind} | {where} | {change.state} | {how} | {", ".join(change.authors)} | {change.detail}'
        )
        lines += [f'  - {words.markdown}' for words in change.before]
        lines += [f'  + {words.markdown}' for words in change.after]
    for comment in found.comments:
        state = f'réponse à {comment.parent}' if comment.parent else ''
        state += ' résolu' if comment.resolved else ''
        lines.append(f'\ncommentaire {comment.id} | {", ".join(comment.blocks)} | {comment.author} | {state}')
        lines.append(f'  « {comment.quote} » : {comment.text}')
    return '\n'.join(lines) + '\n'


# --- editing ----------------------------------------------------------------------------------------------------------


class Edited:
    """A Word file being edited by hand, as Word writes it."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            self.parts = {name: package.read(name) for name in package.namelist()}
        self.document = part(data)
        self.notes = part(data, 'word/footnotes.xml')
        self.last = 9000

    def paragraph(self, block_id: str) -> Any:
        name = bookmark(block_id)
        return next(
            found
            for root in (self.document, self.notes)
            for found in root.iter(f'{W}p')
            if any(mark.get(f'{W}name') == name for mark in found.iter(f'{W}bookmarkStart'))
        )

    def run(self, block_id: str, words: str) -> Any:
        """The run of a block that holds some words, cut so that it holds nothing else."""
        paragraph = self.paragraph(block_id)
        run = next(r for r in paragraph.iter(f'{W}r') if words in ''.join(t.text or '' for t in r.iterfind(f'{W}t')))
        text = run.find(f'{W}t')
        before, _, after = text.text.partition(words)
        for piece, place in ((before, run.addprevious), (after, run.addnext)):
            if piece:
                copy: Any = etree.fromstring(etree.tostring(run))
                copy.find(f'{W}t').text = piece
                place(copy)
        text.text = words
        return run

    def made(self, xml: str) -> Any:
        return etree.fromstring(f'<x {NAMESPACES}>{xml}</x>')[0]

    def revision(self, author: str = 'Claire Martin', date: str = '2026-11-20T09:30:00Z') -> str:
        self.last += 1
        return f'w:id="{self.last}" w:author="{author}" w:date="{date}"'

    def wrap(self, element: Any, tag: str, author: str = 'Claire Martin') -> Any:
        """Put runs inside a revision; text that is deleted is named so."""
        around = self.made(f'<w:{tag} {self.revision(author)}/>')
        element.addprevious(around)
        around.append(element)
        if tag in ('del', 'moveFrom'):
            for text in element.iter(f'{W}t'):
                text.tag = f'{W}delText' if tag == 'del' else text.tag
        return around

    def insert(self, text: str, author: str = 'Claire Martin', look: str = '') -> Any:
        run = f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'
        return self.made(f'<w:ins {self.revision(author)}>{run}</w:ins>')

    def mark(self, paragraph: Any, tag: str, author: str = 'Claire Martin') -> None:
        properties = paragraph.find(f'{W}pPr')
        run = properties.find(f'{W}rPr')
        if run is None:
            run = self.made('<w:rPr/>')
            properties.append(run)
        run.append(self.made(f'<w:{tag} {self.revision(author)}/>'))

    def delete(self, paragraph: Any, author: str = 'Claire Martin', tag: str = 'del') -> None:
        """Delete a whole paragraph, its mark too."""
        for run in [*paragraph.iter(f'{W}r')]:
            self.wrap(run, tag, author)
        self.mark(paragraph, tag, author)

    def add_part(self, name: str, xml: str, content_type: str, relation: str) -> None:
        self.parts[f'word/{name}'] = xml.encode()
        override = f'<Override PartName="/word/{name}" ContentType="{content_type}"/></Types>'
        self._append('[Content_Types].xml', '</Types>', override)
        link = f'<Relationship Id="r{name[:-4]}" Type="{relation}" Target="{name}"/></Relationships>'
        self._append('word/_rels/document.xml.rels', '</Relationships>', link)

    def _append(self, name: str, end: str, more: str) -> None:
        self.parts[name] = self.parts[name].decode().replace(end, more).encode()

    def data(self) -> bytes:
        self.parts['word/document.xml'] = etree.tostring(self.document, xml_declaration=True, encoding='UTF-8')
        self.parts['word/footnotes.xml'] = etree.tostring(self.notes, xml_declaration=True, encoding='UTF-8')
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as package:
            for name, content in self.parts.items():
                package.writestr(name, content)
        return out.getvalue()
