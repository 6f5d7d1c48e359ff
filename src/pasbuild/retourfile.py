"""The YAML of a returned file: written so that a person can decide in it, read back with the line of each entry.

Long texts are folded, what is to be filled in is always there, and an order that never changes keeps version control quiet.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.project import Folder
from pasbuild.retours import FOLDER, Commentaire, Modification, Retour
from pasbuild.typography import CONTROL
from pasbuild.yamlfile import Yaml, read_yaml, validate

_FOLDED = 70
"""Characters from which a text is folded over several lines."""
_TO_FILL = ('decision', 'motif')
_HEAD = """\
# Retour de relecture, écrit par « pasbuild review import ».
# Pour chaque modification : « decision: accepter » ou « decision: refuser » (avec « motif: … »).
# Pour retenir un autre texte : « decision: accepter » et « texte: » suivi d'une liste, un élément par paragraphe.
# Pour chaque commentaire : « reponse: … ».
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A returned file of the dossier: its values, and where they are written."""

    retour: Retour
    source: Yaml


def as_yaml(retour: Retour) -> bytes:
    """Return a returned file as it is kept."""
    value = retour.model_dump(mode='json', exclude={'modifications', 'commentaires'}, exclude_defaults=True)
    value = {'version': retour.version, **value, 'modifications': [*map(_change, retour.modifications)]}
    value['commentaires'] = [*map(_comment, retour.commentaires)]
    text = yaml.dump(_clean(value), Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)
    return f'{_HEAD}{text}'.encode()


def _change(change: Modification) -> dict[str, Any]:
    written = change.model_dump(mode='json', exclude_defaults=True)
    return {
        name: written.get(name, getattr(change, name))
        for name in type(change).model_fields
        if name in written or name in _TO_FILL
    }


def _comment(comment: Commentaire) -> dict[str, Any]:
    return {**comment.model_dump(mode='json', exclude_defaults=True, exclude={'reponse'}), 'reponse': comment.reponse}


def _clean(value: Any) -> Any:
    """Return a value without what YAML cannot hold or the reader refuses: controls, tabulations."""
    match value:
        case dict():
            return {key: _clean(inner) for key, inner in value.items()}
        case list() | tuple():
            return [*map(_clean, value)]
        case str():
            return clean(value)
        case _:
            return value


def clean(text: str) -> str:
    """Return a text without controls, its tabulations as spaces. Names of files may hold what is no character."""
    sound = text.encode('utf-8', 'replace').decode()
    return CONTROL.sub('', sound.replace('\r', '\n').replace('\t', ' '))


class Dumper(yaml.SafeDumper):
    """Lists set in from their key, long texts folded, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:  # noqa: ARG002, FBT002
        """Set every list in from its key."""
        return super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '|' if '\n' in text else '>' if len(text) > _FOLDED and '  ' not in text else None
    return dumper.represent_scalar('tag:yaml.org,2002:str', text, style)


Dumper.add_representer(str, _text)


def read_retours(folder: Folder, report: Report) -> dict[str, Known]:
    """Return the returned files of a dossier by name without extension; those that cannot be read are findings."""
    found = ((path.stem, read_retour(folder, path.stem, report)) for path in _paths(folder))
    return {name: known for name, known in found if known is not None}


def read_retour(folder: Folder, stem: str, report: Report) -> Known | None:
    """Return one returned file, or None after findings."""
    name = f'{FOLDER}/{stem}.yaml'
    text = folder.text(name, Span(name), report)
    source = read_yaml(text, name, report) if text is not None else None
    retour = validate(Retour, source, report) if source is not None else None
    return Known(retour, source) if retour is not None and source is not None else None


def _paths(folder: Folder) -> list[Path]:
    return sorted((folder.root / FOLDER).glob('*.yaml'))
