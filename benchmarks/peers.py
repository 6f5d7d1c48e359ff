"""The benchmark's content for the peers: Markdown (pandoc, WeasyPrint), Typst, and plain HTML (Chromium).

Each gets the same words, tables, notes and references, the charts and maps pasbuild drew (SVG), the same fonts and a
page of the same size, in what its own format does best: a peer that has no footnotes gets end notes. None of them is
asked for what only pasbuild does (checks, numbering of levels, margins, Word file): the comparison is to their advantage.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path

from dossier import Block, Box, Chapter, Grid, Items, Picture, Prose, Title, piped

NAME = "Projet d’aménagement stratégique"
AUTHOR = "Syndicat mixte imaginaire"
SEE = "voir ailleurs dans le document"
CSS = """\
@page { size: A4; margin: 25mm 20mm 22mm; @bottom-right { content: counter(page); font-size: 8pt } }
html { font: 10pt/1.4 Spectral, serif; hyphens: auto }
h1, h2, h3 { font-family: Lato, sans-serif; break-after: avoid }
h1 { font-size: 20pt; color: #1a365d; break-before: page }
p { margin: 0 0 2.5mm; text-align: justify; orphans: 2; widows: 2 }
.box { margin: 3mm 0; padding: 3mm 4mm; border-left: 4pt solid #2b6cb0; background: #ebf4ff; break-inside: avoid }
table { width: 100%; border-collapse: collapse; font-size: 9pt; margin: 3mm 0 }
th, td { padding: 1mm 2mm; border: .5pt solid #a0aec0; text-align: right }
tr > :first-child { text-align: left }
caption { font-weight: bold; text-align: left }
figure { margin: 3mm 0; break-inside: avoid }
figure img { max-width: 100%; max-height: 220mm }
figcaption { font-size: 8.5pt; font-style: italic }
"""


def write_peers(folder: Path, content: Sequence[Chapter], fonts: Sequence[Path]) -> None:
    """Write ``doc.md``, ``doc.typ``, ``doc.html`` and ``doc.css``; figures are taken from ``figures/`` beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    css = ''.join(_font_face(font) for font in fonts) + CSS
    files = {
        'doc.md': _document(MARKDOWN_HEAD, content, _markdown),
        'doc.typ': _document(TYPST_HEAD, content, _typst),
        'doc.html': _html_document(content, css),
        'doc.css': css,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding='utf-8')


def _font_face(font: Path) -> str:
    family, _, style = font.stem.partition('-')
    slant = 'italic' if style.endswith('Italic') else 'normal'
    weight = 700 if style.startswith('Bold') else 400
    return f'@font-face {{ font-family: {family}; font-weight: {weight}; font-style: {slant}; src: url(fonts/{font.name}) }}\n'


def _document(head: str, content: Sequence[Chapter], write: Callable[[Block], str]) -> str:
    return '\n\n'.join([head, *(write(block) for chapter in content for block in chapter)]) + '\n'


# --- Markdown ---------------------------------------------------------------------------------------------------------

MARKDOWN_HEAD = f'---\ntitle: "{NAME}"\nauthor: "{AUTHOR}"\ndate: 2026-11-02\nlang: fr\n---'


def _markdown(block: Block) -> str:
    match block:
        case Title():
            return f'{"#" * block.level} {block.text} {{#{block.id}}}'
        case Prose():
            note = f'^[{block.note}]' if block.note else ''
            return block.text + note + (f' [{SEE}](#{block.target}).' if block.target else '')
        case Box():
            return f'::: box\n**{block.title}**\n\n{block.text}\n\n{_dashes(block.items)}\n:::'
        case Items():
            return _dashes(block.items)
        case Grid():
            return f'::: {{#{block.id}}}\n{piped(block.rows)}\n\n: {block.title}\n:::'
        case Picture():
            return f'![{block.title}](figures/{block.id}.svg){{#{block.id} fig-alt="{block.alt}"}}'


def _dashes(items: tuple[str, ...]) -> str:
    return '\n'.join(f'- {item}' for item in items)


# --- Typst ------------------------------------------------------------------------------------------------------------

TYPST_HEAD = f"""\
#set document(title: "{NAME}", author: "{AUTHOR}", date: datetime(year: 2026, month: 11, day: 2))
#set text(lang: "fr", font: "Spectral", size: 10pt)
#set par(justify: true)
#set page(paper: "a4", margin: (x: 20mm, top: 25mm, bottom: 22mm), numbering: "1")
#show heading: set text(font: "Lato")
#show heading.where(level: 1): it => {{ pagebreak(weak: true); it }}
#show figure.where(kind: table): set block(breakable: true)
#title[{NAME}]
#outline()
#outline(title: "Figures", target: figure.where(kind: image))
#outline(title: "Tableaux", target: figure.where(kind: table))"""


def _typst(block: Block) -> str:
    match block:
        case Title():
            return f'{"=" * block.level} {block.text} <{block.id}>'
        case Prose():
            note = f'#footnote[{block.note}]' if block.note else ''
            see = f'#link(<{block.target}>)[{SEE}] (p. #context counter(page).at(<{block.target}>).first()).'
            return block.text + note + (f' {see}' if block.target else '')
        case Box():
            frame = (
                'stroke: (left: 4pt + rgb("#2b6cb0")), fill: rgb("#ebf4ff"), inset: 4mm, width: 100%, breakable: false'
            )
            return f'#block({frame})[*{block.title}*\n\n{block.text}\n\n{_dashes(block.items)}\n]'
        case Items():
            return _dashes(block.items)
        case Grid():
            header, *rows = block.rows
            cells = ', '.join(f'[{cell}]' for row in rows for cell in row)
            head = ', '.join(f'[*{cell}*]' for cell in header)
            table = f'table(columns: (2fr, 1fr, 1fr, 1fr, 1fr), table.header({head}), {cells})'
            return f'#figure(caption: [{block.title}], {table}) <{block.id}>'
        case Picture():
            image = f'image("figures/{block.id}.svg", alt: "{block.alt}")'
            return f'#figure(caption: [{block.title}], alt: "{block.alt}", {image}) <{block.id}>'


# --- HTML -------------------------------------------------------------------------------------------------------------


def _html_document(content: Sequence[Chapter], css: str) -> str:
    notes: list[str] = []
    body = '\n'.join(_html(block, notes) for chapter in content for block in chapter)
    titles = (block for chapter in content for block in chapter if isinstance(block, Title))
    toc = ''.join(f'<li><a href="#{title.id}">{html.escape(title.text)}</a></li>' for title in titles)
    ends = ''.join(f'<li id="note-{rank}">{html.escape(note)}</li>' for rank, note in enumerate(notes, 1))
    return (
        f'<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8"><title>{NAME}</title><style>\n{css}</style></head>\n'
        f'<body><p class="title">{NAME}</p><nav><ul>{toc}</ul></nav>\n{body}\n<h1>Notes</h1><ol>{ends}</ol></body></html>\n'
    )


def _html(block: Block, notes: list[str]) -> str:
    text = html.escape
    match block:
        case Title():
            return f'<h{block.level} id="{block.id}">{text(block.text)}</h{block.level}>'
        case Prose():
            note = ''
            if block.note:
                notes.append(block.note)
                note = f'<sup><a href="#note-{len(notes)}">{len(notes)}</a></sup>'
            see = f' <a href="#{block.target}">{SEE}</a>.' if block.target else ''
            return f'<p>{text(block.text)}{note}{see}</p>'
        case Box():
            return (
                f'<div class="box"><p><b>{text(block.title)}</b></p><p>{text(block.text)}</p>{_list(block.items)}</div>'
            )
        case Items():
            return _list(block.items)
        case Grid():
            header, *rows = block.rows
            head = ''.join(f'<th scope="col">{text(cell)}</th>' for cell in header)
            body = ''.join(_row(row) for row in rows)
            caption = f'<caption>{text(block.title)}</caption>'
            return f'<table id="{block.id}">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        case Picture():
            image = f'<img src="figures/{block.id}.svg" alt="{text(block.alt)}">'
            return f'<figure id="{block.id}">{image}<figcaption>{text(block.title)}</figcaption></figure>'


def _list(items: tuple[str, ...]) -> str:
    return f'<ul>{"".join(f"<li>{html.escape(item)}</li>" for item in items)}</ul>'


def _row(row: tuple[str, ...]) -> str:
    first, *rest = (html.escape(cell) for cell in row)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
