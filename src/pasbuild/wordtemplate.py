"""The template of the Word file: every style, shown on a line that says what it is for, for staff to restyle.

Why a Word file: those who decide on looks know Word, not ``theme.toml``. They change the styles there and put the file in
``templates/template.docx``; ``wordlook`` takes styles and margins back from it. Each sample carries a hidden bookmark: the
role is found again even when an office suite renames the style.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pasbuild import wordml
from pasbuild.cover import cover_png
from pasbuild.docx import Writer
from pasbuild.model import Document
from pasbuild.typography import NBSP, typeset
from pasbuild.wordpackage import Additions, Content, assemble
from pasbuild.wordroles import GROUPS, SHOWN, WORDS, page_id, role, role_id, role_mark
from pasbuild.wordstyles import accented
from pasbuild.wordtext import Marks, Prose, find_targets

if TYPE_CHECKING:
    from pasbuild.project import Dossier
    from pasbuild.theme import Theme
    from pasbuild.wordlook import Look

PATH = 'templates/template.docx'
_ADVICE = (
    (
        "Changez les styles, pas les lignes.",
        "Dans Word : clic droit sur le style, « Modifier ». Dans LibreOffice : F11.",
    ),
    ("Une ligne mise en forme à la main ne change rien", "au document fabriqué : seul compte le style."),
    ("Les marges se règlent page par page :", "couverture, ouverture, page courante, page en largeur."),
    ("Gardez les noms des styles et les lignes d'exemple,", "qui disent à quoi sert chaque style."),
    ("Enregistrez au format Word (.docx), sans macros,", f"sous le nom {PATH}, puis lancez pasbuild build."),
)


def write_template(dossier: Dossier, theme: Theme, look: Look | None = None) -> bytes:
    """Return the template, from the theme; with ``look``, from the template in use, completed."""
    writer = _Writer(dossier, theme, {}, {}, {}, Prose(find_targets(Document(())), Marks()), accented(theme), look=look)
    writer.cover()
    writer.opener()
    writer.pages_of_text()
    writer.wide_page()
    content = writer.content()
    return assemble(replace(content, used=SHOWN), dossier, theme, Additions(trimmed=True), look)


class _Writer(Writer):
    """Writes samples instead of a document."""

    def cover(self) -> None:
        """The cover, on its own page."""
        self._paint(cover_png(self.theme))
        self._here('couverture')
        self._samples('couverture')
        self._end_section('couverture')

    def opener(self) -> None:
        """The opening of a grande dynamique, in ink then in each accent."""
        for accent in range(len(self.theme.accents) + 1):
            self.accent = accent
            self._paint(wordml.solid_png(self.theme.accent(accent).fort))
            if not accent:
                self._here('ouverture')
            self._samples('ouverture')
            self._end_section('ouverture')
        self.accent = 0

    def pages_of_text(self) -> None:
        """How to use the file, then all that stands on an ordinary page."""
        self._here('portrait')
        self._paragraph('TOCHeading', self._phrase("Le gabarit du document Word"))
        self.lists.append((False, 0, 1))
        for strong, said in _ADVICE:
            self._paragraph('ListNumber', self._phrase(strong, strong=True) + self._phrase(f' {said}'), number=100)
        for group in ('titres', 'texte'):
            self._samples(group)
        self._words()
        for accent in range(1, len(self.theme.accents) + 1):
            self.accent = accent
            for key in (
                'PASAxe',
                'PASObjectif',
                'PASChapeau',
                'PASChiffreCle',
                'PASConstatTitre',
                'PASConstat',
                'PASConstatPuce',
            ):
                self._sample(key)
        self.accent = 0
        self._samples('figures')
        self._table_sample()
        self._samples('listes')
        self._samples('pages')
        self._end_section('portrait')

    def wide_page(self) -> None:
        """A page turned."""
        self._here('paysage')
        self._paragraph('BodyText', self._phrase("Page en largeur, pour une carte ou un grand tableau."))
        self._end_section('paysage')

    def content(self) -> Content:
        """Return all that was written."""
        self._end_section('paysage')
        return super().content()

    def _here(self, layout: str) -> None:
        self.prose.marks.pending.append(page_id(layout))

    def _phrase(self, text: str, *, strong: bool = False) -> str:
        return self.prose.text(typeset(text), weight='fort' if strong else 'normal')

    def _samples(self, group: str) -> None:
        for key in GROUPS[group]:
            self._sample(key)

    def _sample(self, key: str) -> None:
        """Write the line of a style; its list level comes from the style, except for a numbered list."""
        number = level = 0
        if key.startswith('ListNumber'):
            level = max(int(key[-1]) - 1, 0) if key[-1].isdigit() else 0
            self.lists.append((False, level, 1))
            number = 99 + len(self.lists)
        styled = self._styled(key)
        self._paragraph(key, self._phrase(role(styled)), role_id(styled), number, level)

    def _words(self) -> None:
        """One line for the styles of words."""
        content = self._phrase("Dans une phrase : ")
        for key, said in WORDS.items():
            run = wordml.run(typeset(said), key)
            content += wordml.marked(self.prose.marks.next(), role_mark(key), run) + self._phrase(', ')
        self._paragraph('BodyText', content + self._phrase(f"texte courant{NBSP}."))

    def _table_sample(self) -> None:
        """A table, for the rules between its lines."""
        header = wordml.row(
            ''.join(
                wordml.cell(wordml.paragraph('PASEnTete', self._phrase(text)), 3000) for text in ("Commune", "Objet")
            ),
            header=True,
        )
        lines = ''.join(
            wordml.row(''.join(wordml.cell(wordml.paragraph(style, self._phrase(text)), 3000) for text in cells))
            for style, cells in (('PASCellule', ("Exemple", "texte")), ('PASTotal', ("Ensemble", "total")))
        )
        self.out.append(
            wordml.table(header + lines, (3000, 3000), "Exemple", "Exemple de tableau", total=True, row_headers=True)
        )
