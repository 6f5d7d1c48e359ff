"""Two versions of the smallest dossier: the second changes a little of everything. All of it is invented."""

from __future__ import annotations

from pathlib import Path

CHANGES = (
    ('content/10-contexte.md', "n'est vrai.", "n'est pourtant vrai."),
    ('content/10-contexte.md', 'les espaces bâtis, qui comprennent', 'les espaces bâtis, dont'),
    ('content/10-contexte.md', '     - artisanales\n', ''),
    ('content/10-contexte.md', "Population municipale, au sens de l'Insee", "Population totale, au sens de l'Insee"),
    ('content/10-contexte.md', 'Les services se tiennent au bourg.', '**Tous** les services se tiennent au bourg.'),
    ('content/20-vallee.md', "Accueillir dans le bâti existant", "Accueillir d'abord dans le bâti existant"),
    ('content/20-vallee.md', "1. D'abord", "1. Un point neuf.\n2. D'abord"),
    ('content/20-vallee.md', '| Programme | 2030 | n. d. |', '| Programme | 2031 | n. d. |\n| Bilan | 2036 | n. d. |'),
    ('content/20-vallee.md', ' L141-3/transition-climatique', ''),
    ('content/20-vallee.md', 'Voir le [](#tab-etapes).', 'Voir - plus bas - le [](#tab-etapes).'),
    ('content/20-vallee.md', '## Ménager', '### Un objectif neuf {#obj-neuf .objectif}\n\nIl est neuf[^neuf].\n\n[^neuf]: Note.\n\n## Ménager'),
    ('content/30-methode.md', '| n. d. | non disponible |', '| n. d. | non donné |'),
    ('content/dossier.yaml', 'version: "0.1"', 'version: "0.2"'),
)  # fmt: skip


def change(root: Path) -> None:
    """Turn a copy of mini into its second version."""
    for name, old, new in CHANGES:
        path = root / name
        text = path.read_text(encoding='utf-8')
        assert old in text, (name, old)
        path.write_text(text.replace(old, new, 1), encoding='utf-8')
