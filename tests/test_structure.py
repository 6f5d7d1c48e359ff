"""The structure tree, from HTML elements and the order of the content, without laying anything out."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

from pasbuild.structure import Annotation, Content, Node, Structure


class Reader:
    """Feeds a structure as the pages would: ``read`` names elements by their ``id``, one line of content each."""

    def __init__(self, body: str) -> None:
        html = fromstring(f'<html><body>{body}</body></html>')
        self.elements: dict[str, Element] = {element.get('id', element.tag): element for element in html.iter()}
        self.structure = Structure(html)
        self.count = 0

    def read(self, *names: str, page: int = 0, pseudo: str = '') -> list[Node | None]:
        nodes = []
        for name in names:
            nodes.append(self.structure.place(self.elements[name], pseudo, Content(page, self.count)))
            self.count += 1
        return nodes

    def drawn(self) -> str:
        return draw(self.structure.document)


def draw(node: Node) -> str:
    """Draw a tree on a line: ``P(0 Link(1))``; figures are the marks of the content, ``@`` an annotation."""
    kids = [
        draw(kid) if isinstance(kid, Node) else '@' if isinstance(kid, Annotation) else str(kid.mcid)
        for kid in node.kids
    ]
    return f'{node.role}({" ".join(kids)})'


def test_words_without_meaning_of_their_own_belong_to_their_paragraph() -> None:
    reader = Reader('<div><p id="p">a <em><strong id="s">b</strong></em> <a id="a" href="#p">c</a> d</p></div>')
    reader.read('p', 's', 'a', 'p')
    assert reader.drawn() == 'Document(P(0 1 Link(2) 3))'


def test_an_element_on_three_pages_is_one_element() -> None:
    reader = Reader('<section><p id="p">a</p><p id="q">b</p></section>')
    for page in range(3):
        reader.read('p', page=page)
    reader.read('q', page=2)
    assert reader.drawn() == 'Document(Sect(P(0 1 2) P(3)))'


def test_a_note_follows_the_block_of_its_call_and_stays_one_over_two_pages() -> None:
    body = '<section><p id="p">a<span id="n" data-pdf="Note">note</span> b</p><p id="q">c</p></section>'
    reader = Reader(body)
    reader.read('p')
    reader.read('n', pseudo='footnote-call')
    reader.read('p', 'q')
    reader.read('n', pseudo='footnote-marker')
    reader.read('n')
    reader.read('n', page=1)
    assert reader.drawn() == 'Document(Sect(P(0 Reference(1) 2) Note(Lbl(4) 5 6) P(3)))'
    assert [node.name for node in reader.structure.document.walk() if node.role == 'Note'] == ['n']


def test_a_note_called_in_a_cell_or_a_caption_stays_there() -> None:
    note = '<span id="{}" data-pdf="Note">note</span>'
    body = f'<table id="t"><caption id="c">C{note.format("m")}</caption><tbody><tr><td id="d">1{note.format("n")}</td></tr></tbody></table>'
    reader = Reader(body)
    reader.read('c')
    reader.read('m', 'n', pseudo='footnote-call')
    assert reader.drawn() == 'Document(Table(Caption(0 Reference(1) Note()) TBody(TR(TD(Reference(2) Note())))))'


def test_lists_nest_and_say_how_they_are_numbered() -> None:
    body = '<ul id="l"><li id="a">a<ol id="m"><li id="b">b</li></ol></li><li id="c">c</li></ul>'
    reader = Reader(body)
    for name in 'abc':
        reader.read(name, pseudo='marker')
        reader.read(name)
    item = 'LI(Lbl(2) LBody(3))'
    assert reader.drawn() == f'Document(L(LI(Lbl(0) LBody(1 L({item}))) LI(Lbl(4) LBody(5))))'
    lists = [node for node in reader.structure.document.walk() if node.role == 'L']
    assert [node.attributes for node in lists] == [{'ListNumbering': '/Disc'}, {'ListNumbering': '/Decimal'}]


def test_a_term_and_all_that_defines_it_are_one_item() -> None:
    reader = Reader('<dl><dt id="t">T</dt><dd id="d"><p id="p">a</p></dd><dd id="e">b</dd><dt id="u">U</dt></dl>')
    reader.read('t', 'p', 'e', 'u')
    assert reader.drawn() == 'Document(L(LI(Lbl(0) LBody(P(1) 2)) LI(Lbl(3))))'


def test_contents_nest_by_level() -> None:
    items = ''.join(
        f'<li id="i{rank}" data-pdf="TOCI" aria-level="{level}">x</li>' for rank, level in enumerate((1, 2, 3, 2, 1))
    )
    reader = Reader(f'<nav><ul data-pdf="TOC">{items}</ul></nav>')
    reader.read('i0', 'i1', 'i2', 'i3', 'i4')
    one = 'TOCI(Reference({}))'.format
    assert reader.drawn() == f'Document(TOC({one(0)} TOC({one(1)} TOC({one(2)}) {one(3)}) {one(4)}))'


def test_what_is_for_the_eyes_only_is_an_artifact() -> None:
    reader = Reader('<div aria-hidden="true"><p id="p">1</p></div><img id="i" alt=""/><img id="j" alt="Une carte"/>')
    placed = reader.read('p', 'i', 'j')
    assert [node is None for node in placed] == [True, True, False]
    assert reader.drawn() == 'Document(Figure(2))'
    assert placed[2] is not None
    assert placed[2].alt == 'Une carte'


def test_a_table_head_printed_again_is_an_artifact() -> None:
    body = '<table id="t"><thead><tr><th id="h">H</th></tr></thead><tbody><tr><td id="d">1</td></tr></tbody></table>'
    reader = Reader(body)
    reader.read('h', 'd')
    assert reader.read('h', 'd', page=1)[0] is None
    assert reader.drawn() == 'Document(Table(THead(TR(TH(0))) TBody(TR(TD(1 3)))))'


def cells(body: str) -> dict[str, dict[str, object]]:
    """Name and attributes of the cells of a table, by their text."""
    reader = Reader(body)
    structure = reader.structure
    found = [element for element in reader.elements['table'].iter() if element.tag in ('th', 'td')]
    structure.node(reader.elements['table'])
    return {e.text or '': {'name': structure.node(e).name, **structure.node(e).attributes} for e in found}


def test_cells_name_their_headers() -> None:
    body = """<div id="tab-a"><table><thead><tr><th scope="col">A</th><th scope="col">B</th></tr></thead>
    <tbody><tr><th scope="row">x</th><td>1</td></tr><tr><th scope="row">y</th><td>2</td></tr></tbody></table></div>"""
    assert cells(body) == {
        'A': {'name': 'tab-a.0.0', 'Scope': '/Column'},
        'B': {'name': 'tab-a.0.1', 'Scope': '/Column'},
        'x': {'name': 'tab-a.1.0', 'Scope': '/Row'},
        '1': {'name': '', 'Headers': ['tab-a.1.0', 'tab-a.0.1']},
        'y': {'name': 'tab-a.2.0', 'Scope': '/Row'},
        '2': {'name': '', 'Headers': ['tab-a.2.0', 'tab-a.0.1']},
    }


def test_spans_are_counted() -> None:
    body = """<table><thead><tr><th rowspan="2">A</th><th colspan="2">B</th></tr><tr><th>b</th><th>c</th></tr></thead>
    <tbody><tr><th scope="row" rowspan="2">x</th><td>1</td><td>2</td></tr><tr><td>3</td><td colspan="1">4</td></tr></tbody>
    </table>"""
    found = cells(body)
    assert found['A']['RowSpan'] == 2
    assert found['B']['ColSpan'] == 2
    assert [found[text]['Headers'] for text in '1234'] == [
        ['document.2.0', 'document.0.1', 'document.1.1'],
        ['document.2.0', 'document.0.1', 'document.1.2'],
        ['document.2.0', 'document.0.1', 'document.1.1'],
        ['document.2.0', 'document.0.1', 'document.1.2'],
    ]


def test_two_tables_under_one_identifier_have_their_own_names() -> None:
    table = '<table id="{}"><tr><th>{}</th></tr></table>'
    reader = Reader(f'<div id="d">{table.format("", "A")}{table.format("", "B")}</div>')
    names = [reader.structure.node(element).name for element in reader.elements['d'].iter('th')]
    reader.structure.node(next(reader.elements['d'].iter('table')))
    assert names == ['d.0.0', 'd.t2.0.0']


def test_empty_cells_stand_in_the_tree() -> None:
    reader = Reader(
        '<table id="t"><tbody><tr><td id="a">1</td><td></td></tr><tr><td></td><td></td></tr></tbody></table>'
    )
    reader.read('a')
    assert reader.drawn() == 'Document(Table(TBody(TR(TD(0) TD()) TR(TD() TD()))))'


def test_an_acronym_says_what_it_stands_for() -> None:
    reader = Reader('<p id="p"><abbr id="x" title="Projet d’aménagement stratégique">PAS</abbr></p>')
    placed = reader.read('x')[0]
    assert placed is not None
    assert (placed.role, placed.expansion) == ('Span', 'Projet d’aménagement stratégique')


def test_a_link_knows_its_words() -> None:
    reader = Reader('<p><a id="a" href="#b"><span id="s">1.2</span>\n  Habiter</a></p>')
    node, text = reader.structure.link(reader.elements['s'], Annotation(0, b'7 0 R'))
    assert (node.role, text) == ('Link', '1.2 Habiter')


def test_the_head_of_a_group_of_rows_speaks_for_that_group_alone() -> None:
    body = """<div id="tab-a"><table><thead><tr><th scope="col">P</th><th scope="col">A</th></tr></thead>
    <tbody><tr><th scope="rowgroup" colspan="2">g</th></tr><tr><th scope="row">x</th><td id="c1">1</td></tr></tbody>
    <tbody><tr><th scope="rowgroup" colspan="2">h</th></tr><tr><th scope="row">y</th><td id="c2">2</td></tr></tbody></table></div>"""
    first, second = Reader(body).read('c1', 'c2')
    assert first is not None
    assert second is not None
    assert first.attributes['Headers'] == ['tab-a.1.0', 'tab-a.2.0', 'tab-a.0.1']
    assert second.attributes['Headers'] == ['tab-a.3.0', 'tab-a.4.0', 'tab-a.0.1']
