"""Attributes in braces: ``{#obj-friches .objectif repond_a="L141-3/espace"}``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pasbuild.diagnostics import Report, nearest
from pasbuild.model import ID, Span

_ITEM = re.compile(
    r'\s*(?:#(?P<id>[^\s}]+)|\.(?P<name>[^\s}]+)|(?P<key>[\w-]+)=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"}]+)))'
)
_TRAILING = re.compile(r'\s*\{(?P<body>(?:[^{}"]|"[^"]*")*|[^{}]*)\}\s*$')


@dataclass(frozen=True, slots=True)
class Attributes:
    """What braces say: an identifier, classes, and key–value pairs in order of writing."""

    id: str = ''
    classes: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()

    def get(self, key: str, default: str = '') -> str:
        """Return the value of ``key``."""
        return dict(self.values).get(key, default)


def split_trailing(text: str) -> tuple[str, str]:
    """Return a title without its trailing braces, and what the braces hold (empty when there are none)."""
    match = _TRAILING.search(text)
    return (text[: match.start()], match['body']) if match else (text, '')


def parse_attributes(body: str, span: Span, report: Report) -> Attributes:
    """Return the attributes of ``body`` (without braces); what cannot be read is a finding and is left out."""
    identifier, classes, values, position = '', [], {}, 0
    while body[position:].strip():
        match = _ITEM.match(body, position)
        if match is None:
            rest = body[position:].strip()
            hint = "Écrivez {#identifiant .classe cle=\"valeur\"} ; un guillemet fermé pour chaque guillemet ouvert."
            report.add('lire.attribut', span, f"L'attribut « {rest} » ne se lit pas.", hint)
            break
        position = match.end()
        if match['id']:
            identifier = match['id']
        elif match['name']:
            classes.append(match['name'])
        else:
            values[match['key']] = match['quoted'] if match['quoted'] is not None else match['bare']
    return Attributes(check_id(identifier, span, report), tuple(classes), tuple(values.items()))


def check_id(identifier: str, span: Span, report: Report) -> str:
    """Return the identifier, or an empty string after a finding when its form is wrong."""
    if not identifier or ID.fullmatch(identifier):
        return identifier
    message = f"L'identifiant « {identifier} » n'a pas la bonne forme."
    report.add(
        'lire.identifiant', span, message, "Minuscules sans accent, chiffres, tirets simples ; une lettre au début."
    )
    return ''


def check_known(
    attributes: Attributes, span: Span, report: Report, *, classes: Iterable[str] = (), keys: Iterable[str] = ()
) -> None:
    """Report the classes and keys that mean nothing here."""
    allowed_classes, allowed_keys = tuple(classes), tuple(keys)
    for name in attributes.classes:
        if name not in allowed_classes:
            message = f"La classe « .{name} » n'existe pas ici."
            report.add('lire.attribut-inconnu', span, message, nearest(name, allowed_classes))
    for key, _ in attributes.values:
        if key not in allowed_keys:
            report.add(
                'lire.attribut-inconnu', span, f"L'attribut « {key} » n'existe pas ici.", nearest(key, allowed_keys)
            )
