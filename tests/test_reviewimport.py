"""Returned files taken back by the command: what is kept, what is refused, and that the text never changes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hostile_files import HOSTILE
from review_sample import Edited, mini_base, mini_bytes
from test_returned import commented, in_made_part, replaced, untracked

from pasbuild.cli import main
from pasbuild.diagnostics import Report
from pasbuild.project import Folder
from pasbuild.record import sources
from pasbuild.retourfile import read_retours
from pasbuild.retours import Retour
from pasbuild.reviewbase import as_json


@dataclass(frozen=True, slots=True)
class Desk:
    """A dossier that sent a copy, and a place for the files that come back."""

    folder: Folder
    received: Path

    def file(self, name: str, *edits: Callable[[Edited], None]) -> Path:
        edited = Edited(mini_bytes())
        for edit in edits:
            edit(edited)
        return self.raw(name, edited.data() if edits else mini_bytes())

    def raw(self, name: str, data: bytes) -> Path:
        path = self.received / name
        path.write_bytes(data)
        return path

    def take(self, *files: Path, more: tuple[str, ...] = ()) -> Result:
        names = [str(path) for path in files]
        return CliRunner().invoke(main, ['review', 'import', *names, *more, '--dossier', str(self.folder.root)])

    def retours(self) -> list[Retour]:
        report = Report()
        found = [known.retour for known in read_retours(self.folder, report).values()]
        assert report.diagnostics == []
        return found

    def decide(self, number: int, decision: str) -> Path:
        """Write a decision as a person does."""
        (path,) = (self.folder.root / 'content/avis/retours').iterdir()
        parts = path.read_text(encoding='utf-8').split("decision: ''")
        text = "decision: ''".join(parts[: number + 1]) + decision + "decision: ''".join(parts[number + 1 :])
        path.write_text(text, encoding='utf-8')
        return path


@pytest.fixture
def desk(mini: Folder, tmp_path: Path) -> Desk:
    exports = mini.root / 'content/avis/exports'
    exports.mkdir(parents=True)
    (exports / f'{mini_base().id}.json').write_bytes(as_json(mini_base()))
    received = tmp_path / 'recus'
    received.mkdir()
    return Desk(mini, received)


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_changes_go_to_a_file_of_the_dossier_and_the_text_stays(desk: Desk) -> None:
    before = sources(desk.folder.root)
    result = desk.take(desk.file('retour.docx', replaced, in_made_part, commented))
    assert result.exit_code == 0, result.output
    (retour,) = desk.retours()
    assert (retour.export, retour.relecteur, retour.fichier) == (mini_base().id, "Commune d'Aubejoie", 'retour.docx')
    assert [one.blocs for one in retour.modifications] == [('contexte.p1',), ('fig-population',)]
    assert retour.modifications[0].auteurs == ('Claire Martin',)
    assert retour.commentaires[1].repond_a == retour.commentaires[0].id
    assert sources(desk.folder.root) == before


def test_values_and_references_stay_markdown(desk: Desk) -> None:
    desk.take(desk.file('retour.docx', untracked))
    texts = [text for one in desk.retours()[0].modifications for text in (*one.avant, *one.apres)]
    assert any('{val}`' in text for text in texts)


def test_untouched_file_gives_no_change(desk: Desk) -> None:
    result = desk.take(desk.file('retour.docx'))
    assert (result.exit_code, desk.retours()[0].modifications) == (0, ())


def test_same_file_again_keeps_what_a_person_wrote(desk: Desk) -> None:
    file = desk.file('retour.docx', replaced, commented)
    desk.take(file)
    path = desk.decide(0, 'decision: accepter  # vu en bureau')
    text = path.read_text(encoding='utf-8')
    assert "1 décision gardée" in desk.take(file).output
    assert path.read_text(encoding='utf-8') == text


def test_newer_file_of_the_same_reviewer_keeps_the_decisions_of_the_same_changes(desk: Desk) -> None:
    desk.take(desk.file('retour.docx', replaced, in_made_part))
    desk.decide(0, 'decision: refuser')
    result = desk.take(desk.file('retour 2.docx', replaced, commented, untracked))
    assert "autre fichier du même relecteur" in result.output
    newer = next(one for one in desk.retours() if one.fichier == 'retour 2.docx')
    decided = {one.blocs: one.decision for one in newer.modifications if one.decision}
    assert decided == {('contexte.p1',): 'refuser'}


def test_decisions_that_cannot_be_read_are_not_written_over(desk: Desk) -> None:
    file = desk.file('retour.docx', replaced)
    desk.take(file)
    path = desk.decide(0, 'decision: [accepter')
    text = path.read_text(encoding='utf-8')
    result = desk.take(file)
    assert result.exit_code == 1
    assert 'lire.yaml' in result.output
    assert path.read_text(encoding='utf-8') == text


# --- which sending ----------------------------------------------------------------------------------------------------


def without_properties(data: bytes, *, first_page: bool = True) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as target:
        for name in package.namelist():
            content = package.read(name).replace(b'pas-export-id', b'autre')
            target.writestr(name, content if first_page else content.replace(mini_base().id.encode(), b'efface'))
    return out.getvalue()


def test_sending_is_read_on_the_first_page_when_properties_are_lost(desk: Desk) -> None:
    result = desk.take(desk.raw('retour.docx', without_properties(mini_bytes())))
    assert result.exit_code == 0
    assert 'revue.envoi-perdu' in result.output
    assert len(desk.retours()) == 1


def test_sending_can_be_given(desk: Desk) -> None:
    file = desk.raw('retour.docx', without_properties(mini_bytes(), first_page=False))
    assert desk.take(file).exit_code == 1
    assert desk.retours() == []
    assert desk.take(file, more=('--envoi', mini_base().id)).exit_code == 0
    assert len(desk.retours()) == 1


def test_file_of_another_dossier_is_refused(desk: Desk) -> None:
    next((desk.folder.root / 'content/avis/exports').iterdir()).unlink()
    result = desk.take(desk.file('retour.docx'))
    assert result.exit_code == 1
    assert 'revue.envoi-inconnu' in result.output


@pytest.mark.parametrize('given', ['../../dossier', '', 'x' * 300, '0' * 12])
def test_identifier_never_leads_out_of_the_folder(desk: Desk, given: str) -> None:
    file = desk.raw('retour.docx', without_properties(mini_bytes(), first_page=False))
    assert desk.take(file, more=('--envoi', given)).exit_code == 1


def test_base_of_a_newer_program_is_said(desk: Desk) -> None:
    (path,) = (desk.folder.root / 'content/avis/exports').iterdir()
    path.write_text(json.dumps({**json.loads(path.read_bytes()), 'version': 2}), encoding='utf-8')
    result = desk.take(desk.file('retour.docx'))
    assert result.exit_code == 1
    assert 'revue.version' in result.output


def test_base_changed_by_hand_is_refused(desk: Desk) -> None:
    (path,) = (desk.folder.root / 'content/avis/exports').iterdir()
    path.write_bytes(path.read_bytes()[:2000])
    result = desk.take(desk.file('retour.docx'))
    assert result.exit_code == 1
    assert 'revue.base' in result.output


def test_text_that_moved_on_is_said(desk: Desk) -> None:
    text = desk.folder.root / 'content/30-methode.md'
    text.write_text(text.read_text(encoding='utf-8') + "\nUne phrase de plus.\n", encoding='utf-8')
    result = desk.take(desk.file('retour.docx', replaced))
    assert result.exit_code == 0
    assert 'revue.ancien' in result.output


# --- hostile or broken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('case', HOSTILE)
def test_refused_file_stops_no_other(case: str, desk: Desk) -> None:
    if case.startswith('revue.lien-externe'):
        pytest.skip("read, with a warning")
    before = sources(desk.folder.root)
    result = desk.take(desk.raw('mauvais.docx', HOSTILE[case]()), desk.file('bon.docx', replaced))
    assert result.exit_code == 1
    assert f'mauvais.docx: erreur [{case.partition("--")[0]}]' in result.output
    assert "1 fichier non repris sur 2" in result.output
    assert [one.fichier for one in desk.retours()] == ['bon.docx']
    assert sources(desk.folder.root) == before


def test_truncated_file_is_refused(desk: Desk) -> None:
    result = desk.take(desk.raw('coupe.docx', mini_bytes()[:100_000]))
    assert (result.exit_code, desk.retours()) == (1, [])
    assert 'revue.archive' in result.output


def test_file_too_large_is_not_even_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('pasbuild.reviewimport.MAX_FILE', 1000)
    assert 'revue.taille' in desk.take(desk.file('gros.docx')).output
