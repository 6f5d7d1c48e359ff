"""A page made for a browser, as a tagged PDF: the same words, the same writer as the document (``pdf.py``).

Why not the browser: the PDF must be the same bytes on every machine, tagged, with the pinned fonts.
"""

from __future__ import annotations

from pasbuild.diagnostics import PasbuildError, Report, render
from pasbuild.project import Dossier


def print_page(page: bytes, dossier: Dossier) -> bytes:
    """Return a page as a PDF, dated as the dossier. Raises PasbuildError when the engine refuses something of it."""
    from pasbuild.chapters import listening
    from pasbuild.merge import merge
    from pasbuild.pdf import write_pdf

    report = Report()
    with listening(report):
        laid_out = write_pdf(page.decode(), '', {}, day=dossier.date)
    if report.failed():
        raise PasbuildError(render(report, 'text'))
    return merge([(laid_out.data, False)])[0]  # the whole file gets its identifier there
