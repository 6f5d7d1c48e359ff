"""A transfer to anyone: a BagIt folder in a zip (RFC 8493), which any archivist can check without this program.

Why beside the SIP: it says nothing of what the files are, but every service can open it and verify it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import bagit

from pasbuild import __version__
from pasbuild.seda import Transfer, dated_zip


def write_bag(transfer: Transfer) -> bytes:
    """Return the bag, zipped under one folder named after the transfer. The same transfer gives the same bytes."""
    with tempfile.TemporaryDirectory(prefix='pasbuild-') as place:
        folder = Path(place)
        for piece in transfer.pieces:
            path = folder / piece.nom
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(piece.data)
        bagit.make_bag(place, _info(transfer), checksums=['sha512'], encoding='utf-8')
        files = sorted(path for path in folder.rglob('*') if path.is_file())
        members = [
            (f'{transfer.identifiant}/{path.relative_to(folder).as_posix()}', path.read_bytes()) for path in files
        ]
    return dated_zip(members, transfer.date)


def _info(transfer: Transfer) -> Mapping[str, str]:
    dossier = transfer.dossier
    return {
        'Source-Organization': dossier.maitre_ouvrage.nom,
        'External-Identifier': transfer.identifiant,
        'External-Description': f"{dossier.titre} du SCoT {dossier.scot}, {dossier.etat}, version {dossier.version}",
        'Bagging-Date': transfer.date.isoformat(),
        'Bag-Software-Agent': f'pasbuild {__version__}',
    }
