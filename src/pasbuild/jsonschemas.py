"""JSON Schemas of the files planners write, for the editors that check and complete YAML as one types.

Made from the models themselves, so that an editor and ``pasbuild check`` never disagree.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from pasbuild.archives import Archives
from pasbuild.armature import Armature
from pasbuild.data import Source
from pasbuild.diffreport import Comparaison
from pasbuild.figures import AnyFigure
from pasbuild.gpu import Gpu
from pasbuild.manifest import Manifest
from pasbuild.motifs import Motifs
from pasbuild.project import Dossier, EnTete, Lexique
from pasbuild.registre import Registre
from pasbuild.retours import Retour
from pasbuild.reviewbase import Base
from pasbuild.structured import Pas
from pasbuild.synopsis import Synopsis
from pasbuild.trajectory import Trajectoire

_MODELS: dict[str, tuple[str, Any]] = {
    'archives.schema.json': ("content/archives.yaml", Archives),
    'armature.schema.json': ("content/armature.yaml", Armature),
    'avis-export.schema.json': ("Envoi à un relecteur (content/avis/exports/*.json)", Base),
    'avis-retour.schema.json': ("Retour d'un relecteur (content/avis/retours/*.yaml)", Retour),
    'avis-registre.schema.json': ("content/avis/registre.yaml", Registre),
    'comparaison.schema.json': ("Comparaison de deux versions (pasbuild diff --json)", Comparaison),
    'dossier.schema.json': ("content/dossier.yaml", Dossier),
    'en-tete.schema.json': ("En-tête d'une partie (content/*.md)", EnTete),
    'figure.schema.json': ("Figure (figures/*.yaml)", AnyFigure),
    'gpu.schema.json': ("content/gpu.yaml", Gpu),
    'lexique.schema.json': ("content/lexique.yaml", Lexique),
    'manifeste.schema.json': ("Manifeste d'une fabrication (output/manifeste.json)", Manifest),
    'pas.schema.json': ("Le document en données (output/pas.json)", Pas),
    'motifs.schema.json': ("Motifs des changements (content/motifs.yaml)", Motifs),
    'sources.schema.json': ("content/data/sources.yaml", dict[str, Source]),
    'tableau-comparatif.schema.json': ("Versions côte à côte (pasbuild diff A B C --json)", Synopsis),
    'trajectoire.schema.json': ("content/trajectoire.yaml", Trajectoire),
}


def schemas() -> dict[str, bytes]:
    """Return the JSON Schemas (draft 2020-12), by file name."""
    return {name: _schema(title, model) for name, (title, model) in _MODELS.items()}


def _schema(title: str, model: Any) -> bytes:
    schema = TypeAdapter(model).json_schema()
    document = {'$schema': 'https://json-schema.org/draft/2020-12/schema', **schema, 'title': title}
    return (json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + '\n').encode()
