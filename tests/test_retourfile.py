"""The YAML of a returned file: what is written is read the same, and a person can decide in it."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.diagnostics import Report
from pasbuild.retourfile import as_yaml, clean
from pasbuild.retours import Commentaire, Modification, Retour
from pasbuild.yamlfile import read_yaml, validate

TEXT = st.text(
    st.one_of(st.sampled_from(' \t\n\r\u00a0\u202f\u2028:#-"\'|>é\x00\x85{}[]&*!%@`'), st.characters()), max_size=120
)


def retour(text: str) -> Retour:
    change = Modification(id='0a1b2c3d', genre='modifié', blocs=('a.p1',), avant=(text,), apres=(text, 'Un autre.'))
    comment = Commentaire(id='0a1b2c3e', auteur='Claire Martin', texte=text)
    return Retour(
        export='0' * 12,
        relecteur=text,
        fichier='retour.docx',
        sha256='0' * 64,
        modifications=(change,),
        commentaires=(comment,),
    )


@given(TEXT.map(clean))
def test_what_is_written_is_read_the_same(text: str) -> None:
    report = Report()
    source = read_yaml(as_yaml(retour(text)).decode(), 'retour.yaml', report)
    assert source is not None
    assert validate(Retour, source, report) == retour(text)
    assert report.diagnostics == []


def test_what_is_to_be_filled_in_is_there_and_long_texts_are_folded() -> None:
    written = as_yaml(retour("Une phrase « assez » longue pour tenir sur plusieurs lignes d’un fichier." * 3)).decode()
    assert "decision: ''\n    motif: ''" in written
    assert "reponse: ''" in written
    assert '- >-\n' in written
    assert max(map(len, written.split('\n'))) <= 120
    assert '\\u' not in written


def test_order_is_that_of_the_model() -> None:
    (change,) = yaml.safe_load(as_yaml(retour('x')))['modifications']
    assert [*change] == [name for name in Modification.model_fields if name in change]
