"""The merge, on small files made for it: every kind of thing a part may carry."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pikepdf
import pytest
from pdfdump import check_ways_back, dump, leaves
from pikepdf import Array, Dictionary, Name, String

from pasbuild.merge import merge as merge_parts

PROFILE = b'the same colour profile in every part' * 20


def merge(files: list[bytes], folios: bytes = b'', resumes: tuple[int, ...] = ()) -> tuple[bytes, tuple[str, ...]]:
    return merge_parts([(data, rank in resumes) for rank, data in enumerate(files)], folios)


def part(name: str, pages: int = 2, **extra: Any) -> bytes:
    """Return a PDF of ``pages`` tagged pages, with one bookmark, one destination, and a link to each of ``links``."""
    pdf = pikepdf.new()
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    top = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=root, K=Array()))
    numbers: list[Any] = []
    for number in range(pages):
        pdf.add_blank_page(page_size=(200, 300))
        page = pdf.pages[number].obj
        page.Contents = pdf.make_stream(f'/P <</MCID 0>> BDC /{name}{number} EMC'.encode())
        page.Resources = Dictionary(ColorSpace=Dictionary(C=Array([Name.ICCBased, pdf.make_stream(PROFILE)])))
        page.StructParents = number
        element = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, P=top, Pg=page, K=0))
        top.K.append(element)
        numbers += [number, Array([element])]
    first = pdf.pages[0].obj
    for address in extra.get('links', ()):
        note = pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], Contents=String(address))
        )
        note.A = Dictionary(S=Name.URI, URI=String(address))
        note.StructParent = len(numbers) // 2
        link = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Link, P=top, Pg=first))
        link.K = Array([Dictionary(Type=Name.OBJR, Obj=note, Pg=first)])
        top.K.append(link)
        numbers += [note.StructParent, link]
        first.Annots = Array([*first.get('/Annots', ()), note])
    root.K, root.ParentTree = Array([top]), pdf.make_indirect(Dictionary(Nums=Array(numbers)))
    if extra.get('ids', True):
        top.K[0].ID = String(f'id-{extra.get("id", name)}')
        root.IDTree = Dictionary(Names=Array([top.K[0].ID, top.K[0]]))
    if extra.get('section'):
        section = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Sect, P=top, K=top.K))
        for kid in section.K:
            kid.P = section
        top.K = Array([section])
    root.RoleMap = Dictionary({f'/Role{name}': Name.P})
    pdf.Root.StructTreeRoot = root
    mark = pdf.make_indirect(Dictionary(Title=String(name), Dest=Array([first, Name.XYZ, 0, 300, 0])))
    outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, Count=1, First=mark, Last=mark))
    mark.Parent = outlines
    pdf.Root.Outlines = outlines
    pdf.Root.Names = Dictionary(Dests=Dictionary(Names=Array([String(name), Array([first, Name.XYZ, 0, 300, 0])])))
    for file in extra.get('files', ()):
        spec = pdf.make_indirect(
            Dictionary(Type=Name.Filespec, F=String(file), UF=String(file), AFRelationship=Name.Data)
        )
        spec.EF = Dictionary(F=pdf.make_stream(file.encode()))
        pdf.Root.AF = Array([*pdf.Root.get('/AF', ()), spec])
        known = list(pdf.Root.Names.get('/EmbeddedFiles', Dictionary(Names=Array())).Names)
        pdf.Root.Names.EmbeddedFiles = Dictionary(Names=Array([*known, String(file), spec]))
    if 'labels' in extra:
        pdf.Root.PageLabels = Dictionary(
            Nums=Array([i for n, label in extra['labels'] for i in (n, Dictionary(label))])
        )
    pdf.Root.Lang = String('fr')
    pdf.docinfo['/Title'] = String('PAS')
    stream = BytesIO()
    pdf.save(stream, deterministic_id=True)
    return stream.getvalue()


def test_pages_tags_bookmarks_and_destinations_follow_one_another() -> None:
    data, lost = merge([part('A'), part('B', 3), part('C', 1)])
    said = dump(data)
    assert lost == ()
    assert check_ways_back(data) == 6
    assert [mark[1:3] for mark in said['bookmarks']] == [
        ('A', (0, 0, 300, 0)),
        ('B', (2, 0, 300, 0)),
        ('C', (5, 0, 300, 0)),
    ]
    assert said['visible'] == 3
    assert said['names'][('/Dests', 'B')] == (2, 0, 300, 0)
    assert said['ids'] == ['id-A', 'id-B', 'id-C']
    [document] = said['structure']
    assert [kid[-1] for kid in document[-1]] == [[(page, 0)] for page in range(6)]
    assert len(pikepdf.open(BytesIO(data)).Root.StructTreeRoot.RoleMap) == 3


def test_what_resumes_a_part_goes_on_with_its_element_and_under_its_bookmark() -> None:
    files = [part('A'), part('B', 3, section=True), part('C', 1, section=True), part('D', 1, section=True)]
    data, _ = merge(files, resumes=(2, 3))
    said = dump(data)
    assert check_ways_back(data) == 7
    assert [(depth, title, count) for depth, title, _, count in said['bookmarks']] == [
        (0, 'A', 0), (0, 'B', 2), (1, 'C', 0), (1, 'D', 0),
    ]  # fmt: skip
    assert said['visible'] == 4
    [document] = said['structure']
    assert [kid[0] for kid in document[-1]] == ['/P', '/P', '/Sect']
    assert [kid[-1] for kid in document[-1][-1][-1]] == [[(page, 0)] for page in range(2, 7)]


def test_one_part_alone_says_what_it_said() -> None:
    single = part('A', links=['https://example.org/'], files=['a.csv'], labels=[(0, {'/S': Name.D})])
    assert dump(merge([single])[0]) == dump(single)


def test_links_to_other_parts_become_links_inside() -> None:
    data, lost = merge(
        [part('A', links=['renvoi:B', 'https://example.org/']), part('B', links=['renvoi:A', 'renvoi:absent'])]
    )
    assert lost == ('absent',)
    assert dump(data)['links'] == [
        ('/Link', 'B', 'B', ''),
        ('/Link', '', 'https://example.org/', 'https://example.org/'),
        ('/Link', 'A', 'A', ''),
        ('/Link', 'absent', 'absent', ''),
    ]
    assert check_ways_back(data) == 8


def test_attached_files_are_united_once() -> None:
    said = dump(merge([part('A', files=['x.csv', 'y.csv']), part('B', files=['a.csv', 'x.csv'])])[0])
    assert said['files'] == ['a.csv', 'x.csv', 'y.csv']
    assert [name for kind, name in said['names'] if kind == '/EmbeddedFiles'] == ['a.csv', 'x.csv', 'y.csv']


def test_page_labels_go_on_from_part_to_part() -> None:
    roman, plain = {'/S': Name.r}, {'/S': Name.D}
    data = merge([part('A', labels=[(0, plain)]), part('B', 3, labels=[(0, plain)]), part('C', 2)])[0]
    assert dump(data)['labels'] == list('1234567')
    assert len(list(leaves(pikepdf.open(BytesIO(data)).Root.PageLabels, '/Nums'))) == 1
    data = merge(
        [part('A', labels=[(0, roman)]), part('B', 3, labels=[(0, {'/P': String('B-')}), (1, plain | {'/St': 40})])]
    )[0]
    assert dump(data)['labels'] == ['i', 'ii', 'B-', '40', '41']


def test_a_parent_tree_entry_is_never_lost() -> None:
    pdf = pikepdf.open(BytesIO(part('B')))
    del pdf.pages[0].obj.StructParents
    stream = BytesIO()
    pdf.save(stream)
    with pytest.raises(ValueError, match='parent tree'):
        merge([part('A'), stream.getvalue()])


def test_an_identifier_twice_is_a_defect() -> None:
    with pytest.raises(ValueError, match='id-A'):
        merge([part('A'), part('B', id='A')])


def test_what_is_the_same_is_kept_once() -> None:
    pdf = pikepdf.open(BytesIO(merge([part('A'), part('B')])[0]))
    profiles = {page.Resources.ColorSpace.C[1].objgen for page in pdf.pages}
    assert len(profiles) == 1


def test_numbers_are_laid_over_as_artifacts_where_there_is_one() -> None:
    folios = pikepdf.new()
    for content in (b'', b'BT ET', b'BT ET'):
        folios.add_blank_page(page_size=(200, 300))
        folios.pages[-1].Contents = folios.make_stream(content)
    stream = BytesIO()
    folios.save(stream)
    data, _ = merge([part('A', 1), part('B')], stream.getvalue())
    pages = pikepdf.open(BytesIO(data)).pages
    assert [b'/Artifact' in b''.join(s.read_bytes() for s in page.Contents) if isinstance(page.Contents, Array) else False for page in pages] == [False, True, True]  # fmt: skip
    assert check_ways_back(data) == 3


def test_the_same_parts_give_the_same_bytes() -> None:
    parts = [part('A', files=['x.csv']), part('B', links=['renvoi:A'])]
    assert merge(parts)[0] == merge(parts)[0]
