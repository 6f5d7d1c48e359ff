"""What the public archives service decides, ``content/archives.yaml``: agreement, agencies, rules.

Why no defaults: these codes belong to the service (departmental archives) that takes the transfer. One that looks real
without being theirs would be refused at best, taken at worst.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.project import Folder
from pasbuild.yamlfile import Yaml, read_yaml, validate

FILE = 'content/archives.yaml'
Norme = Literal['2.1', '2.2', '2.3']
NORMES: tuple[Norme, ...] = ('2.1', '2.2', '2.3')
Code = Annotated[str, Field(pattern=r'^\S*$')]
"""A code the service gives; empty as long as it has not."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class RegleTri(_Strict):
    """What becomes of the files at the end: the code of the rule, and the fate."""

    code: Code = ''
    sort_final: Literal['', 'conserver', 'detruire'] = ''


class Archives(_Strict):
    """``content/archives.yaml``. Every code is the archives service's to give."""

    norme: Norme = Field('2.2', description="Version du SEDA que le service accepte.")
    accord: Code = Field('', description="Contrat d'entrée (ArchivalAgreement).")
    service_archives: Code = Field('', description="Identifiant du service d'archives.")
    service_versant: Code = Field('', description="Identifiant du service versant.")
    service_producteur: Code = Field('', description="Identifiant du service producteur.")
    tri: RegleTri = RegleTri()
    communicabilite: Code = Field('', description="Code de la règle de communicabilité.")
    listes: dict[Annotated[str, Field(pattern='^[A-Z][A-Za-z]*ListVersion$')], Code] = Field(
        {}, description="Versions des listes de codes, si le service les demande : nom de l'élément SEDA et valeur."
    )


def read_archives(folder: Folder, report: Report) -> Archives | None:
    """Return what the service decided, or None after a finding for the file, a value, or each code not filled in."""
    if not (folder.root / FILE).exists():
        message = f"{FILE} n'existe pas : le service d'archives n'a pas donné ses codes."
        report.add('seda.a-remplir', Span(FILE), message, "Demandez-les-lui ; docs/archivage.md donne le modèle.")
        return None
    text = folder.text(FILE, Span(FILE), report)
    source = read_yaml(text, FILE, report) if text is not None else None
    archives = validate(Archives, source, report) if source is not None else None
    if archives is None or source is None or not _is_filled(archives, source, report):
        return None
    return archives


def _is_filled(archives: Archives, source: Yaml, report: Report) -> bool:
    codes = {
        ('accord',): archives.accord,
        ('service_archives',): archives.service_archives,
        ('service_versant',): archives.service_versant,
        ('service_producteur',): archives.service_producteur,
        ('tri', 'code'): archives.tri.code,
        ('tri', 'sort_final'): archives.tri.sort_final,
        ('communicabilite',): archives.communicabilite,
    }
    for path, code in codes.items():
        if not code:
            message = f"« {'.'.join(path)} » n'est pas rempli."
            report.add('seda.a-remplir', source.span(path), message, "C'est au service d'archives de donner ce code.")
    return all(codes.values())
