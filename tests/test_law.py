"""The matters of article L. 141-3, and the guide that lists them for authors."""

from __future__ import annotations

from pathlib import Path

from pasbuild.law import matieres

GUIDE = Path(__file__).parents[1] / 'docs' / 'redaction.md'


def test_matters() -> None:
    found = matieres()
    assert len(found) == 14
    assert {matter.degre for matter in found.values()} == {'obligatoire', 'theme'}
    assert [name for name, matter in found.items() if matter.degre == 'obligatoire'] == ['L141-3/trajectoire']
    assert all(name == matter.id and "'" not in matter.titre for name, matter in found.items())


def test_the_guide_names_every_matter() -> None:
    guide = GUIDE.read_text(encoding='utf-8')
    assert all(f'`{name.removeprefix("L141-3/")}`' in guide for name in matieres())
