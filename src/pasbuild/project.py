"""The dossier: its folder, read safely, and ``dossier.yaml``, ``lexique.yaml`` and front matter as typed models.

Why: everything a planner sets is declared here once, so that the JSON Schemas for editors (``pasbuild schema``) and the
checks come from the same place. The folder is a closed world: nothing outside it is ever read.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pasbuild.diagnostics import ExitCode, PasbuildError, Report, nearest
from pasbuild.model import Span
from pasbuild.procedure import steps
from pasbuild.typography import CONTROL, typeset
from pasbuild.yamlfile import Yaml, read_yaml, validate

DOSSIER = 'content/dossier.yaml'
MAX_BYTES = 20_000_000
"""Largest source file read: a dossier is text and tables, anything larger is a mistake or an attack."""

MAX_TEXT = 1_000_000
"""Largest file of text, in bytes. Two megabytes of nested lists took a minute and a gigabyte to read."""

M = TypeVar('M', bound=BaseModel)
Etat = Literal[
    'projet',
    'debattu',
    'arrete',
    'soumis_avis',
    'soumis_enquete',
    'approuve',
    'transmis_publie',
    'executoire',
    'suspendu',
    'annule',
    'partiellement_annule',
    'remplace',
    'abroge',
    'caduc',
    'abandonne',
]
"""States of the document, those of ``legal/procedure.yaml``."""
Role = Literal[
    '', 'synthese_diagnostic', 'enjeux', 'armature', 'trajectoire', 'climat_air_energie', 'littoral', 'montagne'
]
Particularite = Literal['aec', 'littoral', 'montagne']
Piece = Literal[
    'doo', 'daac', 'diagnostic', 'evaluation_environnementale', 'justification_choix', 'consommation_espace'
]
"""Other pieces of a SCoT, by the names of the CNIG standard SCoT v2024-04."""
Texte = Annotated[str, AfterValidator(typeset)]
"""A text that will be printed: French typography is applied as it is read."""
Identifiant = Annotated[str, Field(pattern=r'^[a-z][a-z0-9]*(-[a-z0-9]+)*$')]


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class MaitreOuvrage(_Strict):
    """The public body that adopts the document. ``siren`` stays empty when it is not known."""

    nom: Texte
    adresse: Texte = ''
    site: str = ''
    siren: str = Field('', pattern=r'^([0-9]{9})?$')


class Horizon(_Strict):
    """Years of the plan (L141-3: twenty years); either may still be unknown."""

    debut: int | None = Field(None, ge=2000, le=2100)
    fin: int | None = Field(None, ge=2000, le=2150)


class Perimetre(_Strict):
    """The table and column that name the communes of the SCoT: what the armature is checked against."""

    donnees: str = 'communes'
    colonne: str = 'nom'


class Niveau(_Strict):
    """How a level of the dynamiques is named and numbered: "axe", "axes", ``{1}.{2}``.

    Other SCoT say "ambition", "défi", "pilier". In ``numero``, ``{1}`` is the rank of the dynamique, ``{2}`` of the axe,
    ``{3}`` of the objectif.
    """

    nom: Texte
    pluriel: Texte
    numero: str = Field(pattern=r'^[^{}]*(\{[1-3]\}[^{}]*)+$')


class Niveaux(_Strict):
    """The three levels of the strategic part, from the largest."""

    dynamique: Niveau = Niveau(nom="grande dynamique", pluriel="grandes dynamiques", numero='{1}')
    axe: Niveau = Niveau(nom="axe", pluriel="axes", numero='{1}.{2}')
    objectif: Niveau = Niveau(nom="objectif", pluriel="objectifs", numero='{1}.{2}.{3}')


class Etape(_Strict):
    """A step of the procedure, ``etape`` being its key in the legal data. Without ``date`` it prints as still to be supplied.

    ``nom`` replaces the usual name of the step; ``piece`` is the reference of the act.
    """

    etape: str = Field(json_schema_extra={'enum': list(steps())})
    nom: Texte = ''
    date: datetime.date | None = Field(None, ge=datetime.date(1967, 1, 1), le=datetime.date(2150, 1, 1))
    piece: Texte = ''
    source: Texte = ''

    @property
    def titre(self) -> str:
        """Return the name to print."""
        return self.nom or (steps()[self.etape].titre if self.etape in steps() else self.etape)

    @property
    def couverture(self) -> bool:
        """Tell whether the cover prints its date."""
        return self.etape in steps() and steps()[self.etape].couverture


class Acceptation(_Strict):
    """A finding the syndicate accepts, and why: the reason is printed with the correspondence table."""

    code: str = Field(description="Code du constat (loi.…).")
    regle: str = Field('', description="Identifiant de la règle, pour n'accepter le constat que pour elle.")
    motif: Texte = Field(min_length=10, description="Motif écrit, imprimé dans l'annexe.")


class Redaction(_Strict):
    """What the editorial checks let be: limits in words (0: none), and expressions that stand as they are written."""

    phrase: int = Field(60, ge=0, description="Longueur d'une phrase, en mots ; 0 : sans limite.")
    paragraphe: int = Field(180, ge=0, description="Longueur d'un paragraphe, en mots ; 0 : sans limite.")
    admis: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), description="Expressions que les contrôles de rédaction laissent telles quelles."
    )


class Dossier(_Strict):
    """``content/dossier.yaml``: identity of the document, state, levels, and parts in order."""

    titre: Texte = Field(min_length=3)
    sous_titre: Texte = ''
    scot: Texte = Field(min_length=2)
    maitre_ouvrage: MaitreOuvrage
    langue: Literal['fr'] = 'fr'
    etat: Etat = 'projet'
    version: str
    date: datetime.date = Field(
        description="Date de la version, imprimée ; elle sert aussi d'horloge à la fabrication."
    )
    mention: Texte = Field('', description="Mention portée sur la couverture et en bas de chaque page.")
    cachet: Literal['', 'couverture', 'colophon'] = Field(
        '', description="Partie qui garde la place d'un cachet électronique visible (vide : cachet invisible)."
    )
    horizon: Horizon = Horizon()
    perimetre: Perimetre = Perimetre()
    regime: Literal['', 'avant_huwart', 'apres_huwart'] = Field(
        '', description="Régime de procédure, avant ou après la loi Huwart ; vide : non déclaré."
    )
    droit: datetime.date | None = Field(None, description="Date du droit appliqué (par défaut : celle de la version).")
    particularites: tuple[Particularite, ...] = Field(
        (), description="Ce qui appelle des règles propres : aec (le SCoT tient lieu de PCAET), littoral, montagne."
    )
    pieces: dict[Piece, Texte] = Field({}, description="Autres pièces du SCoT : leur référence (titre, version, date).")
    accepte: tuple[Acceptation, ...] = ()
    redaction: Redaction = Redaction()
    niveaux: Niveaux = Niveaux()
    procedure: tuple[Etape, ...] = ()
    parties: tuple[str, ...] = Field(
        min_length=1, description="Fichiers de content/, ou parties fabriquées, dans l'ordre."
    )


class EnTete(_Strict):
    """Front matter of a part."""

    genre: Literal['couverture', 'colophon', 'sommaire', 'chapitre', 'dynamique', 'annexe'] = 'chapitre'
    role: Role = Field('', description="Ce que la partie est au regard du code de l'urbanisme.")


class DefinitionLexique(_Strict):
    """An entry of the glossary."""

    terme: Texte
    definition: Texte
    source: Texte = ''


class Lexique(_Strict):
    """``content/lexique.yaml``: acronyms with their expansion, and definitions."""

    sigles: dict[Annotated[str, Field(min_length=1)], Texte] = {}
    definitions: tuple[DefinitionLexique, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """The root of a dossier. Every path given to it is relative, POSIX, and stays inside."""

    root: Path

    def path(self, name: str, span: Span, report: Report) -> Path | None:
        """Return the file ``name`` refers to, or None after a finding when it leaves the folder or does not exist."""
        if Path(name).is_absolute() or ':' in name or '\\' in name:
            message = f"« {name} » n'est pas un chemin relatif au dossier."
            report.add('securite.chemin', span, message, "Écrivez le chemin depuis la racine du dossier, avec « / ».")
            return None
        path = self.root / name
        try:
            inside, present = path.resolve().is_relative_to(self.root.resolve()), path.is_file()
            siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() and not present else []
        except (OSError, RuntimeError):  # a name too long, links in a circle
            inside, present, siblings = True, False, []
        if not inside:
            message = f"« {name} » sort du dossier (directement ou par un lien)."
            report.add('securite.chemin', span, message, "Copiez le fichier dans le dossier.")
            return None
        if not present:
            report.add(
                'lire.fichier-absent', span, f"Le fichier « {name} » n'existe pas.", nearest(path.name, siblings)
            )
            return None
        return path

    def bytes(self, name: str, span: Span, report: Report) -> bytes | None:
        """Return the content of a file, or None after a finding (absent, outside, empty, too large)."""
        path = self.path(name, span, report)
        if path is None:
            return None
        size = path.stat().st_size
        limit = MAX_TEXT if path.suffix == '.md' else MAX_BYTES
        if size > limit:
            message = f"Le fichier pèse {size // 1_000_000} Mo (limite : {limit // 1_000_000} Mo)."
            report.add('securite.taille', Span(name), message)
            return None
        data = path.read_bytes()
        if not data.strip():
            report.add('lire.fichier-vide', Span(name), "Le fichier est vide.", "Écrivez-le, ou retirez-le du dossier.")
            return None
        return data

    def text(self, name: str, span: Span, report: Report) -> str | None:
        """Return a UTF-8 text file with Unix line ends, or None after a finding."""
        data = self.bytes(name, span, report)
        hint = "Enregistrez-le en UTF-8 (Bloc-notes : « Enregistrer sous », encodage UTF-8)."
        return decode(data, name, hint, report) if data is not None else None


def decode(data: bytes, name: str, hint: str, report: Report) -> str | None:
    """Return UTF-8 bytes as text with plain line ends, or None after a finding; what cannot print is reported and left out."""
    try:
        text = data.decode('utf-8-sig').replace('\r\n', '\n').replace('\r', '\n')
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        report.add('lire.encodage', Span(name, line), "Le fichier n'est pas en UTF-8.", hint)
        return None
    control = CONTROL.search(text)
    if control is None:
        return text
    message = f"Le caractère de commande U+{ord(control[0]):04X} ne s'imprime pas."
    report.add('lire.caractere', Span(name, text.count('\n', 0, control.start()) + 1), message, "Retirez-le.")
    return CONTROL.sub('', text)


def find_root(start: Path) -> Folder:
    """Return the dossier that contains ``start``. Raises PasbuildError when there is none above it."""
    for candidate in (start, *start.parents):
        if (candidate / 'content' / 'dossier.yaml').is_file():
            return Folder(candidate)
    message = f"Aucun dossier ici : « content/dossier.yaml » est introuvable dans « {start.name} » et au-dessus."
    raise PasbuildError(
        f"{message}\npiste : placez-vous dans un dossier, ou créez-en un : pasbuild init MON-SCOT", ExitCode.USAGE
    )


def read_dossier(folder: Folder, report: Report) -> Dossier | None:
    """Read ``content/dossier.yaml``."""
    return _read_model(folder, DOSSIER, Dossier, report)


def dossier_lines(folder: Folder) -> Yaml:
    """Return ``content/dossier.yaml`` with its lines, to say where a finding stands; its own faults were reported before."""
    name, known = 'content/dossier.yaml', Report()
    return read_yaml(folder.text(name, Span(name), known) or '', name, known) or Yaml(name, {})


def read_lexique(folder: Folder, report: Report) -> Lexique:
    """Read ``content/lexique.yaml``; a dossier without one has no acronyms and no glossary."""
    name = 'content/lexique.yaml'
    if not (folder.root / name).exists():
        return Lexique()
    return _read_model(folder, name, Lexique, report) or Lexique()


def _read_model(folder: Folder, name: str, model: type[M], report: Report) -> M | None:
    text = folder.text(name, Span(name), report)
    source = read_yaml(text, name, report) if text is not None else None
    return validate(model, source, report) if source is not None else None
