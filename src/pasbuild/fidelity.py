"""Is the PDF the document? Text and order, alternative texts, links, bookmarks, destinations, against the sources.

No validator asks this: a file can be flawless PDF/UA and lack a paragraph. The text compared is the one assistive
technology is handed, reached through the tag tree, not the one the page shows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

from pasbuild.model import ID, Document, Enjeu, FigureBlock, Heading, Objectif, Table, walk
from pasbuild.pdftree import Content, Piece, label
from pasbuild.project import Niveaux
from pasbuild.proof import Finding, Found
from pasbuild.wording import FIGURE, Wording, canonical, headings, notes, pieces

_MARKER = re.compile(r'[–—•▪◦]|\d{1,3}[.)]')


@dataclass(frozen=True, slots=True)
class Reading:
    """The document and the file side by side: what matches what, and what differs."""

    differences: tuple[Finding, ...]
    places: dict[str, int]
    """Page on which each block begins, in the file."""
    notes: int
    pieces: int
    markers: int
    wanted_links: tuple[tuple[str, Wording], ...]
    links: tuple[tuple[str, Piece], ...]


def compare(document: Document, niveaux: Niveaux, content: Content) -> Reading:
    """Align the text of the file with the document's."""
    printed = {name: label(content, place.page) for name, place in content.destinations.items()}
    wanted = [piece for piece in pieces(document, niveaux, printed) if canonical(piece.text)]
    wanted_notes = list(notes(document))
    shown, shown_notes, markers = _sort(content.pieces, wanted_notes)
    differences: list[Finding] = []
    places: dict[str, int] = {}
    for old, new in _align([canonical(w.text) for w in wanted], [_words(p) for p in shown]):
        ours, theirs = wanted[old], shown[new]
        for piece in ours:
            page = _begins(canonical(piece.text), theirs)
            if piece.block and page:
                places.setdefault(piece.block, page)
        differences += _differences(ours, theirs or shown[max(new.start - 1, 0) : new.start], lost=not theirs)
    for old, new in _align([canonical(w.text) for w in wanted_notes], [_words(p) for p in shown_notes]):
        differences += _differences(wanted_notes[old], shown_notes[new], "Note : ")
    differences += _untagged(shown_notes)
    return Reading(
        tuple(_moved(differences)), places, len(wanted_notes), len(wanted), markers,
        tuple((link, piece) for piece in wanted for link in piece.links),
        tuple((link, piece) for piece in shown for link in piece.links),
    )  # fmt: skip


def _begins(words: str, shown: Sequence[Piece]) -> int:
    """Return the page of the piece that holds the beginning of ``words``; 0 when none does for sure."""
    start = words[:16]
    return next((piece.page for piece in shown if _words(piece).startswith(start)), 0)


def _words(piece: Piece) -> str:
    return FIGURE if piece.kind == 'Figure' else canonical(piece.text)


def _sort(found: Sequence[Piece], wanted: Sequence[Wording]) -> tuple[list[Piece], list[Piece], int]:
    """Part the notes (they stand at the foot of the page) and the list markers from the running text."""
    known = {canonical(note.text) for note in wanted}
    running, apart, markers = [], [], 0
    for piece in found:
        words = _words(piece)
        if not words:
            continue
        if piece.note or words in known:
            apart.append(piece)
        elif piece.kind in ('Lbl', 'LI', 'LBody') and _MARKER.fullmatch(words):
            markers += 1
        else:
            running.append(piece)
    return running, _joined(apart), markers


def _joined(found: Sequence[Piece]) -> list[Piece]:
    """Join the label of a tagged note with its words."""
    joined: list[Piece] = []
    for piece in found:
        if joined and piece.note and joined[-1].note and re.fullmatch(r'\d+', canonical(joined[-1].text)):
            before = joined[-1]
            text = f'{before.text} {piece.text}'
            joined[-1] = Piece(piece.kind, piece.object, before.page, text, '', before.links + piece.links, note=True)
        else:
            joined.append(piece)
    return joined


def _align(wanted: Sequence[str], shown: Sequence[str]) -> Iterator[tuple[slice, slice]]:
    """Yield the stretches that correspond: equal pieces one by one, then what differs between them as a whole."""
    for kind, i, j, k, m in SequenceMatcher(None, wanted, shown, autojunk=False).get_opcodes():
        if kind == 'equal':
            yield from ((slice(i + n, i + n + 1), slice(k + n, k + n + 1)) for n in range(j - i))
        else:
            yield slice(i, j), slice(k, m)


def _differences(
    wanted: Sequence[Wording], shown: Sequence[Piece], before: str = '', *, lost: bool = False
) -> Iterator[Finding]:
    """Compare a stretch word by word: a block cut by a page break is two pieces but the same words.

    ``lost``: the file has nothing there; ``shown`` only says after what.
    """
    owed = [word for piece in wanted for word in canonical(piece.text).split()]
    text = '' if lost else '\n'.join(FIGURE if piece.kind == 'Figure' else piece.text for piece in shown)
    given = canonical(text).split()
    if given in (owed, [word for piece in wanted if not piece.optional for word in canonical(piece.text).split()]):
        return
    homes = [piece for piece in wanted for _ in canonical(piece.text).split()]
    pages = [piece for piece in shown for _ in _words(piece).split()]
    quoted = [word for piece in wanted for word in canonical(piece.text, hyphens=True).split()]
    heard = canonical(text, hyphens=True).split()
    quoted, heard = quoted if len(quoted) == len(owed) else owed, heard if len(heard) == len(given) else given
    for kind, i, j, k, m in SequenceMatcher(None, owed, given, autojunk=False).get_opcodes():
        if kind == 'equal' or (i < j and k == m and all(home.optional for home in homes[i:j])):
            continue
        home = homes[min(i, len(homes) - 1)] if homes else None
        place = pages[min(k, len(pages) - 1)] if pages else None
        yield Finding(
            before + _said(quoted[i:j], heard[k:m]),
            place.page if place else 0,
            place.object if place else '',
            home.span if home else None,
            'absent' if k == m else 'en trop' if i == j else 'différent',
        )


def _said(owed: Sequence[str], given: Sequence[str]) -> str:
    lost, more = _quote(owed), _quote(given)
    if not given:
        return f"Absent du PDF : {lost}"
    return f"En trop dans le PDF : {more}" if not owed else f"Au lieu de {lost}, le PDF dit {more}"


def _quote(words: Sequence[str]) -> str:
    text = ' '.join(words).replace(FIGURE, "[figure]")
    return f"« {text if len(text) <= 90 else text[:87] + '…'} »"


def _moved(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Say "moved" once instead of "absent" here and "too much" there."""
    lost = {f.message.partition(' : ')[2]: f for f in findings if f.rule == 'absent'}
    more = {f.message.partition(' : ')[2]: f for f in findings if f.rule == 'en trop'}
    both = lost.keys() & more.keys()
    for finding in findings:
        words = finding.message.partition(' : ')[2]
        if words not in both or finding.rule not in ('absent', 'en trop'):
            yield finding
        elif finding.rule == 'absent':
            there = more[words]
            yield Finding(f"Hors de sa place : {words}", there.page, there.object, finding.span, 'déplacé')


def _untagged(shown: Sequence[Piece]) -> Iterator[Finding]:
    loose = [piece for piece in shown if not piece.note]
    if loose:
        message = f"{len(loose)} note(s) de bas de page ne sont pas balisées « Note »."
        yield Finding(message, loose[0].page, loose[0].object, rule='note')


# --- checks -------------------------------------------------------------------------------------------------------------


def check_text(reading: Reading, content: Content) -> Found:
    """Judge order and text: nothing lost, nothing more."""
    findings = list(reading.differences)
    if content.loose:
        pages = sorted({page for page, _ in content.loose})
        example = content.loose[0][1].text[:60]
        message = f"{len(content.loose)} textes ni dans l'arbre des balises ni déclarés décoratifs, dont « {example} »."
        findings.append(Finding(message, pages[0], rule='hors arbre', count=len(content.loose)))
    findings += [
        Finding(f"On entend « {words[:60]} » à la place du texte affiché (ActualText).", page, place, rule='remplacé')
        for page, place, words in content.replaced
    ]
    findings += [
        Finding(
            f"« {run.text[:60]} » ne sera pas lu : d'autres mots le remplacent (ActualText).", page, rule='remplacé'
        )
        for page, runs in enumerate(content.pages, 1)
        for run in runs
        if run.replaced
    ]
    evidence = (
        f"{reading.pieces} morceaux de texte lus dans l'ordre des balises et comparés mot à mot aux sources, {reading.notes} notes "
        f"comparées à part, {reading.markers} puces et numéros de liste mis de côté ; césures et ligatures défaites."
    )
    return evidence, findings


def check_figures(document: Document, content: Content) -> Found:
    """Judge alternative texts: the ones of the sources, in order, every figure there."""
    wanted = [block for block in walk(document) if isinstance(block, FigureBlock)]
    shown = [piece for piece in content.pieces if piece.kind == 'Figure']
    findings = []
    matcher = SequenceMatcher(None, [_plain(w.alt) for w in wanted], [_plain(s.alt) for s in shown], autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == 'equal':
            continue
        for n in range(max(j - i, m - k)):
            block = wanted[i + n] if i + n < j else None
            piece = shown[k + n] if k + n < m else None
            findings.append(_figure(block, piece))
    return f"{len(wanted)} figures dans les sources, {len(shown)} dans le PDF ; textes alternatifs comparés.", findings


def _plain(text: str) -> str:
    return re.sub(r'\s+', ' ', text).strip()


def _figure(block: FigureBlock | None, piece: Piece | None) -> Finding:
    if block is None:
        assert piece is not None
        return Finding(
            "Figure en trop, ou texte alternatif inconnu des sources.", piece.page, piece.object, rule='en trop'
        )
    if piece is None:
        return Finding(f"La figure « {block.id} » n'est pas dans le PDF.", span=block.span, rule='absente')
    message = f"Le texte alternatif de « {block.id} » n'est pas celui des sources : « {piece.alt[:80]} »."
    return Finding(message, piece.page, piece.object, block.span, 'texte alternatif')


def check_alternatives(content: Content) -> Found:
    """Judge, without sources, that each figure has an alternative text."""
    shown = [piece for piece in content.pieces if piece.kind == 'Figure']
    bare = [Finding("Figure sans texte alternatif.", p.page, p.object) for p in shown if not p.alt.strip()]
    return f"{len(shown)} figures, toutes lues ; la fidélité des textes alternatifs demande les sources.", bare


def check_links(content: Content, reading: Reading | None) -> Found:
    """Judge links: each lands on a page, and where the text says."""
    findings = [
        Finding(f"Lien sans destination : « {link.name or 'sans nom'} ».", link.page, link.object, rule='mort')
        for link in content.links
        if not link.uri and not link.target
    ]
    inside = sum(1 for link in content.links if not link.uri)
    evidence = f"{inside} liens internes et {len(content.links) - inside} externes suivis."
    if reading is None:
        return f"{evidence} La cible voulue par le texte n'a pas pu être comparée sans les sources.", findings
    findings += _misled(reading)
    for name, page in reading.places.items():
        found = content.destinations.get(name)
        if found is not None and found.page != page:
            message = f"« {name} » mène à la page {found.page} ; ce bloc commence à la page {page}."
            findings.append(Finding(message, found.page, rule='mauvaise page'))
    return f"{evidence} Ordre et cibles comparés aux renvois des sources, pages d'arrivée aux blocs.", findings


def _misled(reading: Reading) -> Iterator[Finding]:
    wanted = _collapse(reading.wanted_links)
    shown = _collapse(reading.links)
    matcher = SequenceMatcher(None, [_aim(w) for w, _ in wanted], [_aim(s) for s, _ in shown], autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == 'equal':
            continue
        owed = ', '.join(f"« {link} »" for link, _ in wanted[i:j][:3]) or "aucun lien"
        given = ', '.join(f"« {link} »" for link, _ in shown[k:m][:3]) or "aucun lien"
        piece = shown[min(k, len(shown) - 1)][1] if shown else None
        span = wanted[min(i, len(wanted) - 1)][1].span if wanted else None
        page, place = (piece.page, piece.object) if piece else (0, '')
        yield Finding(f"Les sources veulent {owed} ; le PDF donne {given}.", page, place, span, 'cible')


def _aim(link: str) -> str:
    return link.rstrip('/') if '://' in link else link


T = TypeVar("T")


def _collapse(links: Sequence[tuple[str, T]]) -> list[tuple[str, T]]:
    """Drop repeats: a link over two lines is two annotations."""
    return [pair for n, pair in enumerate(links) if not n or pair[0] != links[n - 1][0]]


def check_bookmarks(document: Document, niveaux: Niveaux, content: Content, reading: Reading) -> Found:
    """Judge bookmarks: the headings, in order, at their level, each landing on its page."""
    wanted = list(headings(document, niveaux))
    names = {canonical(full): canonical(bare) for _, bare, full, _, _ in wanted}
    shown = [names.get(canonical(mark.title), canonical(mark.title)) for mark in content.bookmarks]
    findings = [
        Finding(f"Le signet « {mark.title} » ne mène nulle part.", rule='mort')
        for mark in content.bookmarks
        if not mark.page
    ]
    matcher = SequenceMatcher(None, [canonical(bare) for _, bare, *_ in wanted], shown, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == 'equal':
            for (level, bare, _, name, span), mark in zip(wanted[i:j], content.bookmarks[k:m], strict=True):
                page = reading.places.get(name, mark.page)
                if mark.level != level:
                    message = f"Le signet « {bare} » est au niveau {mark.level} ; le titre est au niveau {level}."
                    findings.append(Finding(message, mark.page, span=span, rule='niveau'))
                if mark.page and mark.page != page:
                    message = f"Le signet « {bare} » mène à la page {mark.page} ; le titre est page {page}."
                    findings.append(Finding(message, mark.page, span=span, rule='mauvaise page'))
            continue
        findings += [
            Finding(f"Le titre « {bare} » n'a pas de signet.", span=span, rule='absent')
            for _, bare, _, _, span in wanted[i:j]
        ]
        findings += [
            Finding(f"Le signet « {mark.title} » n'est pas un titre.", mark.page, rule='en trop')
            for mark in content.bookmarks[k:m]
        ]
    return f"{len(content.bookmarks)} signets comparés aux {len(wanted)} titres : texte, ordre, niveau, page.", findings


def check_landing(content: Content) -> Found | None:
    """Judge, without sources, that bookmarks land somewhere."""
    if not content.bookmarks:
        return "Aucun signet.", [Finding("Le document n'a pas de signets.")]
    dead = [Finding(f"Le signet « {mark.title} » ne mène nulle part.") for mark in content.bookmarks if not mark.page]
    return f"{len(content.bookmarks)} signets suivis ; les titres n'ont pas pu être comparés sans les sources.", dead


def check_destinations(document: Document, content: Content) -> Found:
    """Judge named destinations: one for each explicit id, so that ``#nameddest=ID`` reaches it."""
    wanted = [
        block
        for block in walk(document)
        if isinstance(block, Heading | Objectif | Enjeu | FigureBlock | Table) and ID.fullmatch(block.id)
    ]
    findings = [
        Finding(f"« {block.id} » n'a pas de destination nommée.", span=block.span, rule='absente')
        for block in wanted
        if not content.destinations.get(block.id, None) or not content.destinations[block.id].page
    ]
    extra = Counter(block.id for block in wanted)
    findings += [Finding(f"« {name} » est défini {count} fois.") for name, count in extra.items() if count > 1]
    return f"{len(wanted)} identifiants explicites, {len(content.destinations)} destinations nommées.", findings
