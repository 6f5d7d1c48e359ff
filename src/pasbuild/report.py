"""The conformity report: each rule, its article and source, the verdict and its evidence, in five forms.

Why: a planner reads the page, a lawyer checks the articles, a spreadsheet takes the correspondence, a code host shows the
findings in place. All say the same thing, from one dictionary whose form docs/schemas/rapport.schema.json fixes.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import PurePath
from typing import Any

from pasbuild import __version__
from pasbuild.catalogue import CATALOGUE
from pasbuild.diagnostics import Diagnostic, Report
from pasbuild.document import Project
from pasbuild.generated import environment, fill
from pasbuild.law import matieres, packs
from pasbuild.model import Enjeu, Objectif, Span, plain
from pasbuild.procedure import states
from pasbuild.rules import STATES, Verdict, applied_law, issues, judge, objectives
from pasbuild.standing import standing
from pasbuild.theme import Theme
from pasbuild.typography import french_date, typeset

FORMATS = ('.html', '.json', '.md', '.csv', '.sarif')
WORDS = {
    'conforme': "Conforme",
    'a_completer': "À compléter",
    'non_conforme': "Non conforme",
    'a_apprecier': "À apprécier",
    'sans_objet': "Sans objet",
}
SYMBOLS = {'conforme': '✓', 'a_completer': '…', 'non_conforme': '✗', 'a_apprecier': '?', 'sans_objet': '–'}
CERTAINTY = {
    'A': "lue dans un texte officiel",
    'B': "à confirmer : lecture ou source secondaire",
    'C': "à vérifier sur Légifrance",
}
REGIMES = {
    '': "non déclaré (les règles des deux régimes s'appliquent)",
    'avant_huwart': "antérieur à la loi Huwart",
    'apres_huwart': "de la loi Huwart",
}
DEGREES = {'obligatoire': "Obligatoire", 'theme': "Thème", 'facultatif': "Facultatif"}


def write_report(project: Project, theme: Theme, report: Report, extension: str, base: str = '') -> bytes:
    """Return the report in the form of a file extension, one of ``FORMATS``.

    ``base``: where the dossier is, seen from the report (POSIX, ends with « / »): the page links to its files.
    """
    content = describe(project, report)
    match extension:
        case '.json':
            return _json(content)
        case '.csv':
            return _csv(content)
        case '.sarif':
            return _json(_sarif(report))
        case _:
            templates = environment(project.folder, autoescape=extension == '.html')
            words = _wording()
            return fill(templates, f'rapport{extension}.j2', rapport=content, theme=theme, base=base, **words).encode()


def form(name: str) -> str:
    """Return the extension of a report file, '' when none of ``FORMATS``."""
    suffix = PurePath(name).suffix.lower()
    return suffix if suffix in FORMATS else ''


def describe(project: Project, report: Report) -> dict[str, Any]:
    """Return the whole report as plain values, French typography applied to what is read."""
    verdicts, dossier = judge(project), project.dossier
    counts = Counter(verdict.verdict for verdict in verdicts)
    return {
        'version': 1,
        'document': {'titre': dossier.titre, 'scot': dossier.scot, 'version': dossier.version, 'etat': dossier.etat,
                     'date': dossier.date.isoformat()},
        'droit': applied_law(project).isoformat(),
        'regime': dossier.regime,
        'paquets': [pack.model_dump(mode='json', include={'id', 'version', 'titre', 'source'}) for pack in packs()],
        'bilan': {state: counts[state] for state in STATES},
        'regles': [_rule(verdict) for verdict in verdicts],
        'correspondance': _correspondence(project),
        'orphelins': {
            'enjeux': [_block(block) for block in issues(project) if not block.objectifs],
            'objectifs': [_block(block) for block in objectives(project) if not block.enjeux],
        },
        'acceptations': [waiver.model_dump() for waiver in dossier.accepte],
        'constats': [_finding(finding) for finding in report.sorted()],
        'suite': _ahead(project),
        'outil': f'pasbuild {__version__}',
    }  # fmt: skip


def _ahead(project: Project) -> dict[str, Any]:
    """Return the ordinary next state and what the procedure still requires for it."""
    found = standing(project.dossier)
    return {'etat': found.suivant, 'manque': [typeset(lack.texte) for lack in found.manque]}


def _rule(verdict: Verdict) -> dict[str, Any]:
    rule = verdict.rule
    wrong = {finding.message for finding in verdict.findings}
    proofs = [proof for proof in verdict.evidence if proof.text not in wrong]
    return {
        **rule.model_dump(mode='json', include={'id', 'titre', 'enonce', 'article', 'degre', 'certitude', 'source'}),
        'en_vigueur': rule.en_vigueur.model_dump(mode='json'),
        'regime': rule.regime,
        'verdict': verdict.verdict,
        'manques': [_finding(finding) for finding in verdict.findings],
        'preuves': [{'texte': typeset(proof.text), 'id': proof.id, **_place(proof.span)} for proof in proofs],
        'acceptations': [waiver.motif for waiver in verdict.accepted],
    }


def _place(span: Span) -> dict[str, Any]:
    return {'fichier': span.file, 'ligne': span.line}


def _block(block: Objectif | Enjeu) -> dict[str, Any]:
    return {'id': block.id, 'numero': block.number, 'titre': plain(block.title), **_place(block.span)}


def _correspondence(project: Project) -> list[dict[str, Any]]:
    return [
        {
            'matiere': matter.id,
            'titre': matter.titre,
            'degre': matter.degre,
            'objectifs': [_block(block) for block in objectives(project) if matter.id in block.answers],
            'enjeux': [_block(block) for block in issues(project) if matter.id in block.answers],
        }
        for matter in matieres().values()
    ]


def _finding(finding: Diagnostic) -> dict[str, Any]:
    return {
        'code': finding.code,
        'niveau': finding.level,
        'message': finding.message,
        'piste': finding.hint,
        **_place(finding.span),
    }


def _wording() -> dict[str, Any]:
    return {
        'mots': WORDS,
        'signes': SYMBOLS,
        'certitudes': CERTAINTY,
        'regimes': {key: typeset(text) for key, text in REGIMES.items()},
        'degres': DEGREES,
        'date': french_date,
        'typo': typeset,
        'etats': {name: state.titre for name, state in states().items()},
        'sources': {pack.source for pack in packs()},
    }


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + '\n').encode()


def _csv(content: dict[str, Any]) -> bytes:
    """Return the correspondence for a French spreadsheet: semicolons, UTF-8 with its mark, one line per answer."""
    output = io.StringIO()
    writer = csv.writer(output, delimiter=';', lineterminator='\r\n')
    writer.writerow(['matiere', 'titre', 'degre', 'nature', 'identifiant', 'numero', 'intitule', 'fichier', 'ligne'])
    for entry in content['correspondance']:
        subject = [entry['matiere'], entry['titre'], entry['degre']]
        answers = [(kind, block) for kind in ('objectifs', 'enjeux') for block in entry[kind]]
        for kind, block in answers:
            place = [block['fichier'], block['ligne']]
            writer.writerow(
                [*subject, kind[:-1].rstrip('x'), block['id'], block['numero'], _inert(block['titre']), *place]
            )
        if not answers:
            writer.writerow([*subject, 'aucune réponse', '', '', '', '', ''])
    return output.getvalue().encode('utf-8-sig')


def _inert(text: str) -> str:
    """Return a text a spreadsheet will not run as a formula."""
    return f"'{text}" if text[:1] in ('=', '+', '-', '@') else text


def _sarif(report: Report) -> dict[str, Any]:
    """Return the findings as SARIF 2.1.0, which code hosts show in place."""
    found = report.sorted()
    codes = sorted({finding.code for finding in found})
    rules = [
        {'id': code, 'shortDescription': {'text': typeset(CATALOGUE[code].titre)},
         'help': {'text': typeset(CATALOGUE[code].remede)}}
        for code in codes
    ]  # fmt: skip
    driver = {'name': 'pasbuild', 'version': __version__, 'rules': rules}
    run = {
        'tool': {'driver': driver},
        'columnKind': 'unicodeCodePoints',
        'results': [_result(finding) for finding in found],
    }
    schema = 'https://json.schemastore.org/sarif-2.1.0.json'
    return {'$schema': schema, 'version': '2.1.0', 'runs': [run]}


def _result(finding: Diagnostic) -> dict[str, Any]:
    place = {
        'artifactLocation': {'uri': finding.span.file},
        'region': {'startLine': max(finding.span.line, 1)},
    }
    return {
        'ruleId': finding.code,
        'level': 'error' if finding.level == 'erreur' else 'warning',
        'message': {'text': f'{finding.message} {finding.hint}'.strip()},
        'locations': [{'physicalLocation': place}],
    }
