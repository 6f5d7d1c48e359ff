"""YAML with positions: what planners write, checked against a model, every finding at its line.

Why not a plain ``yaml.safe_load``: it forgets lines, keeps the last of two equal keys without a word, turns dates into
objects, and expands anchors without bound. Here the node tree of libyaml is turned into plain values by hand: null,
booleans and numbers as such, everything else as text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pasbuild.diagnostics import Report, nearest
from pasbuild.model import Span

T = TypeVar('T')
Path = tuple[str | int, ...]
_TAGS = {f'tag:yaml.org,2002:{name}' for name in ('null', 'bool', 'int', 'float')}
_EXPECTED = {
    'int': "un nombre entier",
    'float': "un nombre",
    'bool': "oui ou non (true, false)",
    'string': "du texte (entre guillemets)",
    'date': "une date AAAA-MM-JJ",
    'list': "une liste",
    'tuple': "une liste",
    'dict': "des clés et des valeurs",
    'model': "des clés et des valeurs",
}


@dataclass(frozen=True, slots=True)
class Yaml:
    """A YAML text as plain values, with the line of each key and item."""

    file: str
    value: object
    lines: dict[Path, int] = field(default_factory=dict)

    def span(self, path: Path = ()) -> Span:
        """Return the place of ``path``, or of its nearest known ancestor."""
        while path and path not in self.lines:
            path = path[:-1]
        return Span(self.file, self.lines.get(path, 1))


class _Reader:
    def __init__(self, file: str, report: Report, offset: int) -> None:
        self.file, self.report, self.offset = file, report, offset
        self.lines: dict[Path, int] = {}
        self.seen: set[int] = set()
        self.loader = yaml.SafeLoader('')

    def read(self, node: yaml.Node, path: Path) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1 + self.offset)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        if id(node) in self.seen:
            self.report.add(
                'lire.yaml-ancre',
                Span(self.file, self.lines[path]),
                "Une ancre YAML (« & » puis « * ») reprend un autre passage.",
                "Recopiez le passage : les ancres ne sont pas acceptées.",
            )
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self.mapping(node, path)

    def scalar(self, node: yaml.ScalarNode, path: Path) -> object:
        if node.tag not in _TAGS:
            return node.value
        try:
            return self.loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            span = Span(self.file, self.lines[path])
            self.report.add('lire.yaml', span, f"La valeur « {node.value} » ne se lit pas.", "Mettez-la entre guillemets.")
            return None

    def mapping(self, node: yaml.Node, path: Path) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1 + self.offset
            if key in result:
                first = self.lines[*path, key]
                message = f"La clé « {key} » est écrite deux fois (déjà à la ligne {first})."
                self.report.add('lire.yaml-cle-double', Span(self.file, line), message, "Gardez-en une seule.")
                continue
            self.lines[*path, key] = line
            result[key] = self.read(value_node, (*path, key))
        return result


def read_yaml(text: str, file: str, report: Report, offset: int = 0) -> Yaml | None:
    """Read YAML ``text``; ``offset`` is the number of lines above it in ``file``. Return None when it cannot be read."""
    for number, line in enumerate(text.splitlines(), 1):
        if '\t' in line[: len(line) - len(line.lstrip())]:
            span = Span(file, number + offset)
            report.add('lire.yaml-tabulation', span, "Une tabulation sert de retrait.", "Remplacez-la par des espaces.")
            return None
    try:
        node = yaml.compose(text, Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = Span(file, (mark.line + 1 if mark else 1) + offset)
        hint = "Vérifiez le retrait, les deux-points et les guillemets (un texte qui contient « : » se met entre guillemets)."
        report.add('lire.yaml', span, f"Le YAML ne se lit pas ({error.problem}).", hint)
        return None
    except (yaml.YAMLError, RecursionError) as error:
        report.add('lire.yaml', Span(file, 1 + offset), f"Le YAML ne se lit pas ({error}).")
        return None
    if node is None:
        return Yaml(file, {}, {(): 1 + offset})
    reader = _Reader(file, report, offset)
    return Yaml(file, reader.read(node, ()), reader.lines)


def validate(model: type[T] | Any, source: Yaml, report: Report, at: Path = ()) -> T | None:
    """Return ``source`` (or the part of it at ``at``) as ``model``, or None after reporting every fault found."""
    value: Any = source.value
    for step in at:
        value = value[step]
    adapter: TypeAdapter[T] = TypeAdapter(model)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _report(detail, adapter, source, at, report)
        return None


def _report(detail: ErrorDetails, adapter: TypeAdapter[Any], source: Yaml, at: Path, report: Report) -> None:
    kind, context = detail['type'], detail.get('ctx', {})
    location = _in_source((*at, *detail['loc']), source, missing=kind == 'missing')
    name = next((str(step) for step in reversed(detail['loc']) if isinstance(step, str)), '')
    span = source.span(location)
    if kind == 'missing':
        code = 'figure.texte-alternatif' if name == 'texte_alternatif' else 'lire.champ-manquant'
        report.add(code, span, f"Il manque « {name} ».", f"Ajoutez une ligne « {name}: … ».")
    elif kind == 'extra_forbidden':
        report.add('lire.cle-inconnue', span, f"La clé « {name} » n'existe pas ici.", nearest(name, _keys(adapter)))
    elif kind == 'union_tag_invalid':
        tag = str(context.get('tag', ''))
        tags = str(context.get('expected_tags', '')).replace("'", '').split(', ')
        report.add('figure.type-inconnu', span, f"Le type de figure « {tag} » n'existe pas.", nearest(tag, tags))
    elif kind == 'union_tag_not_found':
        report.add('lire.champ-manquant', span, "Il manque « type ».", "Ajoutez une ligne « type: lignes », par exemple.")
    elif kind == 'literal_error':
        names = str(context['expected']).replace(' or ', ', ').replace("'", '').split(', ')
        value = str(detail['input'])
        report.add('lire.valeur', span, f"« {name} » ne peut pas valoir « {value} ».", nearest(value, names))
    else:
        _report_value(detail, name, span, report)


def _report_value(detail: ErrorDetails, name: str, span: Span, report: Report) -> None:
    kind, context = detail['type'], detail.get('ctx', {})
    expected = _EXPECTED.get(kind.partition('_')[0])
    if 'texte_alternatif' in detail['loc']:
        message = "Le texte alternatif est vide ou trop court."
        report.add('figure.texte-alternatif', span, message, "Dites ce que montre la figure, avec ses principaux nombres.")
    elif kind == 'value_error':
        report.add('lire.valeur', span, f"« {name} » : {context['error']}")
    elif expected and kind.endswith(('_type', '_parsing', '_from_float')):
        given = "rien" if detail['input'] is None else f"« {detail['input']} »"
        report.add('lire.type', span, f"« {name} » attend {expected}, pas {given}.")
    else:
        bounds = ', '.join(f'{key} : {value}' for key, value in sorted(context.items()) if key != 'error')
        hint = f"Limite ({bounds})." if bounds else ''
        report.add('lire.valeur', span, f"La valeur « {detail['input']} » ne convient pas pour « {name} ».", hint)


def _in_source(location: Path, source: Yaml, *, missing: bool) -> Path:
    """Drop from a pydantic location the steps that name a variant of a union, not a key of the file."""
    path: Path = ()
    for index, step in enumerate(location):
        if (*path, step) in source.lines:
            path = (*path, step)
        elif missing and index == len(location) - 1:
            break
    return path


def _keys(adapter: TypeAdapter[Any]) -> set[str]:
    schema = adapter.json_schema()
    models = [schema, *schema.get('$defs', {}).values()]
    return {key for part in models for key in part.get('properties', {})}
