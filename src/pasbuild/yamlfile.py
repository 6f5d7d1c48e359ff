"""YAML with positions: what planners write, checked against a model, every finding at its line.

Why not a plain ``yaml.safe_load``: it forgets lines, keeps the last of two equal keys without a word, turns dates into
objects, reads 14:30 as 870 and 010 as 8, and expands anchors without bound. Here the node tree of libyaml is turned into
plain values by hand: null, booleans and decimal numbers as such, everything else as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pasbuild.diagnostics import Report, nearest
from pasbuild.model import Span
from pasbuild.typography import CONTROL

T = TypeVar('T')
Path = tuple[str | int, ...]
MAX_DEPTH = 30
"""Nesting of a YAML file: far above what a dossier needs, far below what exhausts a reader."""
_INT, _FLOAT, _NULL, _BOOL = (f'tag:yaml.org,2002:{name}' for name in ('int', 'float', 'null', 'bool'))
_NUMBERS = {_INT: re.compile(r'[-+]?(?:0|[1-9]\d*)'), _FLOAT: re.compile(r'[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?')}
_TRUE = ('true', 'yes', 'on')
_EXPECTED = {
    'int': "un nombre entier",
    'float': "un nombre",
    'bool': "true (oui) ou false (non)",
    'string': "du texte (entre guillemets)",
    'date': "une date AAAA-MM-JJ",
    'list': "une liste",
    'tuple': "une liste",
    'dict': "des clés et des valeurs",
    'model': "des clés et des valeurs",
}
_BOUNDS = {
    'ge': "Au moins {}.",
    'gt': "Plus de {}.",
    'le': "Au plus {}.",
    'lt': "Moins de {}.",
    'min_length': "Longueur minimale : {}.",
    'max_length': "Longueur maximale : {}.",
    'pattern': "Forme attendue : {}",
}
_QUOTES = "Mettez le texte entre guillemets."
_SYNTAX = {
    'mapping values are not allowed': ("un « : » de trop, ou un retrait qui ne va pas", _QUOTES),
    "could not find expected ':'": ("il manque « : » après une clé", "Vérifiez cette ligne et celle du dessus."),
    'did not find expected key': ("un retrait ou un guillemet ne va pas", "Vérifiez cette ligne et celle du dessus."),
    "did not find expected '-'": ("un élément de liste n'a pas son tiret", "Alignez les tirets."),
    "did not find expected ',' or": (
        "une accolade ou un crochet n'est pas fermé",
        "Vérifiez aussi la ligne du dessus.",
    ),
    'unexpected end of stream': ("le guillemet ouvert ici n'est pas fermé", "Fermez-le."),
    'cannot start any token': ("un texte commence par « % », « @ », « ` » ou une tabulation", _QUOTES),
    'undefined alias': ("un texte commence par « * »", _QUOTES),
    'alphabetic or numeric character': ("un texte commence par « & » ou « * »", _QUOTES),
    'sequence entries are not allowed': ("un tiret n'est pas à sa place", "Mettez la liste sur les lignes suivantes."),
    'comment or line break': ("un texte commence par « > » ou « | »", _QUOTES),
    'unknown escape character': ("une barre inverse entre guillemets", "Doublez-la, ou prenez des guillemets simples."),
    'another document': ("une ligne « --- » ouvre un second document", "Retirez-la."),
    'document indicator': ("une ligne « --- » ou « ... » est au milieu d'un texte", "Retirez-la."),
}
"""What libyaml says → the same in French, and what to do."""


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

    def read(self, node: yaml.Node, path: Path) -> object:
        """Return a node as a plain value, and note its line."""
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
        """Return null, a boolean, a number or the text itself."""
        text = str(node.value)
        if CONTROL.search(text):
            span = Span(self.file, self.lines[path])
            self.report.add('lire.caractere', span, "Un caractère de commande ne s'imprime pas.", "Retirez-le.")
            return CONTROL.sub('', text)
        if node.tag == _NULL:
            return None
        if node.tag == _BOOL:
            return text.lower() in _TRUE
        if node.tag in _NUMBERS and _NUMBERS[node.tag].fullmatch(text):
            return int(text) if node.tag == _INT else float(text)
        return text

    def mapping(self, node: yaml.Node, path: Path) -> dict[str, object]:
        """Return keys and values; a key written twice is a finding, the first one is kept."""
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1 + self.offset
            if not isinstance(key_node, yaml.ScalarNode):
                self.report.add(
                    'lire.yaml', Span(self.file, line), "Une clé n'est pas un mot.", "Écrivez « clé: valeur »."
                )
                continue
            key = str(key_node.value)
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
    for number, line in enumerate(text.split('\n'), 1):
        if '\t' in line[: len(line) - len(line.lstrip())]:
            span = Span(file, number + offset)
            report.add('lire.yaml-tabulation', span, "Une tabulation sert de retrait.", "Remplacez-la par des espaces.")
            return None
    loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
    try:
        deep = _too_deep(text, loader)
        node = yaml.compose(text, Loader=loader) if deep is None else None
    except yaml.MarkedYAMLError as error:
        reason, hint = _in_french(error.problem or '')
        report.add('lire.yaml', Span(file, _place(error, text) + offset), f"Le YAML ne se lit pas : {reason}.", hint)
        return None
    except yaml.YAMLError:  # a character YAML does not allow
        report.add(
            'lire.caractere', Span(file, 1 + offset), "Un caractère de commande ne s'imprime pas.", "Retirez-le."
        )
        return None
    if deep is not None:
        hint = f"{MAX_DEPTH} niveaux au plus."
        report.add('lire.yaml', Span(file, deep + offset), "Trop de niveaux s'emboîtent.", hint)
        return None
    if node is None:
        return Yaml(file, {}, {(): 1 + offset})
    reader = _Reader(file, report, offset)
    value, last = reader.read(node, ()), text.count('\n') + 1 + offset
    # An empty document (« --- ») has its node after its last line.
    return Yaml(file, value, {path: min(line, last) for path, line in reader.lines.items()})


def _too_deep(text: str, loader: Any) -> int | None:
    """Return the line where nesting goes beyond reason, None when it does not: the parser of libyaml would overflow."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                return event.start_mark.line + 1 if event.start_mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _place(error: yaml.MarkedYAMLError, text: str) -> int:
    """Return the line where a quote left open begins, else where reading stopped: at most the last line of the text."""
    unclosed = 'end of stream' in (error.problem or '')
    mark = (error.context_mark if unclosed else error.problem_mark) or error.problem_mark
    return min(mark.line, text.rstrip('\n').count('\n')) + 1 if mark else 1


def _in_french(problem: str) -> tuple[str, str]:
    hint = (
        "Vérifiez le retrait, les deux-points et les guillemets (un texte qui contient « : » se met entre guillemets)."
    )
    return next(
        (known for words, known in _SYNTAX.items() if words in problem), ("sa forme n'est pas celle du YAML", hint)
    )


def validate(model: type[T] | Any, source: Yaml, report: Report, at: Path = ()) -> T | None:
    """Return ``source`` (or the part of it at ``at``) as ``model``, or None after reporting every fault found."""
    value: Any = source.value
    for step in at:
        value = value[step]
    adapter: TypeAdapter[T] = TypeAdapter(model)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        for detail in details:
            # A list with faulty items is also called too short: the items are what there is to mend.
            if not (detail['type'] == 'too_short' and any(_inside(other['loc'], detail['loc']) for other in details)):
                _report(detail, adapter, source, at, report)
        return None


def _inside(inner: Path, outer: Path) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _report(detail: ErrorDetails, adapter: TypeAdapter[Any], source: Yaml, at: Path, report: Report) -> None:
    kind, context = detail['type'], detail.get('ctx', {})
    variant = source.value.get('type') if isinstance(source.value, dict) and not at else None
    steps = detail['loc'][1:] if variant is not None and detail['loc'][:1] == (variant,) else detail['loc']
    location = _in_source((*at, *steps), source)
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
        report.add(
            'lire.champ-manquant', span, "Il manque « type ».", "Ajoutez une ligne « type: lignes », par exemple."
        )
    elif kind == 'literal_error':
        names = str(context['expected']).replace(' or ', ', ').replace("'", '').split(', ')
        value = _shown(detail['input'])
        report.add('lire.valeur', span, f"« {name} » ne peut pas valoir « {value} ».", nearest(value, names))
    else:
        _report_value(detail, name, span, report)


def _report_value(detail: ErrorDetails, name: str, span: Span, report: Report) -> None:
    kind, context = detail['type'], detail.get('ctx', {})
    expected = _EXPECTED.get(kind.partition('_')[0])
    if 'texte_alternatif' in detail['loc']:
        message = "Le texte alternatif est vide ou trop court."
        report.add(
            'figure.texte-alternatif', span, message, "Dites ce que montre la figure, avec ses principaux nombres."
        )
    elif kind == 'value_error':
        report.add('lire.valeur', span, f"« {name} » : {context['error']}")
    elif expected and kind.endswith(('_type', '_parsing', '_from_float')):
        subject = f"« {name} »" if name else "Le fichier"
        given = "rien" if detail['input'] is None else _quoted(detail['input'])
        report.add('lire.type', span, f"{subject} attend {expected}, pas {given}.")
    else:
        hint = ' '.join(wording.format(context[key]) for key, wording in _BOUNDS.items() if key in context)
        given = '' if isinstance(detail['input'], list | dict) else f" {_quoted(detail['input'])}"
        report.add('lire.valeur', span, f"La valeur{given} ne convient pas pour « {name} ».", hint)


def _quoted(value: object) -> str:
    if isinstance(value, list | dict):
        return "une liste" if isinstance(value, list) else "des clés et des valeurs"
    return f"« {_shown(value)} »"


def _shown(value: object) -> str:
    """Return a scalar as YAML writes it, cut where it would fill the screen."""
    text = str(value).lower() if isinstance(value, bool) else "rien" if value is None else str(value)
    return text if len(text) <= 80 else f'{text[:79]}…'


def _in_source(location: Path, source: Yaml) -> Path:
    """Drop from a pydantic location the steps that are no key of the file."""
    path: Path = ()
    for step in location:
        if (*path, step) in source.lines:
            path = (*path, step)
    return path


def _keys(adapter: TypeAdapter[Any]) -> set[str]:
    schema = adapter.json_schema()
    models = [schema, *schema.get('$defs', {}).values()]
    return {key for part in models for key in part.get('properties', {})}
