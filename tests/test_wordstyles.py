"""Word styles and lists."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lxml import etree
from word_sample import W, theme

from pasbuild.wordformat import Edge, Par, Run
from pasbuild.wordstyles import LISTS, accented, numbering_xml, page_setups, paragraph_styles, run_style, styles_xml


def styles() -> dict[str, Any]:
    root: Any = etree.fromstring(styles_xml(theme(), {('valeur', 'fort')}).encode())
    return {style.get(f'{W}styleId'): style for style in root.iter(f'{W}style')}


def test_each_style_is_there_once_and_its_base_too() -> None:
    keys = Counter(style.key for style in paragraph_styles(theme()))
    assert set(keys.values()) == {1}
    assert {style.base for style in paragraph_styles(theme()) if style.base} <= set(keys)
    names = Counter(style.name.lower() for style in paragraph_styles(theme()))
    assert set(names.values()) == {1}


def test_titles_come_in_the_accent_of_their_dynamique() -> None:
    for number, accent in enumerate(theme().accents, 1):
        colour = styles()[f'PASAxe{number}'].find(f'{W}rPr/{W}color').get(f'{W}val')
        assert f'#{colour}' == accent.fort
    assert 'PASAxe' in accented(theme())


def test_only_the_first_of_the_variants_holds_the_list() -> None:
    assert styles()['PASObjectif'].find(f'{W}pPr/{W}numPr/{W}numId').get(f'{W}val') == str(LISTS['structure'])
    assert styles()['PASObjectif1'].find(f'{W}pPr/{W}numPr') is None
    assert styles()['PASObjectif1'].find(f'{W}basedOn').get(f'{W}val') == 'PASObjectif'


def test_the_contents_title_is_not_listed() -> None:
    assert styles()['TOCHeading'].find(f'{W}pPr/{W}outlineLvl').get(f'{W}val') == '9'


def test_only_the_combinations_used_are_defined() -> None:
    assert run_style('valeur', 'fort') in styles()
    assert run_style('valeur', 'accentue') not in styles()


def test_numbers_have_the_form_of_the_dossier() -> None:
    root: Any = etree.fromstring(numbering_xml(theme(), ('{1}', 'A{1}.{2}', '{1}.{2}.{3}'), [(False, 1, 4)]).encode())
    first = root.find(f'{W}abstractNum')
    assert [found.get(f'{W}val') for found in first.iter(f'{W}lvlText')] == ['%1', 'A%1.%2', '%1.%2.%3']
    override = root.find(f'{W}num/{W}lvlOverride')
    assert (override.get(f'{W}ilvl'), override[0].get(f'{W}val')) == ('1', '4')


def test_pages_are_those_of_the_theme() -> None:
    setups = page_setups(theme())
    assert (setups['portrait'].width, setups['paysage'].width) == (210, 297)
    assert setups['portrait'].column == 160


def test_properties_follow_the_order_of_the_schema() -> None:
    par = Par(
        before=1, left=2, edges=(Edge('top', '#000000'),), shade='#FFFFFF', keep_next=True, align='right', outline=0
    )
    tags = [etree.QName(child).localname for child in etree.fromstring(declared(par.xml()))]
    assert tags == ['keepNext', 'pBdr', 'shd', 'spacing', 'ind', 'jc', 'outlineLvl']
    run = Run('Lato', 10, '#000000', bold=False, italic=True, shade='#FFFFFF', raised=True)
    tags = [etree.QName(child).localname for child in etree.fromstring(declared(run.xml()))]
    assert tags == ['rFonts', 'b', 'i', 'color', 'sz', 'szCs', 'shd', 'vertAlign']
    assert Par().xml() == Run().xml() == ''


def declared(xml: str) -> str:
    return xml.replace('>', f' xmlns:w="{W[1:-1]}">', 1)
