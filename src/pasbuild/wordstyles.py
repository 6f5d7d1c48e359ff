"""Word styles and lists, made from the theme: the look of the Word file, and nothing of its content.

Why: in the Word file every paragraph and run says only what it is, by a named style; staff can restyle it in Word, and
the way back reads roles instead of appearances. Sizes, colours and families come from ``theme.toml``, as in the PDF.

A style of ``accented`` exists once in ink and once per grande dynamique, in its accent (``PASAxe``, ``PASAxe1``…): Word
cannot change a colour by section. The variants are based on the first one, hence share its numbering.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from lxml import etree

from pasbuild.theme import Accent, Theme
from pasbuild.wordformat import Edge, Par, Run, Style
from pasbuild.wordml import NAMESPACES, PageSetup, escape

Role = Literal['texte', 'valeur', 'exposant', 'lien', 'renvoi', 'a-renseigner', 'etiquette']
Weight = Literal['normal', 'fort', 'accentue', 'fort-accentue', 'chiffre']

Layout = Literal['couverture', 'ouverture', 'portrait', 'paysage']

LISTS = {'structure': 1, 'enjeux': 2, 'puces': 3, 'encadre': 4, 'constat': 5}
"""Lists bound to styles: their numbers in numbering.xml. Numbered lists of the text come after ``FIRST_ORDERED``."""
FIRST_ORDERED = 100
_ORDERED, _ORDERED_IN_BOX = 90, 91
_PLAIN, _FLUSH = Run(), Par()
_W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'
_TEXT_SCALE = 1.1
"""Body type of the Word file over that of the PDF: its column is wider."""

_ROLES: dict[Role, tuple[str, str]] = {
    'texte': ('PASTexte', 'PAS Texte'),
    'valeur': ('PASValeur', 'PAS Valeur'),
    'exposant': ('PASExposant', 'PAS Exposant'),
    'lien': ('Hyperlink', 'Hyperlink'),
    'renvoi': ('PASRenvoi', 'PAS Renvoi'),
    'a-renseigner': ('PASARenseigner', 'PAS A renseigner'),
    'etiquette': ('PASEtiquette', 'PAS Etiquette'),
}
COUNTED: tuple[Role, ...] = ('valeur', 'renvoi', 'etiquette')
"""Roles of what is taken from the data or counted, which nobody types."""
_WEIGHTS: dict[Weight, tuple[str, str]] = {
    'normal': ('', ''),
    'fort': ('Fort', ' fort'),
    'accentue': ('Accentue', ' accentué'),
    'fort-accentue': ('FortAccentue', ' fort accentué'),
    'chiffre': ('Chiffre', ' chiffre'),
}


def run_style(role: Role, weight: Weight = 'normal') -> str:
    """Return the identifier of the character style of a role in a weight; empty for plain text."""
    match role, weight:
        case 'texte', 'normal':
            return ''
        case 'texte', 'fort':
            return 'Strong'
        case 'texte', 'accentue':
            return 'Emphasis'
        case _:
            return _ROLES[role][0] + _WEIGHTS[weight][0]


def page_setups(theme: Theme) -> dict[Layout, PageSetup]:
    """Return the four kinds of page. Side margins of 25 mm: the PDF's margin notes become lines of text here."""
    page = theme.page
    size = (page.largeur, page.hauteur)
    return {
        'couverture': PageSetup(*size, page.haut, 20, 12, page.gauche, bare=True),
        'ouverture': PageSetup(*size, page.haut, 25, page.bas, 25, bare=True),
        'portrait': PageSetup(*size, page.haut, 25, page.bas, 25),
        'paysage': PageSetup(*size[::-1], page.haut, 22, page.bas, 22),
    }


# --- paragraphs -------------------------------------------------------------------------------------------------------


def accented(theme: Theme) -> frozenset[str]:
    """Return the styles that have a variant per grande dynamique."""
    return frozenset(style.key for style in _accented_styles(theme, theme.accent(0)))


def paragraph_styles(theme: Theme) -> tuple[Style, ...]:
    """Return the paragraph styles, those of ``accented`` repeated for each accent."""
    variants = (
        _variant(style, number)
        for number, accent in enumerate((theme.accent(0), *theme.accents))
        for style in _accented_styles(theme, accent)
    )
    return (*_text_styles(theme), *_title_styles(theme), *_page_styles(theme), *_table_styles(theme), *variants)


def _variant(style: Style, number: int) -> Style:
    if not number:
        return style
    # A level of a list knows one style only; repeated here, the list would give the variant its first level.
    par = replace(style.par, list_number=None)
    return replace(style, key=f'{style.key}{number}', name=f'{style.name} {number}', base=style.key, par=par)


def _text_styles(theme: Theme) -> Iterator[Style]:
    colours, fonts = theme.couleurs, theme.polices
    size = _body(theme)
    small = size - 1.5
    line = fonts.interligne / fonts.corps / 1.2  # the families' own line is 1.2 times their size
    yield Style('Normal', 'Normal', '', Par(0, 0, line), Run(fonts.texte, size, colours.encre))
    yield Style('BodyText', 'Body Text', 'Normal', Par(before=3, after=3))
    yield Style('Quote', 'Quote', 'BodyText', Par(left=8, right=8), Run(fonts.titre, size + 0.5, italic=True))
    yield Style('PASTerme', 'PAS Terme', 'BodyText', Par(before=4, after=0, keep_next=True), Run(bold=True))
    yield Style('PASDefinition', 'PAS Définition', 'BodyText', Par(left=5))
    for depth in range(3):
        rank, par = ('', f' {depth + 1}')[depth > 0], replace(_item(depth), after=3)
        bullet = replace(par, list_number=LISTS['puces'], list_level=depth)
        yield Style(f'ListBullet{rank.strip()}', f'List Bullet{rank}', 'BodyText', bullet)
        yield Style(f'ListNumber{rank.strip()}', f'List Number{rank}', 'BodyText', par)
        yield Style(f'ListContinue{rank.strip()}', f'List Continue{rank}', 'BodyText', Par(after=3, left=par.left))
    yield Style('FootnoteText', 'footnote text', 'Normal', Par(after=2, left=3, hanging=3), Run(size=small))
    yield Style(
        'PASReponse',
        'PAS Répond à',
        'Normal',
        Par(after=6, keep_next=True, contextual=True),
        Run(size=small, colour=colours.discret),
    )
    yield Style('PASMentions', 'PAS Mentions', 'BodyText', Par(after=3), Run(size=small))
    yield from _box('PASEncadre', 'PAS Encadré', theme, colours.filet, colours.sable, LISTS['encadre'])


def _item(depth: int) -> Par:
    """Indents of a list item."""
    return Par(left=5.0 * (depth + 1), hanging=5)


def _title_styles(theme: Theme) -> Iterator[Style]:
    ink, muted, title = theme.couleurs.encre, theme.couleurs.discret, theme.polices.titre
    follow = 'BodyText'
    large = Par(0, 20, 0.85, outline=0, keep_next=True, keep_lines=True, page_break=True)
    yield Style('Heading1', 'heading 1', 'Normal', large, Run(title, 28, ink, bold=False), follow)
    yield Style('TOCHeading', 'TOC Heading', 'Heading1', Par(outline=9), following=follow)
    label = Run(size=9, colour=muted, bold=True, caps=True, tracking=1)
    yield Style('PASPartie', 'PAS Partie', 'Normal', Par(after=2, keep_next=True, page_break=True), label)
    yield Style('PASTitrePartie', 'PAS Titre de partie', 'Heading1', Par(page_break=False), following=follow)
    yield Style('PASSurtitre', 'PAS Surtitre', 'Normal', Par(after=2, keep_next=True), label)
    yield Style('Subtitle', 'Subtitle', 'Normal', Par(after=14), Run(size=13, colour=muted), follow)
    second = Par(22, 8, 0.9, outline=1, keep_next=True, keep_lines=True)
    yield Style('Heading2', 'heading 2', 'Normal', second, Run(title, 19, ink, bold=True), follow)
    third = replace(second, before=14, after=4, outline=2)
    yield Style('Heading3', 'heading 3', 'Normal', third, Run(title, 13.5, ink, bold=True), follow)
    fourth = replace(second, before=10, after=2, outline=3)
    yield Style('Heading4', 'heading 4', 'Normal', fourth, Run(size=_body(theme), colour=ink, bold=True), follow)
    rule = (Edge('top', theme.couleurs.filet, 1, 6),)
    issue = Par(20, 4, list_number=LISTS['enjeux'], left=12, hanging=12, edges=rule, outline=2)
    yield Style('PASEnjeu', 'PAS Enjeu', 'Heading3', issue, following=follow)


def _accented_styles(theme: Theme, accent: Accent) -> Iterator[Style]:
    strong, tint, paper = accent.fort, accent.clair, theme.couleurs.papier
    text, title, body = theme.polices.texte, theme.polices.titre, _body(theme)
    opening = Par(170, 6, 1, left=0, keep_next=True, page_break=False, shade=strong)
    label = Run(size=10, colour=paper, bold=True, caps=True, tracking=1.2)
    yield Style('PASDynamiqueEtiquette', 'PAS Dynamique étiquette', 'Normal', opening, label)
    heading = Par(
        0, 0, 0.85, left=26, hanging=26, list_number=LISTS['structure'], outline=0, page_break=False, shade=strong
    )
    yield Style('PASDynamique', 'PAS Dynamique', 'Heading1', heading, Run(title, 30, paper, bold=False), 'BodyText')
    rules = tuple(Edge(side, paper, 0.5, 5) for side in ('top', 'bottom', 'between'))
    axes = Par(120, 0, 1, left=26, hanging=14, tabs=((26, 'left'),), edges=rules, shade=strong, contextual=True)
    yield Style('PASDynamiqueAxe', 'PAS Dynamique axe', 'Normal', axes, Run(text, 11, paper))
    axis = Par(26, 10, 0.9, left=18, hanging=18, list_number=LISTS['structure'], list_level=1, outline=1)
    yield Style('PASAxe', 'PAS Axe', 'Heading2', axis, Run(title, 21, strong, bold=False), 'BodyText')
    above = (Edge('top', strong, 2, 7), Edge('bottom', tint, 2, 5))
    goal = Par(
        24,
        7,
        0.9,
        left=18,
        hanging=18,
        list_number=LISTS['structure'],
        list_level=2,
        edges=above,
        shade=tint,
        outline=2,
    )
    yield Style(
        'PASObjectif',
        'PAS Objectif',
        'Heading3',
        goal,
        Run(colour=strong if accent in theme.accents else ''),
        'BodyText',
    )
    yield Style(
        'PASChapeau', 'PAS Chapeau', 'BodyText', Par(after=12, leading=19.5), Run(title, body + 4, theme.couleurs.encre)
    )
    figures = (
        Edge('top', theme.couleurs.sable, 3, 2),
        Edge('left', strong, 3, 8),
        Edge('bottom', theme.couleurs.sable, 3, 2),
    )
    key = Par(0, 12, 1, left=5, right=2, edges=figures, shade=theme.couleurs.sable, keep_lines=True, contextual=True)
    yield Style('PASChiffreCle', 'PAS Chiffre clé', 'BodyText', key)
    yield from _box('PASConstat', 'PAS Constat', theme, strong, tint, LISTS['constat'])


def _box(key: str, name: str, theme: Theme, rule: str, fill: str, bullets: int) -> Iterator[Style]:
    """A box is a run of paragraphs with the same rules, shade and indents: Word and LibreOffice join them."""
    edges = (Edge('top', fill, 4, 3), Edge('left', rule, 3, 9), Edge('bottom', fill, 4, 3), Edge('right', fill, 4, 5))
    par = Par(0, 5, left=5, right=4, edges=edges, shade=fill)
    yield Style(key, name, 'BodyText', par)
    label = Run(
        size=8.5, colour=rule if key == 'PASConstat' else theme.couleurs.discret, bold=True, caps=True, tracking=0.8
    )
    yield Style(f'{key}Titre', f'{name} titre', key, replace(par, after=3, before=8, keep_next=True), label, key)
    yield Style(f'{key}Puce', f'{name} puce', key, replace(par, after=2, list_number=bullets))


def _page_styles(theme: Theme) -> Iterator[Style]:
    colours, fonts = theme.couleurs, theme.polices
    ink, paper = colours.encre, colours.papier
    cover = Par(0, 4, 1, shade=colours.sable)
    yield Style(
        'PASCouvertureSurtitre',
        'PAS Couverture surtitre',
        'Normal',
        replace(cover, after=0, contextual=True),
        Run(size=11, colour=ink, bold=True),
    )
    yield Style(
        'Title', 'Title', 'Normal', replace(cover, before=12, after=14, line=0, leading=42), Run(fonts.titre, 36, ink)
    )
    yield Style(
        'PASCouvertureSousTitre',
        'PAS Couverture sous-titre',
        'Normal',
        replace(cover, line=1.15),
        Run(fonts.titre, 13, ink),
    )
    legal = replace(cover, before=404, line=1.2, shade=ink, contextual=True)
    yield Style('PASCouvertureMentions', 'PAS Couverture mentions', 'Normal', legal, Run(size=9, colour=paper))
    quiet = Run(size=8, colour=colours.discret)
    setups = page_setups(theme)
    column = setups['portrait'].column
    upright, wide = Par(tabs=((column, 'right'),)), Par(tabs=((setups['paysage'].column, 'right'),))
    yield Style('Header', 'header', 'Normal', upright, quiet)
    yield Style('Footer', 'footer', 'Normal', upright, quiet)
    yield Style('PASEnTetePaysage', 'PAS En-tête de page paysage', 'Normal', wide, quiet)
    yield Style('PASPiedPaysage', 'PAS Pied de page paysage', 'Normal', wide, quiet)
    yield Style('PASSaut', 'PAS Saut', 'Normal', Par(0, 0, 1), Run(size=1))
    levels = (
        (Par(10, 3, 0.9), Run(fonts.titre, 13, bold=True)),
        (Par(2, 1, 1.05), Run()),
        (Par(0, 0, 1.05), Run(size=_body(theme) - 1, colour=colours.discret)),
    )
    for level, (par, run) in enumerate(levels, 1):
        stops = ((12.0, 'left'), (column, 'dots'))
        yield Style(f'TOC{level}', f'toc {level}', 'Normal', replace(par, left=12, hanging=12, tabs=stops), run)
    yield Style('TableofFigures', 'table of figures', 'Normal', Par(after=3, tabs=((column, 'dots'),)))


def _table_styles(theme: Theme) -> Iterator[Style]:
    size = _body(theme) - 1.5
    quiet = theme.couleurs.discret
    yield Style(
        'Caption', 'caption', 'Normal', Par(14, 5, 1.1, keep_next=True, keep_lines=True), Run(size=size + 1, bold=True)
    )
    yield Style('PASFigure', 'PAS Figure', 'Normal', Par(0, 4, 1, keep_next=True))
    yield Style('PASLecture', 'PAS Lecture', 'Normal', Par(0, 1, keep_next=True), Run(size=size))
    yield Style('PASSource', 'PAS Source', 'Normal', Par(3, 12), Run(size=size - 1, colour=quiet))
    yield Style('PASNoteTableau', 'PAS Note de tableau', 'Normal', Par(3, 0, keep_next=True), Run(size=size))
    cells = Par(2, 2, 1.1)
    yield Style('PASCellule', 'PAS Cellule', 'Normal', cells, Run(size=size))
    yield Style('PASEnTete', 'PAS En-tête', 'PASCellule', Par(keep_next=True), Run(bold=True))
    yield Style('PASTotal', 'PAS Total', 'PASCellule', run=Run(bold=True))
    for key, name in (('PASCellule', 'PAS Cellule'), ('PASEnTete', 'PAS En-tête'), ('PASTotal', 'PAS Total')):
        yield Style(f'{key}Nombre', f'{name} nombre', key, Par(align='right'))


def _body(theme: Theme) -> float:
    """Size of the text, to the half point."""
    return round(theme.polices.corps * _TEXT_SCALE * 2) / 2


def _character_styles(theme: Theme, used: Iterable[tuple[Role, Weight]], shade: str) -> Iterator[str]:
    """The built-in ones, the seven roles, and of their combinations with a weight only those the text uses."""
    colours = theme.couleurs
    looks: dict[Role, Run] = {
        'exposant': Run(raised=True),
        'lien': Run(colour=colours.encre, underline='single'),
        'a-renseigner': Run(colour=colours.encre, shade=colours.a_renseigner, underline='dotted'),
    }
    if shade:
        looks |= dict.fromkeys(COUNTED, Run(shade=shade))
    weights: dict[Weight, Run] = {
        'normal': Run(),
        'fort': Run(bold=True),
        'accentue': Run(italic=True),
        'fort-accentue': Run(bold=True, italic=True),
        'chiffre': Run(f'{theme.polices.texte} Light', 24),
    }
    yield _character('FootnoteReference', 'footnote reference', Run(raised=True))
    yield _character('Strong', 'Strong', weights['fort'])
    yield _character('Emphasis', 'Emphasis', weights['accentue'])
    named: list[tuple[Role, Weight]] = [(role, 'normal') for role in _ROLES if role != 'texte']
    builtin = {('texte', 'normal'), ('texte', 'fort'), ('texte', 'accentue')}
    for role, weight in named + sorted(set(used) - set(named) - builtin):
        look, heavy = looks.get(role, Run()), weights[weight]
        merged = replace(look, font=heavy.font, size=heavy.size, bold=heavy.bold, italic=heavy.italic)
        yield _character(run_style(role, weight), _ROLES[role][1] + _WEIGHTS[weight][1], merged)


def _character(key: str, name: str, run: Run) -> str:
    custom = ' w:customStyle="1"' if name.startswith('PAS') else ''
    return (
        f'<w:style w:type="character"{custom} w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/>{run.xml()}</w:style>'
    )


def styles_xml(theme: Theme, used: Iterable[tuple[Role, Weight]], added: str = '', shade: str = '') -> str:
    """Return the styles part. ``used``: the roles and weights of the runs of the text; ``shade``: behind those counted."""
    defaults = '<w:lang w:val="fr-FR" w:eastAsia="fr-FR" w:bidi="ar-SA"/>'
    return (
        f'<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr>{defaults}</w:rPr></w:rPrDefault>'
        '<w:pPrDefault/></w:docDefaults>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList">'
        '<w:name w:val="No List"/><w:semiHidden/></w:style>'
        f'{"".join(style.xml() for style in paragraph_styles(theme))}'
        f'{"".join(_character_styles(theme, used, shade))}{_table_style(theme)}{added}</w:styles>'
    )


def _table_style(theme: Theme) -> str:
    ink, rule = theme.couleurs.encre[1:], theme.couleurs.filet[1:]

    def edge(side: str, colour: str, eighths: int) -> str:
        return f'<w:{side} w:val="single" w:sz="{eighths}" w:space="0" w:color="{colour}"/>'

    def line(kind: str, side: str) -> str:
        borders = f'<w:tcBorders>{edge(side, ink, 8)}</w:tcBorders>'
        return f'<w:tblStylePr w:type="{kind}"><w:tcPr>{borders}</w:tcPr></w:tblStylePr>'

    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:semiHidden/>'
        '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
        '<w:left w:w="0" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        '<w:style w:type="table" w:customStyle="1" w:styleId="PASTableau"><w:name w:val="PAS Tableau"/>'
        '<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>'
        f'{edge("bottom", rule, 4)}{edge("insideH", rule, 4)}</w:tblBorders></w:tblPr>'
        f'{line("firstRow", "bottom")}{line("lastRow", "top")}</w:style>'
    )


# --- lists ------------------------------------------------------------------------------------------------------------


def numbering_xml(theme: Theme, levels: Sequence[str], starts: Sequence[tuple[bool, int, int]], added: str = '') -> str:
    """Return the numbering part.

    ``levels``: forms of the numbers of dossier.yaml, from the largest level (``"{1}"``, ``"{1}.{2}"``…). ``starts``:
    for each numbered list of the text, in order, whether it stands in a box, its level and its first number; the n-th
    is list ``FIRST_ORDERED + n``.
    """
    forms = tuple(enumerate(('decimal', 'lowerLetter', 'lowerRoman')))
    numeral = Run(f'{theme.polices.texte} Light', bold=False)
    structure = zip(levels, ('PASDynamique', 'PASAxe', 'PASObjectif'), (60, 21, 15), strict=True)
    titles = [_level(rank, re.sub(r'\{([1-3])\}', r'%\1', form), style, run=replace(numeral, size=size))
              for rank, (form, style, size) in enumerate(structure)]  # fmt: skip
    lists = [
        (LISTS['structure'], titles),
        (LISTS['enjeux'], [_level(0, '%1', 'PASEnjeu', run=replace(numeral, size=15))]),
        (LISTS['puces'], [_level(rank, '•', f'ListBullet{("", "2", "3")[rank]}', 'bullet') for rank in range(3)]),
        (LISTS['encadre'], [_level(0, '•', 'PASEncadrePuce', 'bullet', space=True)]),
        (LISTS['constat'], [_level(0, '•', 'PASConstatPuce', 'bullet', space=True)]),
        (_ORDERED, [_level(rank, f'%{rank + 1}.', '', form, par=_item(rank)) for rank, form in forms]),
        (
            _ORDERED_IN_BOX,
            [_level(rank, f'%{rank + 1}.', '', form, par=Par(left=5), space=True) for rank, form in forms],
        ),
    ]
    abstract = ''.join(
        f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>{"".join(content)}'
        '</w:abstractNum>'
        for number, content in lists
    )
    bound = ''.join(numbered_list(number, number) for number, _ in lists[:-2])
    ordered = ''.join(
        numbered_list(FIRST_ORDERED + index, _ORDERED_IN_BOX if boxed else _ORDERED, (level, start))
        for index, (boxed, level, start) in enumerate(starts)
    )
    return f'<w:numbering {NAMESPACES}>{abstract}{bound}{ordered}{added}</w:numbering>'


def numbered_list(number: int, abstract: int, start: tuple[int, int] | None = None) -> str:
    """Return the list ``number``, of the form ``abstract``; ``start``: a level and its first number."""
    override = ''
    if start:
        override = f'<w:lvlOverride w:ilvl="{start[0]}"><w:startOverride w:val="{start[1]}"/></w:lvlOverride>'
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{abstract}"/>{override}</w:num>'


def _level(
    rank: int,
    text: str,
    style: str,
    form: str = 'decimal',
    *,
    run: Run = _PLAIN,
    par: Par = _FLUSH,
    space: bool = False,
) -> str:
    """Return one level. ``space``: its items have no indent, so that a box holds them, and a space after their mark."""
    bound = f'<w:pStyle w:val="{style}"/>' if style else ''
    return (
        f'<w:lvl w:ilvl="{rank}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{bound}'
        f'<w:suff w:val="{"space" if space else "tab"}"/>'
        f'<w:lvlText w:val="{escape(text)}"/><w:lvlJc w:val="left"/>{par.xml()}{run.xml()}</w:lvl>'
    )


# --- template ---------------------------------------------------------------------------------------------------------


def trim_variants(styles: str) -> str:
    """Return the styles part, variants of an accent saying only what differs from the style they are based on."""
    root = etree.fromstring(styles)
    found = {str(style.get(f'{_W}styleId')): style for style in root.iterfind(f'{_W}style')}
    for key, style in found.items():
        base = found.get(key[:-1]) if key[-1].isdigit() and key.startswith('PAS') else None
        for kind in ('pPr', 'rPr') if base is not None else ():
            mine, theirs = style.find(f'{_W}{kind}'), base.find(f'{_W}{kind}') if base is not None else None
            known = {etree.tostring(child) for child in theirs} if theirs is not None else set()
            for child in [*mine] if mine is not None else ():
                if etree.tostring(child) in known:
                    mine.remove(child)  # type: ignore[union-attr]
            if mine is not None and not len(mine):
                style.remove(mine)
    return etree.tostring(root, encoding='unicode')
