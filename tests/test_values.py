"""Values cited in the text."""

from __future__ import annotations

import contextlib

import pytest
from conftest import MINI
from dump import visible
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.data import Data
from pasbuild.diagnostics import Report
from pasbuild.project import Folder
from pasbuild.tables import read_data
from pasbuild.values import ValueNotFoundError, cite_value

DATA: Data = read_data(Folder(MINI), Report())


@pytest.mark.parametrize(
    ('key', 'expected'),
    [
        ('communes.bourg-exemple', '4·950␣habitants'),
        ('communes.bourg-exemple.population_2013', '4·800␣habitants'),
        ('communes.bourg-exemple sans-unite', '4·950'),
        ('communes.bourg-exemple unite=personnes_âgées', '4·950␣personnes âgées'),
        ('communes.clairvallon.evolution', '−3,2␣%'),
        ('communes.clairvallon.evolution absolu', '3,2␣%'),
        ('communes.clairvallon.evolution absolu decimales=0', '3␣%'),
        ('communes.aubejoie.evolution', '+5,0␣%'),
        ('communes.aubejoie.evolution absolu', '5,0␣%'),
        ('communes.aubejoie.menages signe', '+560␣ménages'),
        ('communes.aubejoie.nom', 'Aubejoie'),
        ('communes.total', '9·250␣habitants'),
        ('communes.total.evolution', '+2,8␣%'),
        ('communes.total.population_2023 filtre=evolution>0', '8·330␣habitants'),
        ('communes.nombre', '4'),
        ('communes.nombre unite=communes', '4␣communes'),
        ('communes.nombre filtre=evolution>0', '3'),
        ('communes.nombre filtre=nom=Aubejoie', '1'),
        ('communes.max', '4·950␣habitants'),
        ('communes.min.evolution', '−3,2␣%'),
        ('communes.max.nom', 'Dormevent'),
        ('population.2023', '9·250␣habitants'),
        ('population.2023.annee', '2023'),
        ('faits.friches', '12,5␣ha'),
        ('faits.trajet', '24␣minutes'),
        ('faits.trajet sans-unite decimales=2', '24,00'),
        ('logements.aubejoie.releve', '1er␣février␣2026'),
    ],
)
def test_values(key: str, expected: str) -> None:
    assert visible(cite_value(key, DATA).text) == expected


@pytest.mark.parametrize(
    ('key', 'words', 'hint'),
    [
        ('', "ne désigne pas une valeur", "table.ligne"),
        ('communes', "ne désigne pas une valeur", "table.ligne"),
        ('communes.', "ne désigne pas une valeur", "table.ligne"),
        ('a.b.c.d', "ne désigne pas une valeur", "table.ligne"),
        ('comunes.total', "table « comunes »", "« communes »"),
        ('communes.aubjoie', "ligne « aubjoie »", "« aubejoie »"),
        ('communes.Aubejoie', "ligne « Aubejoie »", "« aubejoie »"),
        ('communes.aubejoie.population', "colonne « population »", "« population_2023 »"),
        ('contours.aubejoie', "colonne citée par défaut", "« nom »"),
        ('communes.total.nom', "est vide", ''),
        ('logements.clairvallon.releve', "est vide", ''),
        ('communes.total filtre=evolution>99', "est vide", ''),
        ('communes.total filtre=zzz>1', "« zzz »", ''),
        ('communes.total decimale=1', "« decimale=1 »", "« decimales= »"),
        ('communes.total decimales=x', "« decimales=x »", "« decimales= »"),
        ('communes.total decimales=²', "« decimales=² »", "« decimales= »"),
    ],
)
def test_what_names_nothing(key: str, words: str, hint: str) -> None:
    with pytest.raises(ValueNotFoundError, match=words) as caught:
        cite_value(key, DATA)
    assert hint in caught.value.hint


def test_source_and_status_of_a_row() -> None:
    friches = cite_value('faits.friches', DATA)
    assert (friches.source, friches.dataset, friches.unverified) == ("Inventaire imaginaire, 2025", 'faits', False)
    assert (
        visible(cite_value('communes.total', DATA).source) == "Bureau imaginaire, Recensement inventé, 15␣janvier␣2026"
    )


@given(st.text(alphabet='communes.total fr²=>-_', max_size=30))
def test_any_key_gives_a_value_or_its_own_error(key: str) -> None:
    with contextlib.suppress(ValueNotFoundError):
        assert cite_value(key, DATA).text
