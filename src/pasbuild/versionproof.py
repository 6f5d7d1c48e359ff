"""Proving a store: files read back, inventories held together, then what the time stamps contradict."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.ocfl import INVENTORY, Stored, StoreError, read_store
from pasbuild.ocflproof import Examined, add, check_store
from pasbuild.versions import STAMPS

if TYPE_CHECKING:
    from pasbuild.seals import Anchors, Stamp


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verification saw: how much was read back, and the time stamp of each version (None: it has none)."""

    examined: Examined
    stamps: Mapping[str, Stamp | None]


def verify(store: Path, report: Report, anchors: Anchors | None = None) -> Proof:
    """Report what is wrong in a store: damage and loss, then what the time stamps contradict.

    ``anchors``: whom to believe for time stamps; without them their authority is not judged.
    """
    examined = check_store(store, report)
    try:
        stored = read_store(store)
    except (StoreError, OSError):
        stored = None
    if stored is None:
        return Proof(examined, {})
    stamps = {version.name: _judge(store, stored, version.name, report, anchors) for version in stored.versions}
    for path in sorted((store / STAMPS).glob('*')):
        if path.suffix != '.tsr' or path.stem not in stamps:
            message = f"{path.stem} a été horodatée et n'est plus dans le magasin : elle en a été retirée."
            add(report, 'version.horodatage', f'{STAMPS}/{path.name}', message)
    return Proof(examined, stamps)


def _judge(store: Path, stored: Stored, name: str, report: Report, anchors: Anchors | None) -> Stamp | None:
    path, inventory = store / STAMPS / f'{name}.tsr', stored.folder / name / INVENTORY
    place = f'{STAMPS}/{path.name}'
    if not path.is_file() or path.is_symlink() or not inventory.is_file():
        return None
    if importlib.util.find_spec('pyhanko') is None:
        hint = "pip install 'pasbuild[sign]'"
        report.warn('version.confiance', Span(place), f"L'horodatage de {name} n'a pas pu être jugé.", hint)
        return None
    from pasbuild.seals import NOBODY, read_stamp

    stamp = read_stamp(path.read_bytes(), inventory.read_bytes(), anchors or NOBODY)
    if not stamp.intact:
        message = f"L'inventaire de {name} n'est pas celui qui a été horodaté, ou le jeton est abîmé."
        add(report, 'version.horodatage', place, message)
    elif anchors is not None and not stamp.trusted:
        add(report, 'version.confiance', place, f"L'horodatage de {name} est sans confiance : {stamp.why}.")
    return stamp
