"""Click's own words in French.

Why so: Click asks gettext for its messages and ships no translation. A compiled catalogue would be a binary file in the
sources and would depend on the user's locale; this table depends on nothing. A message not listed stays in English.
"""

from __future__ import annotations

import importlib
from types import ModuleType

_MESSAGES = {
    "Usage:": "Usage :",
    "Options": "Options",
    "Commands": "Commandes",
    "Positional arguments": "Arguments",
    "Show this message and exit.": "Afficher cette aide.",
    "default: {default}": "par défaut : {default}",
    "Error: {message}": "erreur : {message}",
    "Try '{command} {option}' for help.": "Aide : {command} {option}",
    "No such option {name!r}.": "L'option « {name} » n'existe pas.",
    "No such command {name!r}.": "La commande « {name} » n'existe pas.",
    "Missing command.": "Il manque une commande.",
    "Missing argument": "Il manque l'argument",
    "Missing option": "Il manque l'option",
    "Missing parameter": "Il manque le paramètre",
    "Missing {param_type}": "Il manque : {param_type}",
    "Invalid value: {message}": "valeur refusée : {message}",
    "Invalid value for {param_hint}: {message}": "valeur refusée pour {param_hint} : {message}",
    "Choose from:\n\t{choices}": "Choix :\n\t{choices}",
    "{value!r} is not {choice}.": "« {value} » n'est pas {choice}.",
    "{value!r} is not one of {choices}.": "« {value} » n'est pas dans : {choices}.",
    "{value!r} is not a valid {number_type}.": "« {value} » n'est pas un nombre entier.",
    "{value} is not in the range {range}.": "{value} est hors des bornes {range}.",
    "{name} {filename!r} does not exist.": "« {filename} » n'existe pas.",
    "{name} {filename!r} is a file.": "« {filename} » est un fichier, pas un dossier.",
    "{name} {filename!r} is a directory.": "« {filename} » est un dossier, pas un fichier.",
    "{name} {filename!r} is not readable.": "« {filename} » ne peut pas être lu.",
    "{name} {filename!r} is not writable.": "« {filename} » ne peut pas être écrit.",
    "Option {name!r} does not take a value.": "L'option « {name} » n'attend pas de valeur.",
    "Option {name!r} requires an argument.": "L'option « {name} » attend une valeur.",
    "Option {name!r} requires {nargs} arguments.": "L'option « {name} » attend {nargs} valeurs.",
    "Got unexpected extra argument ({args})": "Argument en trop ({args}).",
    "Got unexpected extra arguments ({args})": "Arguments en trop ({args}).",
    "Did you mean {possibility}?": "Vouliez-vous dire {possibility} ?",
    "(Did you mean one of: {possibilities}?)": "Vouliez-vous dire : {possibilities} ?",
    "Aborted!": "Interrompu.",
}


def speak_french() -> None:
    """Give Click's modules this table as their gettext."""
    for name in ('core', 'decorators', 'exceptions', 'formatting', 'parser', 'types'):
        module: ModuleType = importlib.import_module(f'click.{name}')
        for function, replacement in (('_', _translate), ('ngettext', _translate_plural)):
            if hasattr(module, function):
                setattr(module, function, replacement)


def _translate(message: str) -> str:
    return _MESSAGES.get(message, message)


def _translate_plural(singular: str, plural: str, number: int) -> str:
    return _translate(singular if number < 2 else plural)
