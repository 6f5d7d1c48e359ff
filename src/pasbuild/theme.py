"""The theme: colours, type and page of ``theme.toml``, one source for CSS, Word styles and matplotlib."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pasbuild.diagnostics import Report
from pasbuild.generated import DEFAULTS
from pasbuild.model import Span
from pasbuild.project import Folder

Colour = Annotated[str, Field(pattern=r'^#[0-9A-Fa-f]{6}$')]


SHADE = 0.74
"""What is left of a colour in the shade. A judgement: the ridge must show in grey print too."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class Couleurs(_Strict):
    """Colours by role."""

    encre: Colour
    discret: Colour
    filet: Colour
    sable: Colour
    papier: Colour
    a_renseigner: Colour
    a_renseigner_trait: Colour
    voisins: Colour
    voisins_trait: Colour


class Accent(_Strict):
    """Colour of one grande dynamique: strong on white paper, tint behind text."""

    fort: Colour
    clair: Colour

    @property
    def ombre(self) -> str:
        """Return the strong colour in the shade: the dark face of a slag heap on the cover."""
        return '#' + ''.join(f'{round(SHADE * int(self.fort[start : start + 2], 16)):02X}' for start in (1, 3, 5))


class Palettes(_Strict):
    """Colours of the figures: safe for colour-blind readers, ordered in lightness."""

    categories: tuple[Colour, ...]
    divergente: tuple[Colour, ...]
    sequentielle: tuple[Colour, ...]


class Polices(_Strict):
    """Font families, and sizes in points."""

    texte: str
    titre: str
    corps: float
    interligne: float
    figure: float


class Page(_Strict):
    """Page set-up in millimetres. ``marge_active``: the part of the left margin that holds margin notes."""

    largeur: float
    hauteur: float
    haut: float
    bas: float
    exterieur: float
    gauche: float
    marge_active: float

    @property
    def colonne(self) -> float:
        """Width of the text column, in millimetres."""
        return self.largeur - self.gauche - self.exterieur


class Theme(_Strict):
    """The whole theme."""

    couleurs: Couleurs
    accents: tuple[Accent, ...] = Field(min_length=1)
    palettes: Palettes
    polices: Polices
    page: Page

    def accent(self, number: int) -> Accent:
        """Return the accent of grande dynamique ``number`` (1, 2, 3…); 0 is ink on sand. Accents repeat after the last."""
        if not number:
            return Accent(fort=self.couleurs.encre, clair=self.couleurs.sable)
        return self.accents[(number - 1) % len(self.accents)]


def find_theme(folder: Folder, report: Report) -> Theme | None:
    """Read the dossier's ``templates/theme.toml``, or the default one."""
    own = folder.root / 'templates' / 'theme.toml'
    return read_theme(own if own.is_file() else DEFAULTS / 'theme.toml', report)


def read_theme(path: Path, report: Report) -> Theme | None:
    """Read a theme file; None after a finding when it cannot be used."""
    name = f'templates/{path.name}'
    try:
        return Theme.model_validate(tomllib.loads(path.read_text(encoding='utf-8')))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r'at line (\d+)', str(error))
        span = Span(name, int(line[1]) if line else 0)
        report.add(
            'lire.toml', span, "Le thème ne se lit pas : une ligne n'est pas du TOML.", "Comparez avec le thème fourni."
        )
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            key = '.'.join(str(step) for step in detail['loc'])
            hint = "Couleurs en #RRGGBB, longueurs en millimètres ; comparez avec le thème fourni."
            report.add('lire.theme', Span(name), f"« {key} » ne convient pas ou manque.", hint)
    return None
