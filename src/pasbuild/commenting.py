"""Comments that go out again: what reviewers said, and what the syndicate answered, as comments of the next Word copy.

They are kept by block; a block whose words went elsewhere is found by the words commented. What comes back is told from what
was sent by its author, its date and its words: Word and LibreOffice number comments anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from pasbuild.changes import Comment
from pasbuild.diagnostics import Report
from pasbuild.edits import folded
from pasbuild.project import Folder, read_dossier
from pasbuild.registre import Registre, Remarque, read_registre, received, remarque, settled
from pasbuild.retours import Retour
from pasbuild.wordlint import check_word
from pasbuild.wordml import bookmark, escape
from pasbuild.wordpackage import canonical_zip, unzipped

_W = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
_MICROSOFT = 'http://schemas.microsoft.com/office/word'
_NAMESPACES = (
    f'xmlns:w="{_W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    f'xmlns:w14="{_MICROSOFT}/2010/wordml" xmlns:w15="{_MICROSOFT}/2012/wordml" mc:Ignorable="w14 w15"'
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PART = 'application/vnd.openxmlformats-officedocument.wordprocessingml'
_PARTS = (
    ('comments', f'{_PART}.comments+xml', 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments'),
    ('commentsExtended', f'{_PART}.commentsExtended+xml',
     'http://schemas.microsoft.com/office/2011/relationships/commentsExtended'),
)  # fmt: skip
Key = tuple[str, str, str]
"""Author, date to the minute, words: what a comment keeps whoever saves the file."""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment to write. ``parent``: key of the one it answers."""

    key: str
    author: str
    date: str
    text: str
    block: str
    quote: str = ''
    parent: str = ''
    resolved: bool = False


def conversation(
    registre: Registre, retours: Mapping[str, Retour], syndicate: str, date: str, *, but: str = ''
) -> tuple[Said, ...]:
    """Return every comment with its answers, each thread together. ``but``: sending whose own comments are left out.

    ``date``: of the syndicate's answers, which have none of their own.
    """
    found: dict[tuple[str, str], tuple[str, Remarque]] = {
        (one.retour, one.id): (block, one) for block, suivis in registre.blocs.items() for one in suivis.commentaires
    }
    done = {key for key, (_, one) in found.items() if one.resolu}  # the ledger forgets nothing
    for name, retour in retours.items():
        for comment in retour.commentaires:
            found[name, comment.id] = (comment.blocs[0] if comment.blocs else '', remarque(name, retour, comment))
    for key in done | settled(one for one in retours.values() if one.export != but):
        if key in found:
            block, one = found[key]
            found[key] = block, one.model_copy(update={'resolu': True})
    kept = {key: value for key, value in sorted(found.items()) if value[1].export != but}
    return tuple(said for key in kept if not _is_answer(key, kept) for said in _thread(key, kept, syndicate, date))


_Found = Mapping[tuple[str, str], tuple[str, Remarque]]


def _is_answer(key: tuple[str, str], found: _Found) -> bool:
    return _parent(key, found) in found


def _parent(key: tuple[str, str], found: _Found) -> tuple[str, str]:
    """Return what a comment answers: in its own file, or in another (``retour/id``)."""
    answered = found[key][1].repond_a
    name, _, number = answered.rpartition('/')
    return (name or key[0], number)


def _thread(key: tuple[str, str], found: _Found, syndicate: str, date: str) -> Iterator[Said]:
    block, first = found[key]
    root = '/'.join(key)
    told, later = {key}, [key]
    while later:  # Word knows one level of answers
        one = later.pop(0)
        added = [other for other in found if _parent(other, found) == one and other not in told]
        told.update(added)
        later += added
    for one in sorted(told, key=lambda other: (other != key, found[other][1].date, other)):
        said = found[one][1]
        parent = '' if one == key else root
        yield Said('/'.join(one), said.auteur, said.date, said.texte, block, said.citation, parent, first.resolu)
        if said.reponse:
            yield Said(f'{"/".join(one)}/réponse', syndicate, date, said.reponse, block, '', root, first.resolu)


def read_conversation(folder: Folder, report: Report, *, but: str = '') -> tuple[Said, ...]:
    """Return the comments of a dossier. What cannot be read is reported."""
    dossier, registre, retours = read_dossier(folder, report), read_registre(folder, report), received(folder, report)
    if dossier is None or registre is None:
        return ()
    date = f'{dossier.date.isoformat()}T00:00:00Z'
    return conversation(registre, retours, dossier.maitre_ouvrage.nom, date, but=but)


# --- writing ----------------------------------------------------------------------------------------------------------


def write_comments(data: bytes, said: Sequence[Said]) -> bytes:
    """Return a Word file with comments; those whose block is not in it, nor the words they bear on, are left out."""
    if not said:
        return data
    parts = unzipped(data)
    document = etree.fromstring(parts['word/document.xml'])
    placed = [*_placed(document, said)]
    if not placed:
        return data
    numbers = {one.key: number for number, (one, _) in enumerate(placed)}
    for one, paragraph in placed:
        _anchor(paragraph, numbers[one.key])
    parts['word/document.xml'] = etree.tostring(document, xml_declaration=True, encoding='UTF-8', standalone=True)
    comments = ''.join(_comment(one, numbers[one.key]) for one, _ in placed)
    threads = ''.join(_extended(one, numbers) for one, _ in placed)
    for (name, content_type, relation), xml in zip(
        _PARTS,
        (
            f'<w:comments {_NAMESPACES}>{comments}</w:comments>',
            f'<w15:commentsEx {_NAMESPACES}>{threads}</w15:commentsEx>',
        ),
        strict=True,
    ):
        parts[f'word/{name}.xml'] = (_DECLARATION + xml).encode()
        _declare(parts, f'<Override PartName="/word/{name}.xml" ContentType="{content_type}"/>', '[Content_Types].xml')
        link = f'<Relationship Id="{name}" Type="{relation}" Target="{name}.xml"/>'
        _declare(parts, link, 'word/_rels/document.xml.rels')
    return check_word(canonical_zip(parts))


def _declare(parts: dict[str, bytes], line: str, name: str) -> None:
    head, end, tail = parts[name].rpartition(b'</')
    parts[name] = head + line.encode() + end + tail


def _placed(document: etree._Element, said: Sequence[Said]) -> Iterator[tuple[Said, etree._Element]]:
    """Yield the comments with the paragraph each stands at; answers stand where their comment does."""
    marks: dict[str, etree._Element] = {}
    for paragraph in document.iter(f'{{{_W}}}p'):
        for mark in paragraph.iter(f'{{{_W}}}bookmarkStart'):
            marks.setdefault(str(mark.get(f'{{{_W}}}name')), paragraph)
    texts = [(_shown(paragraph), paragraph) for paragraph in marks.values()]
    roots: dict[str, etree._Element] = {}
    for one in said:
        found = roots.get(one.parent) if one.parent else _paragraph(one, marks, texts)
        if found is not None:
            roots[one.key] = found
            yield one, found


def _paragraph(
    one: Said, marks: Mapping[str, etree._Element], texts: Sequence[tuple[str, etree._Element]]
) -> etree._Element | None:
    """Return the paragraph of a block, or, where it no longer has the words commented, the only one that has."""
    quote = folded(one.quote.split('\n')[0]) if one.quote.strip() else ''
    own = marks.get(bookmark(one.block)) if one.block else None
    if own is not None and quote in _shown(own):
        return own
    others = {id(paragraph): paragraph for text, paragraph in texts if quote and quote in text}
    return next(iter(others.values())) if len(others) == 1 else own


def _shown(paragraph: etree._Element) -> str:
    return folded(''.join(text.text or '' for text in paragraph.iter(f'{{{_W}}}t')))


def _anchor(paragraph: etree._Element, number: int) -> None:
    start = etree.Element(f'{{{_W}}}commentRangeStart')
    end = etree.Element(f'{{{_W}}}commentRangeEnd')
    run = etree.Element(f'{{{_W}}}r')
    for element in (start, end, etree.SubElement(run, f'{{{_W}}}commentReference')):
        element.set(f'{{{_W}}}id', str(number))
    properties = paragraph.find(f'{{{_W}}}pPr')
    if properties is None:
        paragraph.insert(0, start)
    else:
        properties.addnext(start)
    paragraph.extend((end, run))


def _comment(one: Said, number: int) -> str:
    lines = one.text.split('\n')
    paragraphs = ''.join(
        f'<w:p{_paragraph_id(number) if rank == len(lines) else ""}><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>'
        for rank, line in enumerate(lines, 1)
    )
    initials = ''.join(word[0] for word in one.author.split())[:4]
    date = f' w:date="{escape(one.date)}"' if one.date else ''
    return (
        f'<w:comment w:id="{number}" w:author="{escape(one.author)}"{date} w:initials="{escape(initials)}">'
        f'{paragraphs}</w:comment>'
    )


def _paragraph_id(number: int) -> str:
    return f' w14:paraId="{0x10000000 + number:08X}"'


def _extended(one: Said, numbers: Mapping[str, int]) -> str:
    parent = f' w15:paraIdParent="{0x10000000 + numbers[one.parent]:08X}"' if one.parent in numbers else ''
    return f'<w15:commentEx w15:paraId="{0x10000000 + numbers[one.key]:08X}"{parent} w15:done="{one.resolved:d}"/>'


# --- what comes back --------------------------------------------------------------------------------------------------


def key_of(author: str, date: str, text: str) -> Key:
    """Return what tells a comment from another, whoever saved the file."""
    return author, date[:16], folded(text)


def only_new(found: Iterable[Comment], sent: Iterable[Said]) -> tuple[Comment, ...]:
    """Return the comments of a returned file that were not in what was sent; answers to those name them by their key."""
    known = {key_of(one.author, one.date, one.text): one.key.removesuffix('/réponse') for one in sent}
    comments = [*found]
    keys = {one.id: known.get(key_of(one.author, one.date, one.text), '') for one in comments}
    return tuple(replace(one, parent=keys.get(one.parent) or one.parent) for one in comments if not keys[one.id])


def newly_settled(found: Iterable[Comment], sent: Sequence[Said]) -> tuple[str, ...]:
    """Return the keys of the comments that were sent open and come back resolved, in their file or by an answer in it."""
    known = {key_of(one.author, one.date, one.text): one for one in sent if not one.resolved}
    back = (known.get(key_of(one.author, one.date, one.text)) for one in found if one.resolved)
    return tuple(sorted({one.parent or one.key for one in back if one is not None}))
