"""A folder meant for the Géoportail de l'urbanisme, judged before it is sent: ours or any other.

Re-implements what the portal's validator checks of a SCoT (names, tree, mandatory pieces, tables, codes, geometry,
metadata), each finding with the validator's own name for it, so that both reports can be read side by side. The rules are
written from the standard; the portal's own verdict remains the one that counts. Nothing in the folder is trusted.
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pikepdf

from pasbuild.diagnostics import Report
from pasbuild.gpumetadata import check_metadata
from pasbuild.gpumodel import (
    GEOGRAPHY,
    PROCEDURE,
    TABLE_FORMATS,
    Names,
    act_pattern,
    annex_pattern,
    model,
    parse_root,
)
from pasbuild.gputables import check_tables
from pasbuild.model import Span

MAX_FILES = 2_000
MAX_SHEET = 10 << 20
COMPANIONS = ('shp', 'shx', 'prj', 'cpg')
_NAME = re.compile(r'[A-Za-z0-9._-]+')
_WRITTEN = 'Pieces_ecrites'


def check_package(folder: Path, report: Report, today: datetime.date | None = None) -> None:
    """Report everything wrong in a folder meant for the portal. ``today``: an approval may not be after it."""
    names = parse_root(folder.resolve().name)
    if names is None:
        message = f"[DIRECTORY_UNEXPECTED_NAME] « {folder.name} » n'est pas de la forme SIREN_SCOT_AAAAMMJJ."
        report.add('gpu.nom', Span(folder.name), message, "Renommez le dossier ; sans approbation : 00000000.")
        return
    if today is not None and names.date > f'{today:%Y%m%d}':
        message = f"La date d'approbation {names.date} est dans l'avenir (le validateur du portail ne le voit pas)."
        report.add('gpu.nom', Span(folder.name), message, "Le standard demande alors 00000000, partout.")
    _Checker(folder, names, report).check()


@dataclass(slots=True)
class _Checker:
    root: Path
    names: Names
    report: Report

    def add(self, code: str, name: str, error: str, message: str, hint: str, line: int = 1) -> None:
        self.report.add(code, Span(name, line), f"[{error}] {message}", hint)

    def check(self) -> None:
        found = self.files()
        for folder in model().dossiers:
            if not (self.root / folder).is_dir():
                message = f"Le dossier « {folder} » manque."
                self.add(
                    'gpu.arborescence', folder, 'FILE_MISSING_MANDATORY_DIRECTORY', message, "Créez-le, même vide."
                )
        for name, path in found.items():
            self.name(name, path)
        self.pieces(found)
        self.metadata(found)
        check_tables(found, self.names, self.report)

    # --- names and tree ---

    def files(self) -> dict[str, Path]:
        """Return the files of the folder by their path in it. Links are refused, whatever they point to."""
        found: dict[str, Path] = {}
        for place, folders, names in os.walk(self.root):
            for name in sorted((*folders, *names)):
                path = Path(place, name)
                relative = path.relative_to(self.root).as_posix()
                if path.is_symlink():
                    message = f"« {relative} » est un lien : il n'est pas suivi."
                    self.add('gpu.nom', relative, 'FILE_UNEXPECTED', message, "Mettez le fichier lui-même.")
                elif path.is_file():
                    found[relative] = path
            folders[:] = sorted(name for name in folders if not Path(place, name).is_symlink())
            if len(found) > MAX_FILES:
                message = f"Plus de {MAX_FILES} fichiers : la suite n'est pas lue."
                self.add('gpu.arborescence', '.', 'FILE_UNEXPECTED', message, "Vérifiez que c'est le bon dossier.")
                break
        return found

    def name(self, name: str, path: Path) -> None:
        """Judge a file by its name and place."""
        if not _NAME.fullmatch(PurePosixPath(name).name):
            message = f"« {name} » porte un accent, une espace ou un signe que le standard n'admet pas."
            self.add('gpu.nom', name, 'FILE_UNEXPECTED', message, "Lettres sans accent, chiffres, « - », « _ », « . ».")
        elif not self.is_expected(name):
            message = f"« {name} » n'a pas un nom du standard, ou n'est pas à sa place."
            error = 'FILE_MISPLACED' if self.is_expected_elsewhere(name) else 'FILE_UNEXPECTED'
            self.add('gpu.nom', name, error, message, f"Nom attendu : {self.names.siren}_…_{self.names.date}….")
        if name.startswith(f'{_WRITTEN}/') and path.suffix.lower() != '.pdf':
            message = f"« {name} » n'est pas un PDF : les pièces écrites n'en admettent pas d'autre."
            self.add('gpu.piece', name, 'CNIG_PIECE_ECRITE_ONLY_PDF', message, "Retirez-le du dossier.")
        if not path.stat().st_size:
            message = f"« {name} » est vide."
            self.add('gpu.piece', name, 'FILE_EMPTY', message, "Remettez le fichier.")

    def is_expected(self, name: str) -> bool:
        folder, _, file = name.rpartition('/')
        lower, names = file.lower(), self.names
        if not folder:
            known = {
                f'{names.table(table)}.{kind}'.lower()
                for table in ('DOC_URBA', 'DOC_URBA_COM')
                for kind in TABLE_FORMATS
            }
            return lower in known or lower.endswith('.xml')
        if folder == GEOGRAPHY:
            stem, _, kind = lower.rpartition('.')
            return stem == names.table('PERIMETRE_SCOT').lower() and kind in (*TABLE_FORMATS, *COMPANIONS)
        if folder == PROCEDURE and act_pattern(names).fullmatch(file):
            return True
        if any(lower == names.piece(key).lower() for key, piece in model().pieces.items() if piece.dossier == folder):
            return True
        return folder.endswith('2_Annexes') and bool(annex_pattern(names).fullmatch(file))

    def is_expected_elsewhere(self, name: str) -> bool:
        file, names = name.rpartition('/')[2].lower(), self.names
        return file in {names.piece(key).lower() for key in model().pieces} or bool(act_pattern(names).fullmatch(file))

    # --- written pieces ---

    def pieces(self, found: Mapping[str, Path]) -> None:
        lower = {name.lower(): path for name, path in found.items()}
        for key, piece in model().pieces.items():
            place = f'{piece.dossier}/{self.names.piece(key)}'
            path = lower.get(place.lower())
            if path is None and piece.obligatoire:
                message = f"La pièce « {piece.titre} » manque."
                self.add('gpu.piece', place, 'FILE_MISSING_MANDATORY', message, f"Ajoutez {place}.")
        for name, path in found.items():
            if name.startswith(f'{_WRITTEN}/') and path.suffix.lower() == '.pdf' and path.stat().st_size:
                self.pdf(name, path)

    def pdf(self, name: str, path: Path) -> None:
        """Judge what the portal does not: that a written piece opens, and holds text rather than pictures of text."""
        try:
            with pikepdf.open(path) as pdf:
                fonts = any(_has_font(page) for page in pdf.pages)
        except (pikepdf.PdfError, pikepdf.PasswordError, ValueError) as fault:
            message = f"« {name} » ne s'ouvre pas ({fault})."
            self.add('gpu.piece', name, 'FILE_NOT_OPENED', message, "Refaites le PDF, sans mot de passe.")
            return
        if not fonts:
            message = f"« {name} » ne contient aucun texte : c'est une numérisation. Le standard demande un PDF exporté (§ 4)."
            self.report.warn('gpu.numerise', Span(name), message, "Exportez le PDF depuis le traitement de texte.")

    # --- metadata ---

    def metadata(self, found: Mapping[str, Path]) -> None:
        sheets = [name for name in found if '/' not in name and name.lower().endswith('.xml')]
        if not sheets:
            message = "La fiche de métadonnées manque à la racine."
            self.add(
                'gpu.metadonnees',
                self.names.metadata,
                'FILE_MISSING_MANDATORY',
                message,
                f"Ajoutez {self.names.metadata}.",
            )
        elif len(sheets) > 1:
            message = f"Plusieurs fiches de métadonnées : {', '.join(sheets)}."
            self.add('gpu.metadonnees', sheets[1], 'METADATA_MULTIPLE_FILES', message, "N'en laissez qu'une.")
        else:
            if found[sheets[0]].stat().st_size > MAX_SHEET:
                message = f"La fiche de métadonnées pèse plus de {MAX_SHEET >> 20} Mio : elle n'est pas lue."
                self.add('gpu.metadonnees', sheets[0], 'METADATA_INVALID_FILE', message, "Refaites la fiche.")
                return
            check_metadata(found[sheets[0]].read_bytes(), sheets[0], self.names, self.report)


def _has_font(page: pikepdf.Page) -> bool:
    """Tell whether a page, or a form drawn on it, uses a font."""
    resources = page.obj.get('/Resources', pikepdf.Dictionary())
    if resources.get('/Font'):
        return True
    return any('/Font' in form.get('/Resources', {}) for form in _forms(resources))


def _forms(resources: pikepdf.Object) -> Iterator[pikepdf.Object]:
    for _, drawn in sorted(resources.get('/XObject', pikepdf.Dictionary()).items()):
        if drawn.get('/Subtype') == '/Form':
            yield drawn
