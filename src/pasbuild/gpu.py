"""The folder and zip the Géoportail de l'urbanisme takes for a SCoT, made from a version of the document.

The PAS comes from the build, the other pieces from where ``content/gpu.yaml`` says; the tables and the perimeter from the
communes of the dossier. What the syndicate alone knows (contact, SIREN of the intercommunalités) is asked for, never guessed.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import shapefile
import shapely
from pydantic import BaseModel, ConfigDict, Field
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from pasbuild.data import Data, Dataset, RowMap
from pasbuild.diagnostics import Report, nearest
from pasbuild.drawing import FigureError
from pasbuild.geography import read_contours
from pasbuild.gpumetadata import Contact, Sheet, write_metadata
from pasbuild.gpumodel import GEOGRAPHY, PROCEDURE, UNKNOWN_DATE, Names, approval, model
from pasbuild.model import Span
from pasbuild.project import DOSSIER, Dossier, Folder
from pasbuild.yamlfile import Yaml, read_yaml, validate

FILE = 'content/gpu.yaml'
SLIVER = 0.5
"""Metres: gaps thinner than this between two communes come from the drawing of their limits, not from the territory."""
_SIREN = r'^([0-9]{9})?$'
_IN_FORCE = {'approuve': '07', 'executoire': '03'}
"""State of the document → ETAT. Other states are not for the portal, but a trial package may be made: 07 then too."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class Communes(_Strict):
    """The table of the communes, its columns, and the table of their contours."""

    donnees: str = 'communes'
    insee: str = 'code'
    epci: str = 'epci'
    contours: str
    cle: str = Field('code', description="Colonne des contours qui porte le code Insee.")


class Acte(_Strict):
    """An act of the procedure."""

    fichier: str
    designation: str = Field(pattern='^[a-z][a-z_]*$')
    date: datetime.date


class Gpu(_Strict):
    """``content/gpu.yaml``: what the portal asks for and the document does not say."""

    suffixe: str = Field('', pattern='^[A-Z]?$', description="Lettre, si le syndicat porte plusieurs SCoT.")
    type_procedure: str = Field('R', pattern='^(E|R|(RS|MEC|MS|M)[0-9]+)$')
    contact: str = Field('', description="Nom de l'organisme à joindre.")
    courriel: str = Field('', pattern=r'^([^@\s]+@[^@\s]+\.[^@\s]+)?$')
    resume: str = Field('', description="Résumé pour la fiche de métadonnées.")
    site: str = Field('', pattern=r'^(https://\S+)?$')
    echelle: int = Field(5000, ge=100, description="Dénominateur de l'échelle des limites des communes.")
    origine: str = Field('', description="D'où viennent les limites des communes (généalogie).")
    communes: Communes
    epci: dict[str, Annotated[str, Field(pattern=_SIREN)]] = Field({}, description="SIREN de chaque intercommunalité.")
    pieces: dict[str, str] = Field({}, description="Autres pièces : fichier PDF du dossier.")
    actes: tuple[Acte, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """What is handed over: the name of the folder, and its files by their path in it. An empty folder ends with « / »."""

    name: str
    files: Mapping[str, bytes]


def read_gpu(folder: Folder, report: Report) -> tuple[Gpu, Yaml] | None:
    """Return ``content/gpu.yaml`` and its lines, or None after a finding."""
    if not (folder.root / FILE).exists():
        message = f"{FILE} n'existe pas : ce que demande le géoportail n'est pas dit."
        report.add('gpu.a-remplir', Span(FILE), message, "docs/archivage.md en donne le modèle.")
        return None
    text = folder.text(FILE, Span(FILE), report)
    source = read_yaml(text, FILE, report) if text is not None else None
    gpu = validate(Gpu, source, report) if source is not None else None
    return (gpu, source) if gpu is not None and source is not None else None


def make_package(
    folder: Folder, dossier: Dossier, data: Data, pas: bytes, today: datetime.date, report: Report
) -> Package | None:
    """Return the package of a dossier whose PAS is ``pas``, or None after findings for all that is missing.

    ``today`` only decides whether an approval is in the future: DATAPPRO is then unknown.
    """
    read = read_gpu(folder, report)
    if read is None:
        return None
    gpu, source = read
    writer = _Writer(folder, dossier, data, gpu, source, report, _names(dossier, gpu, today))
    writer.check()
    if writer.names.date == UNKNOWN_DATE:
        message = "Le document n'a pas de date d'approbation : ce dossier est un essai, à ne pas publier."
        report.warn('gpu.essai', source.span(), message, "Refaites-le depuis la version approuvée.")
    files = writer.files(pas)
    return None if report.failed() else Package(writer.names.root, dict(sorted(files.items())))


def _names(dossier: Dossier, gpu: Gpu, today: datetime.date) -> Names:
    day = next((step.date for step in dossier.procedure if step.etape == 'approbation'), None)
    suffix = f'_{gpu.suffixe}' if gpu.suffixe else ''
    return Names(dossier.maitre_ouvrage.siren, approval(day, today), suffix)


@dataclass(frozen=True, slots=True)
class _Writer:
    folder: Folder
    dossier: Dossier
    data: Data
    gpu: Gpu
    source: Yaml
    report: Report
    names: Names

    def check(self) -> None:
        """Ask for everything that is missing, at once."""
        if not self.dossier.maitre_ouvrage.siren:
            message = "Le SIREN du maître d'ouvrage n'est pas rempli : tous les noms le portent."
            self.report.add('gpu.a-remplir', Span(DOSSIER), message, "Écrivez « siren » sous « maitre_ouvrage ».")
        for key, value in (('contact', self.gpu.contact), ('courriel', self.gpu.courriel), ('resume', self.gpu.resume)):
            if not value:
                message = f"« {key} » n'est pas rempli : la fiche de métadonnées le demande."
                self.report.add('gpu.a-remplir', self.source.span((key,)), message, "Écrivez-le.")

    def files(self, pas: bytes) -> dict[str, bytes]:
        found = {f'{folder}/': b'' for folder in model().dossiers}
        found |= self.pieces(pas)
        table = self.table(self.gpu.communes.donnees)
        contours = self.table(self.gpu.communes.contours)
        if table is not None:
            found[f'{self.names.table("DOC_URBA")}.csv'] = self.doc_urba()
            found[f'{self.names.table("DOC_URBA_COM")}.csv'] = self.doc_urba_com(table.rows)
        if table is not None and contours is not None:
            found |= self.geography(table, contours)
        return found

    def table(self, name: str) -> Dataset | None:
        found = self.data.get(name)
        if found is None:
            span = self.source.span(('communes',))
            self.report.add(
                'donnee.table-inconnue', span, f"La table « {name} » n'existe pas.", nearest(name, self.data)
            )
        return found

    # --- written pieces ---

    def pieces(self, pas: bytes) -> dict[str, bytes]:
        """Return the written pieces under their official names; each one that is mandatory and missing is a finding."""
        found = {f'{model().pieces["pas"].dossier}/{self.names.piece("pas")}': pas}
        for key, piece in model().pieces.items():
            span = self.source.span(('pieces', key))
            if key != 'pas' and piece.obligatoire and key not in self.gpu.pieces:
                message = (
                    f"La pièce « {piece.titre} » ({key}) n'est pas déclarée : le portail refuse un dossier sans elle."
                )
                self.report.add('gpu.a-remplir', span, message, f"Sous « pieces » : « {key}: » et le PDF.")
        for key, name in self.gpu.pieces.items():
            known, span = model().pieces.get(key), self.source.span(('pieces', key))
            if known is None or key == 'pas':
                message = f"« {key} » n'est pas une pièce du standard {model().version}."
                self.report.add('gpu.a-remplir', span, message, nearest(key, model().pieces))
            elif (data := self.pdf(name, span)) is not None:
                found[f'{known.dossier}/{self.names.piece(key)}'] = data
        for rank, acte in enumerate(self.gpu.actes):
            if (data := self.pdf(acte.fichier, self.source.span(('actes', rank)))) is not None:
                day = acte.date.strftime('%Y%m%d')
                name = self.names.act(day, acte.designation, self.gpu.type_procedure)
                found[f'{PROCEDURE}/{name}'] = data
        return found

    def pdf(self, name: str, span: Span) -> bytes | None:
        path = self.folder.path(name, span, self.report)
        data = path.read_bytes() if path else None
        if data is not None and not data.startswith(b'%PDF-'):
            message = f"« {name} » n'est pas un PDF : le portail n'en prend pas d'autre."
            self.report.add('gpu.piece', span, message, "Exportez la pièce en PDF depuis le traitement de texte.")
            return None
        return data

    # --- tables ---

    def doc_urba(self) -> bytes:
        names = self.names
        row = {
            'IDURBA': names.root,
            'NOM': f"SCoT {self.dossier.scot}"[:254],
            'TYPEDOC': 'SCOT',
            'ETAT': _IN_FORCE.get(self.dossier.etat, '07') if names.date != UNKNOWN_DATE else '07',
            'TYPEPROC': self.gpu.type_procedure,
            'DATAPPRO': names.date,
            'SIREN': names.siren,
            'PAS': names.piece('pas'),
            'DOO': names.piece('doo'),
            'DAAC': names.piece('daac'),
            'SITEWEB': self.gpu.site,
        }
        return _csv(model().tables['DOC_URBA'], [row])

    def doc_urba_com(self, rows: Iterable[RowMap]) -> bytes:
        """Return one row for each commune. An intercommunalité without its SIREN is a finding, once."""
        asked, written, columns = set(), [], self.gpu.communes
        for row in rows:
            epci = f'{row.get(columns.epci) or ""}'
            siren = self.gpu.epci.get(epci, '') if epci else '000000000'
            if not siren and epci not in asked:
                asked.add(epci)
                message = f"Le SIREN de l'intercommunalité « {epci} » n'est pas rempli."
                self.report.add(
                    'gpu.a-remplir', self.source.span(('epci',)), message, f"Sous « epci » : {epci}: et neuf chiffres."
                )
            written.append({'IDURBA': self.names.root, 'INSEE': f'{row.get(columns.insee) or ""}', 'EPCI': siren})
        return _csv(model().tables['DOC_URBA_COM'], sorted(written, key=lambda row: row['INSEE']))

    # --- perimeter and metadata ---

    def geography(self, table: Dataset, contours: Dataset) -> dict[str, bytes]:
        """Return the perimeter, the union of the communes in Lambert-93, and the metadata that tells its extent."""
        columns = self.gpu.communes
        span = self.source.span(('communes',))
        try:
            outlines = dict(
                zip(
                    (f'{row.get(columns.cle)}' for row in contours.rows),
                    read_contours(contours, columns.cle),
                    strict=True,
                )
            )
        except FigureError as fault:
            self.report.add('gpu.geometrie', span, str(fault), "Vérifiez les contours.")
            return {}
        wanted = [f'{row.get(columns.insee) or ""}' for row in table.rows]
        for insee in wanted:
            if insee not in outlines:
                message = f"La commune {insee} n'a pas de contour : le périmètre serait troué."
                self.report.add('gpu.geometrie', span, message, f"Ajoutez-la à la table « {contours.id} ».")
        if any(insee not in outlines for insee in wanted):
            return {}
        whole = union(outlines[insee] for insee in wanted)
        holes = sum(len(part.interiors) for part in shapely.get_parts(whole))
        if holes:
            message = (
                f"L'union des communes a {holes} trou{'s' if holes > 1 else ''} : enclave, ou commune qui manque ?"
            )
            self.report.warn('gpu.trou', span, message, "Vérifiez la liste des communes.")
        stem = f'{GEOGRAPHY}/{self.names.table("PERIMETRE_SCOT")}'
        files = {f'{stem}.{kind}': data for kind, data in shapes(whole, self.names.root, self.dossier.date).items()}
        return {**files, self.names.metadata: self.metadata(whole)}

    def metadata(self, whole: BaseGeometry) -> bytes:
        back = Transformer.from_crs(2154, 4326, always_xy=True)
        bounds = back.transform_bounds(*whole.bounds)
        title = f"Schéma de cohérence territoriale {self.dossier.scot}"
        origin = self.gpu.origine or f"Union des contours de la table « {self.gpu.communes.contours} » du dossier."
        contact = Contact(self.gpu.contact, self.gpu.courriel)
        return write_metadata(
            Sheet(self.names, title, self.gpu.resume, origin, contact, self.dossier.date, bounds, self.gpu.echelle)
        )


def union(outlines: Iterable[BaseGeometry]) -> BaseGeometry:
    """Return the union of communes, without the slivers that two drawings of one border leave between them."""
    whole = shapely.union_all(list(outlines))
    rings = [shapely.Polygon(ring) for part in shapely.get_parts(whole) for ring in part.interiors]
    slivers = [ring for ring in rings if ring.buffer(-SLIVER).is_empty]
    return shapely.normalize(shapely.union_all([whole, *slivers]))


def shapes(outline: BaseGeometry, idurba: str, day: datetime.date) -> dict[str, bytes]:
    """Return the files of a shapefile of one row, by extension. ``day`` is the date its table carries."""
    streams = {kind: io.BytesIO() for kind in ('shp', 'shx', 'dbf')}
    rounded = shapely.transform(outline, lambda points: np.round(points, 2))
    with shapefile.Writer(**streams, shapeType=shapefile.POLYGON, encoding='utf-8') as writer:
        writer.field('IDURBA', 'C', 30)
        writer.shape(json.loads(shapely.to_geojson(rounded)))
        writer.record(idurba)
    found = {kind: stream.getvalue() for kind, stream in streams.items()}
    stamp = bytes((day.year - 1900, day.month, day.day))
    found['dbf'] = found['dbf'][:1] + stamp + found['dbf'][4:]  # the library writes today there
    projection = CRS.from_epsg(2154).to_wkt('WKT1_ESRI')
    return {**found, 'prj': projection.encode(), 'cpg': b'UTF-8'}


def _csv(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(columns), restval='', lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()
