"""Comments that go out again as Word comments, and are not taken for new ones when they come back."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from openxml_audit import OpenXmlValidator
from review_sample import mini_bytes, read_back, sent
from word_sample import part

from pasbuild.applying import apply
from pasbuild.commenting import Said, conversation, only_new, read_conversation, write_comments
from pasbuild.diagnostics import Report
from pasbuild.project import Folder
from pasbuild.registre import Registre, read_registre, recorded
from pasbuild.retourfile import as_yaml
from pasbuild.retours import Commentaire, Retour
from pasbuild.reviewbase import as_json
from pasbuild.reviewimport import import_files
from pasbuild.suivi import rows

DATE = '2026-11-02T00:00:00Z'


def retour(*comments: Commentaire, who: str = 'Claire Martin', export: str = 'abcdef012345') -> Retour:
    return Retour(export=export, relecteur=who, fichier='a.docx', sha256='0' * 64, commentaires=comments)


def comment(number: str, text: str, block: str = 'contexte.p1', **more: object) -> Commentaire:
    value = {'id': number, 'auteur': 'Claire Martin', 'date': f'2026-11-20T09:3{number}:00Z', 'texte': text}
    return Commentaire.model_validate({**value, 'blocs': [block], **more})


FIRST = retour(
    comment('0', "À préciser.\nEt vite.", citation="SCoT du Val", reponse="C'est fait."),
    comment('1', "D'accord.", auteur='David Roux', repond_a='0'),
    comment('2', "Ici aussi <b>.", 'tab-etapes.r1.c1', resolu=True),
    comment('3', "Nulle part.", 'absent.p9', citation="mots qui n'y sont pas"),
)


def talk(but: str = '') -> tuple[Said, ...]:
    return conversation(Registre(), {'martin': FIRST}, 'Syndicat', DATE, but=but)


def test_threads_stay_together_with_the_answers_of_the_syndicate() -> None:
    assert [(one.author, one.text.split('\n')[0], one.parent) for one in talk()[:3]] == [
        ('Claire Martin', "À préciser.", ''), ('Syndicat', "C'est fait.", 'martin/0'), ('David Roux', "D'accord.", 'martin/0'),
    ]  # fmt: skip
    assert talk('abcdef012345') == ()


def test_the_ledger_and_the_returned_files_say_a_comment_once() -> None:
    ledger = recorded(Registre(), (), {'martin': FIRST})
    assert conversation(ledger, {'martin': FIRST}, 'Syndicat', DATE) == talk()
    assert conversation(ledger, {}, 'Syndicat', DATE) == talk()


def test_written_comments_are_valid_and_read_back(tmp_path: Path) -> None:
    data = write_comments(mini_bytes(), talk())
    path = tmp_path / 'a.docx'
    path.write_bytes(data)
    assert [str(error) for error in OpenXmlValidator().validate(path).errors] == []
    found = read_back(data)
    assert found.changes == ()
    assert [(c.author, c.text, c.blocks, c.parent, c.resolved) for c in found.comments if '.r' not in c.blocks[0]][:3] == [
        ('Claire Martin', "À préciser.\nEt vite.", ('contexte.p1',), '', False),
        ('Syndicat', "C'est fait.", ('contexte.p1',), '0', False),
        ('David Roux', "D'accord.", ('contexte.p1',), '0', False),
    ]  # fmt: skip
    assert [c.text for c in found.comments if c.resolved] == ["Ici aussi <b>."]
    assert write_comments(mini_bytes(), talk()) == data


def test_without_comments_the_file_is_the_same() -> None:
    assert write_comments(mini_bytes(), ()) is mini_bytes()
    assert write_comments(mini_bytes(), talk()[-1:]) == mini_bytes()


def test_a_comment_follows_its_words_to_another_block() -> None:
    said = Said('a/0', 'Claire', '', "Ici ?", 'contexte.p9', 'Les services se tiennent')
    assert read_back(write_comments(mini_bytes(), [said])).comments[0].blocks == ('enj-services.p1',)


def test_what_was_sent_is_not_new_but_an_answer_to_it_is() -> None:
    back = read_back(write_comments(mini_bytes(), talk())).comments
    assert only_new(back, talk()) == ()
    answer = retour(comment('4', "Merci.", repond_a='martin/0'), who='David Roux', export='0' * 12)
    told = conversation(Registre(), {'martin': FIRST, 'roux': answer}, 'Syndicat', DATE)
    assert [one.parent for one in told if one.text == "Merci."] == ['martin/0']
    again = read_back(write_comments(mini_bytes(), told)).comments
    assert [(one.text, one.parent) for one in only_new(again, talk())] == [("Merci.", 'martin/0')]


def test_a_state_resolved_later_is_taken_back_and_goes_out_again(mini: Folder) -> None:
    """The third comment was resolved before; the first is now, in Word, on the comment or on an answer to it."""
    folder = mini.root / 'content/avis/retours'
    folder.mkdir(parents=True)
    (folder / 'martin.yaml').write_bytes(as_yaml(FIRST))
    data, base = sent(mini.root, 'David Roux')
    first = mini.root / f'content/avis/exports/{FIRST.export}.json'
    first.write_bytes(as_json(replace(base, id=FIRST.export)))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert parts['word/commentsExtended.xml'].count(b'w15:done="1"') == 1
    parts['word/commentsExtended.xml'] = parts['word/commentsExtended.xml'].replace(b'w15:done="0"', b'w15:done="1"')
    path = mini.root.parent / 'roux.docx'
    with zipfile.ZipFile(path, 'w') as package:
        for name, content in parts.items():
            package.writestr(name, content)
    for _ in range(2):  # the same file again says the same
        (done,) = import_files(mini, [path], Report())
        assert done.retour.regles == ('martin/0',)
        assert done.retour.commentaires == ()
        assert apply(mini, Report(), commit=False) is not None
    ledger = read_registre(mini, Report())
    assert ledger is not None
    found = {one.id: one.resolu for known in ledger.blocs.values() for one in known.commentaires}
    assert found == {'0': True, '1': False, '2': True, '3': False}
    said = read_conversation(mini, Report())
    assert [one.resolved for one in said if 'martin/0' in (one.key, one.parent)] == [True, True, True]
    done.path.unlink()
    assert read_conversation(mini, Report(), but=done.retour.export)[0].resolved  # the ledger keeps it


def test_a_comment_settled_is_open_no_more() -> None:
    again = retour(who='David Roux', export='0' * 12).model_copy(update={'regles': ('martin/0',)})
    retours = {'martin': FIRST, 'roux': again}
    assert [row.suite for row in rows(Registre(), {'martin': retour(FIRST.commentaires[3]), 'roux': again}, {})] == [
        "à décider"
    ]
    both = conversation(Registre(), retours, 'Syndicat', DATE)
    assert [one.resolved for one in both if one.key == 'martin/0'] == [True]
    assert conversation(Registre(), retours, 'Syndicat', DATE, but='0' * 12)[0].resolved is False


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which('soffice') is None, reason="LibreOffice manque : paquet « libreoffice-writer-nogui »")
def test_libreoffice_keeps_them(tmp_path: Path) -> None:
    (tmp_path / 'a.docx').write_bytes(write_comments(mini_bytes(), talk()))
    command = ['soffice', f'-env:UserInstallation=file://{tmp_path}/profil', '--headless', '--convert-to',
               'docx:MS Word 2007 XML', '--outdir', str(tmp_path / 'b'), str(tmp_path / 'a.docx')]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    back = read_back((tmp_path / 'b/a.docx').read_bytes()).comments
    assert sorted(one.text for one in back) == sorted(one.text for one in talk() if one.block != 'absent.p9')
    assert only_new(back, talk()) == ()


def test_parts_are_declared() -> None:
    data = write_comments(mini_bytes(), talk())
    types = zipfile.ZipFile(io.BytesIO(data)).read('[Content_Types].xml').decode()
    assert types.count('/word/comments') == 2
    assert part(data, 'word/comments.xml').tag.endswith('comments')
