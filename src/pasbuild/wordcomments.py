"""Comments of a Word file: their words, what they bear on, replies and what is resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pasbuild.changes import Comment
from pasbuild.wordreader import CommentRange, Element, W, mark_of
from pasbuild.wordsafe import WordFile

_W14 = '{http://schemas.microsoft.com/office/word/2010/wordml}'
_W15 = '{http://schemas.microsoft.com/office/word/2012/wordml}'


def read_comments(file: WordFile, ranges: Mapping[str, CommentRange], places: Mapping[int, str]) -> tuple[Comment, ...]:
    """Return the comments. ``places``: block of each paragraph, by its number."""
    if file.comments is None:
        return ()
    found = list(file.comments.iter(f'{W}comment'))
    of_paragraph = {key: str(comment.get(f'{W}id')) for comment in found for key in _paragraph_ids(comment)}
    threads = dict(_threads(file.threads, of_paragraph))
    return tuple(_comment(element, ranges, places, threads) for element in found)


def _comment(
    element: Element,
    ranges: Mapping[str, CommentRange],
    places: Mapping[int, str],
    threads: Mapping[str, tuple[str, bool]],
) -> Comment:
    key, mark = str(element.get(f'{W}id')), mark_of(element)
    covered = ranges.get(key, CommentRange())
    blocks = dict.fromkeys(places[number] for number in covered.paragraphs if number in places)
    parent, resolved = threads.get(key, ('', False))
    text = '\n'.join(_text(paragraph) for paragraph in element.iter(f'{W}p'))
    return Comment(key, mark.author, mark.date, text, ''.join(covered.quote), tuple(blocks), parent, resolved)


def _text(paragraph: Element) -> str:
    return ''.join(str(text.text or '') for text in paragraph.iter(f'{W}t'))


def _paragraph_ids(comment: Element) -> Iterator[str]:
    for paragraph in comment.iter(f'{W}p'):
        key = paragraph.get(f'{_W14}paraId')
        if key:
            yield str(key)


def _threads(root: Element | None, of_paragraph: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yield (comment, (comment it answers, resolved)). A reply shares the state of what it answers."""
    if root is None:
        return
    for entry in root.iter(f'{_W15}commentEx'):
        key = of_paragraph.get(str(entry.get(f'{_W15}paraId')))
        if key is not None:
            parent = of_paragraph.get(str(entry.get(f'{_W15}paraIdParent')), '')
            yield key, (parent, entry.get(f'{_W15}done') in ('1', 'true'))
