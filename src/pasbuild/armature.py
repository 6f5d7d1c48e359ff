"""The armature: ``content/armature.yaml``, levels and their communes, given to the text as a table named ``armature``.

Why: the code asks for a balance between urban and rural poles; a commune in two levels, or in none, makes the document
contradict itself. A file without any commune is a choice still to be made, not a fault.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from pasbuild.data import Colonne, Data, Dataset, RowMap, Source
from pasbuild.diagnostics import Report, nearest
from pasbuild.model import Span
from pasbuild.project import DOSSIER, Folder, Identifiant, Perimetre, Texte
from pasbuild.yamlfile import Yaml, read_yaml, validate

FILE = 'content/armature.yaml'


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class NiveauArmature(_Strict):
    """A level of the armature: what its communes are for, and which they are."""

    cle: Identifiant
    nom: Texte = Field(min_length=2)
    fonctions: Texte = ''
    communes: tuple[str, ...] = ()


class Armature(_Strict):
    """``content/armature.yaml``, from the highest level."""

    niveaux: tuple[NiveauArmature, ...] = Field(min_length=1)


def read_armature(folder: Folder, perimetre: Perimetre, data: Data, report: Report) -> dict[str, Dataset]:
    """Return the table of ``content/armature.yaml``, none when the file does not exist."""
    if not (folder.root / FILE).exists():
        return {}
    text = folder.text(FILE, Span(FILE), report)
    source = read_yaml(text, FILE, report) if text is not None else None
    armature = validate(Armature, source, report) if source is not None else None
    if armature is None or source is None:
        return {}
    _check_levels(armature, source, report)
    if any(level.communes for level in armature.niveaux):
        check_communes(armature, _perimeter(perimetre, data, folder, report), source, report)
    return {'armature': _table(armature)}


def _perimeter(perimetre: Perimetre, data: Data, folder: Folder, report: Report) -> tuple[str, ...]:
    """Return the communes of the SCoT, in the order of their table; a table or column that does not exist is a finding."""
    dataset = data.get(perimetre.donnees)
    if dataset is None:
        message = f"La table « {perimetre.donnees} » n'existe pas."
        report.add('donnee.table-inconnue', _declared(folder, 'donnees'), message, nearest(perimetre.donnees, data))
        return ()
    columns = dataset.source.colonnes
    if perimetre.colonne not in columns:
        message = f"La table « {perimetre.donnees} » n'a pas de colonne « {perimetre.colonne} »."
        hint = nearest(perimetre.colonne, columns)
        report.add('donnee.colonne-absente', _declared(folder, 'colonne'), message, hint)
        return ()
    return tuple(str(row[perimetre.colonne]) for row in dataset.rows)


def _declared(folder: Folder, key: str) -> Span:
    source = read_yaml(folder.text(DOSSIER, Span(DOSSIER), Report()) or '', DOSSIER, Report())
    return source.span(('perimetre', key)) if source is not None else Span(DOSSIER)


def _check_levels(armature: Armature, source: Yaml, report: Report) -> None:
    seen: dict[str, Span] = {}
    for index, level in enumerate(armature.niveaux):
        span = source.span(('niveaux', index, 'cle'))
        if level.cle in seen:
            message = f"Le niveau « {level.cle} » existe déjà ({seen[level.cle]})."
            report.add('armature.niveau-double', span, message, "Changez la clé du second.")
        seen.setdefault(level.cle, span)


def check_communes(armature: Armature, names: tuple[str, ...], source: Yaml, report: Report) -> None:
    """Report each commune that is not exactly once in the levels; ``names``: those of the perimeter, () if not known."""
    seen: dict[str, Span] = {}
    for index, level in enumerate(armature.niveaux):
        for rank, name in enumerate(level.communes):
            span = source.span(('niveaux', index, 'communes', rank))
            if name in seen:
                message = f"« {name} » est dans deux niveaux, ou deux fois dans le même (déjà là : {seen[name]})."
                report.add('armature.commune-double', span, message, "Chaque commune ne figure qu'une fois.")
            elif names and name not in names:
                message = f"« {name} » n'est pas une commune du périmètre."
                report.add('armature.commune-inconnue', span, message, nearest(name, names))
            seen.setdefault(name, span)
    missing = [name for name in names if name not in seen]
    if missing:
        shown = f"{', '.join(missing[:6])}{'…' if len(missing) > 6 else ''}"
        message = f"{len(missing)} commune(s) du périmètre ne sont dans aucun niveau : {shown}."
        report.add('armature.commune-absente', source.span(('niveaux',)), message, "Donnez-leur un niveau.")


_COLUMNS = {
    'cle': Colonne(titre="Clé"),
    'nom': Colonne(titre="Niveau"),
    'fonctions': Colonne(titre="Fonctions attendues"),
    'nombre': Colonne(type='entier', titre="Nombre de communes"),
    'communes': Colonne(titre="Communes"),
}


def _table(armature: Armature) -> Dataset:
    source = Source(
        fichier=FILE,
        titre="Armature du territoire",
        producteur="Projet",
        date='',
        licence='',
        perimetre="territoire du SCoT",
        cle='cle',
        valeur='nombre',
        colonnes=_COLUMNS,
    )
    chosen = any(level.communes for level in armature.niveaux)
    rows = tuple(_row(level, chosen=chosen) for level in armature.niveaux)
    return Dataset('armature', source, rows, decided=True)


def _row(level: NiveauArmature, *, chosen: bool) -> RowMap:
    """Return a level as a row; its communes are still to be supplied as long as no level has any."""
    return {
        'cle': level.cle,
        'nom': level.nom,
        'fonctions': level.fonctions or None,
        'nombre': len(level.communes) if chosen else None,
        'communes': (', '.join(level.communes) or "aucune") if chosen else None,
    }
