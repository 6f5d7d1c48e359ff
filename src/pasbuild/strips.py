"""Figures without an axis to read: shares of a whole, key figures, the land trajectory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pasbuild.data import format_number
from pasbuild.drawing import FigureError
from pasbuild.figures import Chiffres, Parts, Trajectoire, TrancheTrace
from pasbuild.series import (
    NATURES,
    TO_SUPPLY,
    Plotted,
    tranche_period,
    value_text,
)
from pasbuild.sheet import (
    POINT,
    SMALL,
    Scale,
    Sheet,
    block_height,
    mix,
    spread,
    text_width,
    widest,
    wrap,
)
from pasbuild.typography import NBSP, typeset

# --- shares -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the band: share of the whole from 0 to 1, its text, name, value under it, colour (empty: unknown)."""

    part: float
    text: str
    name: str
    value: str
    colour: str


def draw_shares(sheet: Sheet, spec: Parts, plotted: Plotted) -> None:
    """Draw one band; each part carries its share, its name stands under it. What percentages leave out stays empty."""
    shares = _shares(sheet, spec, plotted)
    size = sheet.theme.polices.figure
    labels = [_share_label(sheet, share) for share in shares]
    widths = [max(widest(lines, size, 600), text_width(under, size)) + 3 for lines, under in labels]
    if sum(widths) > sheet.width:
        raise FigureError("Trop de parts pour une bande : leurs noms ne tiennent pas côte à côte.")
    rows = block_height(max(len(lines) + bool(under) for lines, under in labels), size)
    sheet.require(rows + 4.4 + 7)
    tall = min(20.0, sheet.height - rows - 4.4)
    bottom, edge, middles = sheet.height - tall, 0.0, []
    for share in shares:
        width = share.part * sheet.width
        _draw_share(sheet, share, edge, bottom, width, tall)
        middles.append(edge + width / 2)
        edge += width
    for place, middle, (lines, under) in zip(spread(middles, widths, 0.0, sheet.width), middles, labels, strict=True):
        muted = sheet.theme.couleurs.discret
        sheet.line((middle, middle, place), (bottom, bottom - 1.6, bottom - 3.4), muted, 0.5)
        sheet.text(place, bottom - 4, lines, weight=600, ha='center', va='top')
        if under:
            sheet.text(place, bottom - 4 - block_height(len(lines), size), under, ha='center', va='top')


def _shares(sheet: Sheet, spec: Parts, plotted: Plotted) -> list[Share]:
    series = plotted.series[0]
    rows = zip(plotted.labels, series.values, series.texts, strict=True)
    kept = [(label, value, text) for label, value, text in rows if value]
    if not kept or min(value for _, value, _ in kept) < 0:
        raise FigureError(f"« {spec.donnees} » a des valeurs nulles ou négatives : ce ne sont pas des parts.")
    total, percent = sum(value for _, value, _ in kept), series.unit == '%'
    if percent and total > 100.5:
        raise FigureError(f"Les parts de « {spec.donnees} » font {format_number(total, 1, '%')}.")
    whole, palette, shares = max(total, 100.0) if percent else total, sheet.colours(len(kept)), []
    for (label, value, text), colour in zip(kept, palette, strict=True):
        printed = text if percent else _percent(value / whole)
        shares.append(Share(value / whole, printed, label, '' if percent else f'{text}{NBSP}{series.unit}', colour))
    if whole - total > 0.5:
        shares.append(Share(1 - total / whole, _percent(1 - total / whole), "non détaillé", '', ''))
    return shares


def _percent(part: float) -> str:
    return format_number(part * 100, 1 if part < 0.1 else 0, '%')


def _share_size(sheet: Sheet, share: Share) -> float:
    """Return the size in points at which the share can be written on its part, 0 when it cannot."""
    room = share.part * sheet.width - 1.6
    return next((size for size in (15.0, 11.0, SMALL) if text_width(share.text, size, 600) < room), 0.0)


def _share_label(sheet: Sheet, share: Share) -> tuple[tuple[str, ...], str]:
    """Return the lines under a part: its name, then its value and the share that its part is too narrow to carry."""
    lines = wrap(share.name, max(20.0, share.part * sheet.width - 3), sheet.theme.polices.figure, 600)
    outside = '' if _share_size(sheet, share) else share.text
    return lines, " · ".join(text for text in (outside, share.value) if text)


def _draw_share(sheet: Sheet, share: Share, x: float, y: float, width: float, tall: float) -> None:
    couleurs, size = sheet.theme.couleurs, _share_size(sheet, share)
    if share.colour:
        sheet.box(x, y, max(width - 0.4, 0.3), tall, share.colour)
    else:
        sheet.box(x + 0.1, y + 0.1, width - 0.2, tall - 0.2, couleurs.papier, edgecolor=couleurs.filet, linewidth=0.7)
    if size:
        colour = sheet.on(share.colour) if share.colour else couleurs.discret
        sheet.text(x + width / 2, y + tall / 2, share.text, size=size, weight=600, ha='center', colour=colour)


# --- key figures ------------------------------------------------------------------------------------------------------


def draw_key_figures(sheet: Sheet, spec: Chiffres, values: Mapping[str, str]) -> None:
    """Draw the strip: large numbers, their units smaller, the words under them."""
    texts = [value_text(entry.valeur, values) for entry in spec.chiffres]
    cell, theme, pad = sheet.width / len(texts), sheet.theme, 3.6
    size = next(
        (
            size
            for size in (23.0, 20.0, 17.0, 14.0, 11.0)
            if max(_number_width(t, size) for t in texts) <= cell - pad - 1.5
        ),
        0,
    )
    if not size:
        raise FigureError("Trop de chiffres sur une ligne : les nombres ne tiennent pas côte à côte.")
    words = [wrap(typeset(entry.texte), cell - pad - 2, theme.polices.figure) for entry in spec.chiffres]
    tall = block_height(1, size) + 0.8 + block_height(max(map(len, words)), theme.polices.figure)
    sheet.require(tall + 2 * 2.6)
    sheet.box(0, 0, sheet.width, sheet.height, theme.couleurs.sable)
    top = sheet.height - (sheet.height - tall) / 2
    for index, (text, lines) in enumerate(zip(texts, words, strict=True)):
        x = index * cell
        sheet.line((x + 0.3, x + 0.3), (0, sheet.height), theme.palettes.categories[0], 1.7, solid_capstyle='butt')
        _draw_number(sheet, text, x + pad, top, size)
        sheet.text(x + pad, top - block_height(1, size) - 0.8, lines, va='top')


def _split_unit(text: str) -> tuple[str, str]:
    number, _, unit = text.partition(NBSP)
    return (number, unit) if number and number[-1].isdigit() else (text, '')


def _number_width(text: str, size: float) -> float:
    number, unit = _split_unit(text)
    return text_width(number, size, 300) + (text_width(unit, size * 0.5, 400) + 1.2 if unit else 0)


def _draw_number(sheet: Sheet, text: str, x: float, top: float, size: float) -> None:
    number, unit = _split_unit(text)
    colour = sheet.theme.palettes.categories[0]
    sheet.text(x, top, number, size=size, weight=300, colour=colour, va='top')
    # both stand on one baseline: capitals are 0.72 of the size high and centred in their line
    baseline = top - block_height(1, size) / 2 - 0.36 * size * POINT
    y = baseline + 0.36 * size * 0.5 * POINT
    if unit:
        sheet.text(x + text_width(number, size, 300) + 1.2, y, unit, size=size * 0.5, colour=colour)


# --- land trajectory --------------------------------------------------------------------------------------------------


def draw_trajectory(sheet: Sheet, spec: Trajectoire) -> None:
    """Draw one block for each tranche, as high as its yearly rate; a tranche without value is a hatched, empty slot."""
    size, tranches = sheet.theme.polices.figure, spec.tranches
    slots = _tranche_slots(sheet, tranches)
    words = [
        wrap(typeset(tranche.texte), width - 1.5, SMALL) if tranche.texte else ()
        for tranche, (_, width) in zip(tranches, slots, strict=True)
    ]
    under = block_height(1, size) + block_height(1 + max(map(len, words)), SMALL)
    bottom, top = under + 2.2, sheet.height - block_height(1, 11) - 1.5
    sheet.require(bottom + (sheet.height - top) + 18)
    known = [tranche.valeur for tranche in tranches if tranche.valeur is not None]
    y = Scale(0, max(known, default=1.0) or 1.0, bottom, top)
    for tranche, (x, width), lines in zip(tranches, slots, words, strict=True):
        _draw_tranche(sheet, spec, tranche, x, width, y)
        middle = x + width / 2
        sheet.text(middle, bottom - 1.2, tranche_period(tranche), weight=700, ha='center', va='top')
        nature = NATURES[tranche.nature]
        notes = (nature, *lines)
        sheet.text(
            middle,
            bottom - 1.2 - block_height(1, size),
            notes,
            size=SMALL,
            ha='center',
            va='top',
            colour=sheet.theme.couleurs.discret,
        )
    sheet.line((0, sheet.width), (bottom, bottom), sheet.theme.couleurs.discret, 0.8)


def _tranche_slots(sheet: Sheet, tranches: Sequence[TrancheTrace]) -> list[tuple[float, float]]:
    """Return left edge and width of each block: in proportion to the years when periods follow one another, else even."""
    ordered = all(one.fin < two.debut for one, two in pairwise(tranches))
    low, high = tranches[0].debut, tranches[-1].fin + 1
    edges = (
        [(t.debut - low, t.fin + 1 - low) for t in tranches] if ordered else [(i, i + 1) for i in range(len(tranches))]
    )
    scale = Scale(0, high - low if ordered else len(tranches), 0, sheet.width)
    return [(scale(first) + 0.9, scale(last) - scale(first) - 1.8) for first, last in edges]


def _draw_tranche(sheet: Sheet, spec: Trajectoire, tranche: TrancheTrace, x: float, width: float, y: Scale) -> None:
    theme, strong = sheet.theme, sheet.theme.palettes.categories[0]
    middle = x + width / 2
    if tranche.valeur is None:
        sheet.hatch(x, y.start, width, y.end - y.start, mix(theme.couleurs.filet, theme.couleurs.papier, 0.35))
        for side in (x, x + width):  # no top: an empty slot suggests no value
            sheet.line((side, side), (y.start, y.end), theme.couleurs.a_renseigner_trait, 0.8, linestyle=(0, (3, 2)))
        sheet.missing(middle, (y.start + y.end) / 2, TO_SUPPLY, theme.polices.figure)
        return
    height = y(tranche.valeur) - y.start
    if tranche.nature == 'prevu':
        sheet.box(
            x,
            y.start,
            width,
            height,
            theme.couleurs.sable,
            edgecolor=theme.couleurs.encre,
            linewidth=0.9,
            linestyle=(0, (4, 2.5)),
        )
    else:
        sheet.box(x, y.start, width, height, strong if tranche.nature == 'objectif' else theme.couleurs.discret)
    value = format_number(tranche.valeur)
    total = text_width(value, 11, 700) + 1 + text_width(spec.unite, SMALL)
    left = middle - total / 2
    sheet.text(left, y.start + height + 0.6, value, size=11, weight=700, va='bottom')
    sheet.text(
        left + text_width(value, 11, 700) + 1,
        y.start + height + 0.9,
        spec.unite,
        size=SMALL,
        va='bottom',
        colour=theme.couleurs.discret,
    )
