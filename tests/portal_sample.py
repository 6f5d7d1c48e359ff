"""The invented dossier as the portal wants it: communes with codes of the right form, and the other pieces of the SCoT."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pikepdf

from pasbuild.gpu import FILE

COMPLET = Path(__file__).parent / 'samples' / 'complet'
ARCHIVES = """
accord: ESSAI-ACCORD
service_archives: ESSAI-ARCHIVES
service_versant: ESSAI-VERSANT
service_producteur: ESSAI-PRODUCTEUR
tri: {code: ESSAI-TRI, sort_final: conserver}
communicabilite: ESSAI-COM
"""
"""Invented codes, for content/archives.yaml."""
CONFIG = """
contact: Syndicat mixte imaginaire
courriel: essai@exemple.invalid
resume: Schéma inventé pour les essais.
communes: {donnees: communes, insee: code, epci: epci, contours: contours}
epci: {Rivages de la Ligne: "000000001", Monts du Compas: "000000002"}
pieces:
  doo: pieces/doo.pdf
  daac: pieces/daac.pdf
  diagnostic: pieces/diagnostic.pdf
  evaluation_environnementale: pieces/evaluation.pdf
  justification_choix: pieces/justification.pdf
  consommation_espace: pieces/consommation.pdf
  procedure: pieces/procedure.pdf
actes:
  - {fichier: pieces/deliberation.pdf, designation: delib_approbation, date: 2025-04-03}
"""


def pdf(*, text: bool = True) -> bytes:
    document = pikepdf.new()
    page = document.add_blank_page()
    if text:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    stream = io.BytesIO()
    document.save(stream, deterministic_id=True)
    return stream.getvalue()


def dossier_for_the_portal(root: Path) -> None:
    """Write the dossier in a new folder."""
    shutil.copytree(COMPLET, root)
    for path in (root / 'content' / 'data').iterdir():
        path.write_text(path.read_text(encoding='utf-8').replace('Z0', '99'), encoding='utf-8')
    (root / 'pieces').mkdir()
    for name in (
        'doo',
        'daac',
        'diagnostic',
        'evaluation',
        'justification',
        'consommation',
        'procedure',
        'deliberation',
    ):
        (root / 'pieces' / f'{name}.pdf').write_bytes(pdf())
    (root / FILE).write_text(CONFIG, encoding='utf-8')
