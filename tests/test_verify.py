"""Verification of a PDF: what is built passes, and each check fails on a file made wrong on purpose.

The sample is built once; each test breaks a copy with pikepdf and looks at what the check says more than before.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner
from pikepdf import Array, Dictionary, Name, String

from pasbuild import soundness, verify
from pasbuild.build import build
from pasbuild.cli import main
from pasbuild.diagnostics import ExitCode, Report
from pasbuild.document import read_project
from pasbuild.project import Folder
from pasbuild.proof import Check
from pasbuild.verapdf import Engine, Failure, Outcome, Rule, validate
from pasbuild.verify import Sources, Verification, as_json, as_text, ending, own_checks

MINI = Path(__file__).parent / 'samples' / 'mini'
pytestmark = pytest.mark.xdist_group('verify')


@pytest.fixture(scope='session')
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp('verify') / 'mini'
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
    result = build(Folder(root), Report(), ['pdf'])
    assert result is not None
    return result.files[0]


@pytest.fixture(scope='session')
def sources(built: Path) -> Sources:
    project = read_project(Folder(built.parent.parent), Report())
    assert project is not None
    return Sources(project.document, project.dossier)


@pytest.fixture(scope='session')
def sound(built: Path, sources: Sources) -> dict[str, Check]:
    return {check.id: check for check in own_checks(built, sources)}


@pytest.fixture
def tampered(
    built: Path, sources: Sources, sound: dict[str, Check], tmp_path: Path
) -> Callable[[str, Callable[[Any], object]], list[str]]:
    """Return what a check says more of a file once changed."""

    def tamper(name: str, change: Callable[[Any], object]) -> list[str]:
        target = tmp_path / 'changed.pdf'
        with pikepdf.open(built) as pdf:
            change(pdf)
            pdf.save(target)
        known = {finding.message for finding in sound[name].findings}
        found = {check.id: check for check in own_checks(target, sources)}[name]
        return [finding.message for finding in found.findings if finding.message not in known]

    return tamper


def elements(pdf: Any, kind: str) -> list[Any]:
    """Structure elements of a type, in the order of the tree."""

    def below(element: Any) -> Iterator[Any]:
        kids = element.get('/K')
        for kid in kids if isinstance(kids, Array) else [kids]:
            if isinstance(kid, Dictionary) and '/S' in kid:
                yield kid
                yield from below(kid)

    return [element for element in below(pdf.Root.StructTreeRoot) if kind == element.S]


def first_mark(element: Any) -> tuple[Any, int]:
    """Page and number of the first marked content below an element."""
    page = element.get('/Pg')
    while not isinstance(element, int):
        kids = element.get('/MCID', element.get('/K'))
        element = kids[0] if isinstance(kids, Array) else kids
        page = element.get('/Pg', page) if isinstance(element, Dictionary) else page
    return page, element


def links(pdf: Any) -> list[Any]:
    return [link for page in pdf.pages for link in page.obj.get('/Annots', []) if '/Dest' in link]


def some_fonts(pdf: Any) -> list[Any]:
    return list(pdf.pages[3].Resources.Font.values())


def edit(page: Any, old: bytes, new: bytes) -> None:
    page.contents_coalesce()  # the numbers of the pages come in streams of their own
    data = page.Contents.read_bytes()
    assert old in data
    page.Contents.write(data.replace(old, new, 1))


# --- what is built ------------------------------------------------------------------------------------------------------

CHECKS = [
    'integrite',
    'innocuite',
    'structure',
    'texte',
    'figures',
    'liens',
    'signets',
    'destinations',
    'pages',
    'polices',
    'contraste',
    'metadonnees',
    'identite',
    'taille',
]


@pytest.mark.parametrize('name', CHECKS)
def test_what_is_built_conforms(sound: dict[str, Check], name: str) -> None:
    assert (sound[name].verdict, sound[name].findings) == ('conforme', ())


def test_every_check_is_made_and_gives_its_evidence(sound: dict[str, Check]) -> None:
    assert list(sound) == CHECKS
    assert all(check.evidence for check in sound.values())


def test_without_sources_nothing_is_called_conforming_that_was_not_compared(built: Path) -> None:
    found = {check.id: check for check in own_checks(built, None)}
    assert [name for name, check in found.items() if check.verdict == 'non contrôlé'] == [
        'texte',
        'destinations',
        'identite',
    ]
    assert found['figures'].verdict == found['liens'].verdict == 'conforme'
    assert all("sans les sources" in found[name].evidence.lower() for name in ('liens', 'signets'))


# --- each check can fail ------------------------------------------------------------------------------------------------


def test_two_paragraphs_swapped(tampered: Any) -> None:
    def swap(pdf: Any) -> None:
        parent = next(e.P for e in elements(pdf, '/P') if sum(k.get('/S') == '/P' for k in e.P.K) > 2)
        ranks = [n for n, kid in enumerate(parent.K) if kid.get('/S') == '/P'][:2]
        kids = list(parent.K)
        kids[ranks[0]], kids[ranks[1]] = kids[ranks[1]], kids[ranks[0]]
        parent.K = Array(kids)

    assert any(message.startswith("Hors de sa place") for message in tampered('texte', swap))


def test_a_paragraph_lost(tampered: Any) -> None:
    def lose(pdf: Any) -> None:
        paragraph = elements(pdf, '/P')[8]
        paragraph.K = Array([])

    said = tampered('texte', lose)
    assert any(message.startswith("Absent du PDF") for message in said)
    assert any("ni dans l'arbre" in message for message in said)


def test_a_paragraph_read_twice(tampered: Any) -> None:
    def again(pdf: Any) -> None:
        first, second = elements(pdf, '/P')[7:9]
        page, mark = first_mark(second)
        copy = pdf.make_indirect(Dictionary(S=Name.Span, Pg=page, K=mark))
        first.K = Array([*(first.K if isinstance(first.K, Array) else [first.K]), copy])

    assert any(message.startswith("En trop dans le PDF") for message in tampered('texte', again))


def test_other_words_read_in_place_of_the_ones_shown(tampered: Any) -> None:
    def element(pdf: Any) -> None:
        elements(pdf, '/P')[8].ActualText = String("Autre chose")

    def mark(pdf: Any) -> None:
        edit(pdf.pages[3], b'/MCID 5>>', b'/MCID 5/ActualText (Autre chose)>>')

    assert any("« Autre chose »" in message for message in tampered('texte', element))
    assert any("ne sera pas lu" in message for message in tampered('texte', mark))


def test_a_finding_says_page_object_and_line_of_the_sources(built: Path, sources: Sources, tmp_path: Path) -> None:
    with pikepdf.open(built) as pdf:
        cell = elements(pdf, '/TD')[-1]
        cell.K = Array([])
        pdf.save(tmp_path / 'changed.pdf')
    found = {check.id: check for check in own_checks(tmp_path / 'changed.pdf', sources)}['texte']
    finding = next(finding for finding in found.findings if finding.rule == 'absent')
    assert finding.span is not None
    assert finding.span.file.startswith('templates/parts/')
    assert finding.page > 10
    assert re.fullmatch(r'\d+ 0 obj', finding.object)


def test_another_alternative_text(tampered: Any) -> None:
    def change(pdf: Any) -> None:
        elements(pdf, '/Figure')[1].Alt = String("Une image")

    said = tampered('figures', change)
    assert len(said) == 1
    assert "« Une image »" in said[0]


def test_a_figure_lost(tampered: Any) -> None:
    def lose(pdf: Any) -> None:
        figure = elements(pdf, '/Figure')[2]
        figure.S = Name.Span

    assert [message for message in tampered('figures', lose) if "n'est pas dans le PDF" in message]


def test_a_link_to_nowhere(tampered: Any) -> None:
    assert any(
        "« nulle-part »" in message
        for message in tampered('liens', lambda pdf: links(pdf)[5].update({'/Dest': String('nulle-part')}))
    )


def test_a_link_to_another_place(tampered: Any) -> None:
    said = tampered('liens', lambda pdf: links(pdf)[-1].update({'/Dest': String('contexte')}))
    assert len(said) == 1
    assert said[0].endswith("le PDF donne « #contexte ».")


def test_a_destination_on_another_page(tampered: Any) -> None:
    def change(pdf: Any) -> None:
        names = pdf.Root.Names.Dests.Names
        rank = next(n for n in range(0, len(names), 2) if str(names[n]) == 'obj-friches')
        names[rank + 1][0] = pdf.pages[0].obj

    assert any("« obj-friches » mène à la page 1" in message for message in tampered('liens', change))


def test_a_destination_lost(tampered: Any) -> None:
    def lose(pdf: Any) -> None:
        names = list(pdf.Root.Names.Dests.Names)
        rank = next(n for n in range(0, len(names), 2) if str(names[n]) == 'obj-friches')
        pdf.Root.Names.Dests.Names = Array(names[:rank] + names[rank + 2 :])

    assert tampered('destinations', lose) == ["« obj-friches » n'a pas de destination nommée."]


def test_bookmarks_that_are_not_the_headings(tampered: Any) -> None:
    def rename(pdf: Any) -> None:
        pdf.Root.Outlines.First.Title = String("Accueil")

    def kill(pdf: Any) -> None:
        pdf.Root.Outlines.First.Next.Dest = String('nulle-part')

    assert [message[:9] for message in tampered('signets', rename)] == ["Le titre ", "Le signet"]
    assert any("ne mène nulle part" in message for message in tampered('signets', kill))


def test_a_bookmark_too_deep(tampered: Any) -> None:
    def nest(pdf: Any) -> None:
        first = pdf.Root.Outlines.First
        second = first.Next
        first.Next = second.Next
        second.Next.Prev = first
        del second.Next
        second.Parent = first
        first.First = first.Last = second

    assert any("est au niveau 2 ; le titre est au niveau 1" in message for message in tampered('signets', nest))


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (lambda font: font.update({'/BaseFont': Name('/ABCDEF+ComicSans')}), "n'est pas une police du projet"),
        (lambda font: font.update({'/BaseFont': Name('/Lato')}), "est incorporée entière"),
        (lambda font: font.__delitem__('/ToUnicode'), "n'a pas de table ToUnicode"),
        (lambda font: font.DescendantFonts[0].FontDescriptor.__delitem__('/FontFile2'), "n'est pas incorporée"),
    ],
)
def test_fonts(tampered: Any, change: Callable[[Any], object], words: str) -> None:
    assert any(words in message for message in tampered('polices', lambda pdf: change(some_fonts(pdf)[0])))


def test_an_empty_box_shown(tampered: Any) -> None:
    def box(pdf: Any) -> None:
        edit(pdf.pages[3], b'[<', b'[<0000> <')

    assert "Caractère sans dessin (.notdef) affiché." in tampered('polices', box)


def test_pale_text_and_invisible_text(tampered: Any) -> None:
    ink = b'0.121569 0.164706 0.2 rg\nBT'
    said = tampered('contraste', lambda pdf: edit(pdf.pages[3], ink, b'0.8 0.8 0.8 rg\nBT'))
    assert said
    assert said[0].startswith("Contraste 1,")
    said = tampered('contraste', lambda pdf: edit(pdf.pages[3], ink, ink + b' 3 Tr'))
    assert said[0].startswith("Texte invisible")


def test_text_over_a_painted_area_is_judged_on_that_area(tampered: Any) -> None:
    def paint(pdf: Any) -> None:
        edit(pdf.pages[4], b'q\n', b'q\n0.1 0.15 0.2 rg 0 0 2000 2000 re f\n')

    assert any("sur #1A2633" in message for message in tampered('contraste', paint))


@pytest.mark.parametrize('key', ['/Title', '/Author', '/CreationDate', '/Creator'])
def test_info_that_xmp_does_not_say(tampered: Any, key: str) -> None:
    assert any(
        "Info dit « 1999 »" in message
        for message in tampered('metadonnees', lambda pdf: pdf.docinfo.update({key: String('1999')}))
    )


@pytest.mark.parametrize('key', ['/Title', '/Author', '/CreationDate', '/ModDate'])
def test_info_that_the_dossier_does_not_say(tampered: Any, key: str) -> None:
    assert len(tampered('identite', lambda pdf: pdf.docinfo.update({key: String('Autre')}))) == 1


def test_claims_and_language(tampered: Any) -> None:
    def untag(pdf: Any) -> None:
        pdf.Root.MarkInfo.Marked = False
        pdf.Root.Lang = String('')
        del pdf.Root.ViewerPreferences

    said = ' '.join(tampered('metadonnees', untag))
    assert all(words in said for words in ("déclaré balisé", "de langue", "DisplayDocTitle"))
    assert tampered('identite', untag) == ["Le PDF dit «  » ; dossier.yaml veut « fr » (langue)."]


def test_metadata_that_are_not_xml(tampered: Any) -> None:
    assert "XMP" in tampered('metadonnees', lambda pdf: pdf.Root.Metadata.write(b'<x'))[0]


def dangers() -> dict[str, Callable[[Any], object]]:
    def script(pdf: Any) -> None:
        action = Dictionary(S=Name.JavaScript, JS=String('app.alert(1)'))
        pdf.Root.Names.JavaScript = Dictionary(Names=Array([String('a'), action]))

    def launch(pdf: Any) -> None:
        del links(pdf)[0].Dest
        links(pdf)[0]['/A'] = Dictionary(S=Name.Launch, F=String('calc.exe'))

    def launch_deep(pdf: Any) -> None:
        pdf.pages[2].obj.Annots[0].A = Dictionary(S=Name.GoTo, D=String('contexte'), Next=[Dictionary(S=Name.Launch)])

    def opening(pdf: Any) -> None:
        pdf.Root.OpenAction = Dictionary(S=Name.Named, N=Name.Print)

    def outside(pdf: Any) -> None:
        pdf.pages[0].Resources.XObject = Dictionary(X=pdf.make_stream(b'', F=String('http://example.org/a.png')))

    def film(pdf: Any) -> None:
        kind = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9])
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(kind)])

    def trigger(pdf: Any) -> None:
        pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.GoTo, D=String('contexte')))

    changes: list[Callable[[Any], object]] = [script, launch, launch_deep, opening, outside, film, trigger]
    return {change.__name__: change for change in changes}


@pytest.mark.parametrize('name', [name for name in dangers() if name != 'launch'])
def test_what_acts_or_reaches_outside(tampered: Any, name: str) -> None:
    assert tampered('innocuite', dangers()[name])


def test_words_that_look_like_an_action_are_not_one(tampered: Any) -> None:
    assert tampered('innocuite', lambda pdf: pdf.docinfo.update({'/Note': String('/JavaScript /Launch /JS')})) == []


def test_page_labels_are_compared_with_the_printed_numbers(tampered: Any) -> None:
    def label(start: int) -> Callable[[Any], None]:
        def write(pdf: Any) -> None:
            entry = Dictionary(S=Name.D, St=start)
            pdf.Root.PageLabels = Dictionary(Nums=Array([0, entry]))

        return write

    assert tampered('pages', label(1)) == []
    wrong = tampered('pages', label(5))
    assert "Le numéro imprimé est « 4 » ; le PDF appelle la page « 8 »." in wrong


def test_size(built: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundness, 'WARN_SIZE', 1000)
    weight = {check.id: check for check in own_checks(built, sources)}['taille']
    assert (weight.verdict, len(weight.warnings)) == ('conforme', 1)
    monkeypatch.setattr(soundness, 'MAX_SIZE', 1000)
    found = {check.id: check.verdict for check in own_checks(built, sources)}
    assert found == {'taille': 'non conforme', 'integrite': 'non contrôlé'}


# --- veraPDF ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope='session')
def outcomes(built: Path, engine: Engine) -> dict[str, Outcome]:
    return {outcome.profile: outcome for outcome in validate(built, engine)}


@pytest.mark.verapdf
def test_archive_standard(outcomes: dict[str, Outcome]) -> None:
    archive = outcomes['3a']
    assert (archive.passed, archive.rules) == (True, ())


@pytest.mark.verapdf
def test_accessibility_standard(outcomes: dict[str, Outcome]) -> None:
    accessible = outcomes['ua1']
    assert (accessible.passed, accessible.rules) == (True, ())


@pytest.mark.verapdf
def test_verapdf_fails_a_file_without_its_fonts(built: Path, engine: Engine, tmp_path: Path) -> None:
    with pikepdf.open(built) as pdf:
        for font in some_fonts(pdf):
            del font.DescendantFonts[0].FontDescriptor['/FontFile2']
        pdf.save(tmp_path / 'a.pdf')
    archive, _ = validate(tmp_path / 'a.pdf', engine)
    assert archive.passed is False
    assert any(rule.clause == '6.2.11.4.1' and rule.count for rule in archive.rules)
    assert all(rule.description for rule in archive.rules)


# --- broken and hostile files -------------------------------------------------------------------------------------------


def circular_pages(pdf: Any) -> None:
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)


def circular_tags(pdf: Any) -> None:
    document = pdf.Root.StructTreeRoot.K[0]
    document.K.append(document)


def circular_outline(pdf: Any) -> None:
    pdf.Root.Outlines.First.Next = pdf.Root.Outlines.First


def circular_names(pdf: Any) -> None:
    pdf.Root.Names.Dests = pdf.make_indirect(Dictionary(Kids=Array([])))
    pdf.Root.Names.Dests.Kids.append(pdf.Root.Names.Dests)


def circular_form(pdf: Any) -> None:
    form = pdf.make_stream(b'/X Do /X Do', Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9])
    form.Resources = Dictionary(XObject=Dictionary(X=form))
    pdf.pages[0].Resources.XObject = Dictionary(X=form)
    pdf.pages[0].Contents = pdf.make_stream(b'/X Do')


def deep_tags(pdf: Any) -> None:
    element = Dictionary(S=Name.Div)
    for _ in range(400):
        element = pdf.make_indirect(Dictionary(S=Name.Div, K=element))
    pdf.Root.StructTreeRoot.K = element


def many_pages(pdf: Any) -> None:
    kids = Array([pdf.pages[1].obj] * 6000)
    pdf.Root.Pages.Kids = kids
    pdf.Root.Pages.Count = 1_000_000_000


def nonsense(pdf: Any) -> None:
    pdf.Root.StructTreeRoot.K = Array([1, Name.Nothing, Dictionary(S=3, K=String('x'))])
    pdf.Root.Names.Dests = Array([1])
    pdf.Root.Outlines = Dictionary(First=Dictionary(Title=3, Dest=7))
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, 0]))
    pdf.pages[0].Contents = pdf.make_stream(b'Q Q EMC 1 0 cm (a) Tj /No Do /No gs [ (b) ] TJ')


@pytest.mark.parametrize(
    'change',
    [
        circular_pages, circular_tags, circular_outline, circular_names, circular_form, deep_tags, many_pages, nonsense
    ],
)  # fmt: skip
def test_a_file_that_goes_round_ends_in_a_verdict(
    built: Path, sources: Sources, tmp_path: Path, change: Callable[[Any], None]
) -> None:
    target = tmp_path / 'hostile.pdf'
    with pikepdf.open(built) as pdf:
        change(pdf)
        pdf.save(target)
    checks = own_checks(target, sources)
    assert any(check.verdict == 'non conforme' for check in checks)


@pytest.mark.parametrize('data', [b'', b'bonjour', b'%PDF-1.7\n%%EOF\n', b'%PDF-1.7\n' + bytes(range(256)) * 40])
def test_not_a_pdf(tmp_path: Path, sources: Sources, data: bytes) -> None:
    (tmp_path / 'a.pdf').write_bytes(data)
    first = own_checks(tmp_path / 'a.pdf', sources)[0]
    assert (first.id, first.verdict) == ('integrite', 'non conforme')


def test_truncated(built: Path, tmp_path: Path, sources: Sources) -> None:
    (tmp_path / 'a.pdf').write_bytes(built.read_bytes()[:-20_000])
    first = own_checks(tmp_path / 'a.pdf', sources)[0]
    assert (first.id, first.verdict) == ('integrite', 'non conforme')


@pytest.mark.parametrize('user', ['', 'secret'])
def test_encrypted(built: Path, tmp_path: Path, sources: Sources, user: str) -> None:
    with pikepdf.open(built) as pdf:
        pdf.save(tmp_path / 'a.pdf', encryption=pikepdf.Encryption(owner='owner', user=user))
    first = own_checks(tmp_path / 'a.pdf', sources)[0]
    assert first.verdict == 'non conforme'
    assert "chiffré" in first.findings[0].message


def test_a_reading_that_does_not_end_is_stopped(built: Path) -> None:
    result = verify.verify(built, None, verapdf=False, seconds=0.01)
    assert result.failed
    assert "n'a pas fini" in result.checks[0].findings[0].message


@pytest.mark.slow
@pytest.mark.skipif(os.name != 'posix', reason='no limit of memory here')
def test_a_stream_that_swells_does_not_take_the_machine(built: Path, tmp_path: Path) -> None:
    block = zlib.compressobj(9)
    swollen = b''.join(block.compress(bytes(1 << 24)) for _ in range(20)) + block.flush()
    with pikepdf.open(built) as pdf:
        stream = pikepdf.Stream(pdf, b'')
        stream.write(zlib.compress(swollen), filter=Array([Name.FlateDecode, Name.FlateDecode]))
        pdf.pages[0].Contents = Array([stream] * 40)
        pdf.save(tmp_path / 'a.pdf')
    result = verify.verify(tmp_path / 'a.pdf', None, verapdf=False)
    assert result.failed


# --- what is said -------------------------------------------------------------------------------------------------------


def run(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_command_tells_a_table_then_failures(built: Path) -> None:
    result = run('verify', built, '--sans-verapdf')
    assert "✓ Liens " in result.stdout
    assert "– PDF/A-3A (veraPDF) " in result.stdout
    assert "Non demandé" in result.stdout
    assert f"Sources : {built.parent.parent}" in result.stderr


def test_command_in_json(built: Path) -> None:
    found = json.loads(run('verify', '--dossier', built.parent.parent, '--sans-verapdf', '--format', 'json').stdout)
    assert [check['id'] for check in found['controles']] == [*CHECKS, 'manifeste', '3a', 'ua1']
    assert found['controles'][-1]['verdict'] == 'non_controle'


def test_command_on_a_file_alone(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(built, tmp_path / 'seul.pdf')
    result = run('verify', 'seul.pdf', '--sans-verapdf')
    assert "Pas de dossier autour de ce fichier" in result.stderr
    assert "Non contrôlé :" in result.stdout


def test_command_refuses_what_is_not_a_pdf(tmp_path: Path) -> None:
    (tmp_path / 'a.pdf').write_text('bonjour')
    result = run('verify', tmp_path / 'a.pdf', '--sans-verapdf')
    assert result.exit_code == ExitCode.INVALID_OUTPUT
    assert "Traceback" not in result.output


def test_command_wants_a_built_file(mini: Folder) -> None:
    result = run('verify', '--dossier', mini.root)
    assert result.exit_code == ExitCode.USAGE
    assert "pasbuild build" in result.output


def test_command_with_options_that_contradict_each_other(built: Path) -> None:
    assert run('verify', built, '--exiger', '--sans-verapdf').exit_code == ExitCode.USAGE


def test_sources_with_errors_are_not_compared(built: Path, mini: Folder) -> None:
    (mini.root / 'content' / '30-methode.md').write_text('# Méthode\n\nVoir [](#absent).\n', encoding='utf-8')
    result = run('verify', built, '--dossier', mini.root, '--sans-verapdf')
    assert "Les sources ont des erreurs" in result.stderr


def result_of(*outcomes: Outcome, engine: Engine) -> Verification:
    checks = tuple(verify._standard(outcome, engine, Path('absent.pdf')) for outcome in outcomes)
    return Verification('a.pdf', checks, 1.25, bool(engine.missing))


def test_without_verapdf_nothing_passes_and_only_a_demand_fails() -> None:
    engine = Engine(missing="Il manque Java.")
    result = result_of(Outcome('3a', None, reason=engine.missing), engine=engine)
    assert ending(result, required=False) == ExitCode.DONE
    assert ending(result, required=True) == ExitCode.TOOL_MISSING
    assert "Il manque Java. Pour l'avoir" in as_text(result)


def test_verapdf_without_a_verdict_fails_a_demand() -> None:
    result = result_of(Outcome('ua1', None, reason="n'a pas fini"), engine=Engine('verapdf'))
    assert ending(result, required=True) == ExitCode.INVALID_OUTPUT


def test_failures_are_grouped_by_rule_with_their_pages() -> None:
    rule = Rule('7.2', 20, 'LI elements', 12, (Failure(3, 'root/pages[2]'), Failure(7, 'root/pages[6]')))
    result = result_of(Outcome('ua1', False, (rule,)), Outcome('3a', True), engine=Engine('verapdf'))
    text = as_text(result)
    assert "  7.2-20 (12)\n    ✗ pages 3, 7 : LI elements" in text
    assert text.endswith("1 contrôle conforme, 1 non conforme, 1,2 s")
    assert ending(result, required=True) == ExitCode.INVALID_OUTPUT
    found = json.loads(as_json(result))['controles'][0]['constats']
    assert [(f['page'], f['nombre']) for f in found] == [(3, 11), (7, 1)]


def test_a_failure_of_a_tagged_element_gets_its_page(built: Path) -> None:
    with pikepdf.open(built) as pdf:
        element = elements(pdf, '/Figure')[0]
        number = element.objgen[0]
    context = f'root/StructTreeRoot[0]/K[3]({number} 0 obj PDStructElem)'
    outcome = Outcome('ua1', False, (Rule('7.3', 1, 'Figure', 1, (Failure(0, context),)),))
    check = verify._standard(outcome, Engine('verapdf'), built)
    assert check.findings[0].page == 4
