"""Inline Markdown → inline nodes of the document: text, emphasis, links, references, values, notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.tree import SyntaxTreeNode as Node

from pasbuild.diagnostics import Report, nearest
from pasbuild.model import (
    Break,
    Emph,
    Inline,
    Link,
    Missing,
    Note,
    Ref,
    Span,
    Strong,
    Sup,
    Text,
    Value,
    inlines,
    plain,
)
from pasbuild.typography import CONTROL, typeset

ROLES = ('val', 'a-renseigner')
_SCHEMES = ('https://', 'http://', 'mailto:')


@dataclass(slots=True)
class InlineReader:
    """Converts the inline content of one file. ``notes``: label → node of the footnote's text; None where no note may be."""

    file: str
    report: Report
    notes: dict[str, Node] | None
    used_notes: set[str] = field(default_factory=set)
    line: int = 0
    note_scope: str = ''
    note_count: int = 0

    def read(self, node: Node | None, line: int) -> tuple[Inline, ...]:
        """Return the inline nodes under ``node`` (an ``inline`` token), which starts at ``line``."""
        self.line = line
        return _joined(self._children(node)) if node is not None else ()

    def scope(self, identifier: str) -> None:
        """Tell which explicit id the notes to come belong to."""
        self.note_scope, self.note_count = identifier, 0

    def _span(self) -> Span:
        return Span(self.file, self.line)

    def _children(self, node: Node) -> Iterator[Inline]:
        for child in node.children:
            yield from self._node(child)

    def _node(self, node: Node) -> Iterator[Inline]:
        match node.type:
            case 'text':
                yield Text(typeset(CONTROL.sub('\ufffd', node.content)))
            case 'softbreak':
                self.line += 1
                yield Text(' ')
            case 'hardbreak':
                self.line += 1
                yield Break()
            case 'em':
                yield Emph(_joined(self._children(node)))
            case 'strong':
                yield Strong(_joined(self._children(node)))
            case 'sup':
                yield Sup(typeset(''.join(leaf.content for leaf in node.walk() if leaf.type == 'text')))
            case 'link':
                yield from self._link(node)
            case 'myst_role':
                yield from self._role(node)
            case 'footnote_ref':
                yield from self._note(node)
            case _:
                yield from self._refused(node)

    def _link(self, node: Node) -> Iterator[Inline]:
        href, span = str(node.attrs.get('href', '')), self._span()
        children = _joined(self._children(node))
        if href.startswith('#'):
            self._check_words(children)
            yield Ref(href[1:], plain(children), span)
        elif not href.lower().startswith(_SCHEMES):
            hint = "Liens acceptés : « #identifiant » dans le document, « https://… » ou « mailto:… » ailleurs."
            self.report.add('securite.lien', span, f"Le lien vers « {href} » est refusé.", hint)
        elif not children:
            hint = "Écrivez entre crochets ce que le lecteur trouvera."
            self.report.add('ref.vide', span, f"Le lien vers « {href} » n'a pas de texte.", hint)
        else:
            yield Link(href, children)

    def _check_words(self, children: tuple[Inline, ...]) -> None:
        if any(isinstance(child, Value | Missing | Note) for child in inlines(children)):
            message = "Le texte d'un renvoi ne contient ni valeur, ni note, ni « à renseigner »."
            self.report.add('lire.syntaxe', self._span(), message, "Écrivez-les à côté du renvoi.")

    def _role(self, node: Node) -> Iterator[Inline]:
        name, content, span = str(node.meta['name']), node.content.strip(), self._span()
        if name not in ROLES:
            self.report.add('lire.role-inconnu', span, f"Le rôle « {{{name}}} » n'existe pas.", nearest(name, ROLES))
        elif name == 'val':
            yield Value(content, span)
        else:
            yield Missing(typeset(content), span)

    def _note(self, node: Node) -> Iterator[Inline]:
        label, span = str(node.meta['label']), self._span()
        if self.notes is None:
            hint = "Appelez-la dans le texte qui suit."
            self.report.add('lire.note', span, "Un titre ou une légende n'appelle pas de note.", hint)
            return
        body = self.notes.get(label)
        if body is None:
            hint = nearest(label, self.notes) or f"Écrivez plus bas « [^{label}]: texte de la note »."
            self.report.add('ref.note-absente', span, f"La note « {label} » n'a pas de texte.", hint)
            return
        if label in self.used_notes:
            hint = "Une note s'appelle une seule fois : donnez une autre étiquette."
            self.report.add('ref.note-double', span, f"La note « {label} » est appelée deux fois.", hint)
            return
        self.used_notes.add(label)
        self.note_count += 1
        identifier = f'{self.note_scope}.n{self.note_count}'
        paragraphs = [child for child in body.children if child.type == 'paragraph']
        if len(paragraphs) != len(body.children) or len(paragraphs) != 1:
            hint = "Gardez une phrase ou deux ; une liste ou un tableau va dans le texte."
            self.report.add('lire.note', Span(self.file, _line(body)), "Une note tient en un paragraphe.", hint)
        here = self.line
        children = self.read(paragraphs[0].children[0], _line(paragraphs[0])) if paragraphs else ()
        self.line = here
        yield Note(identifier, span, children)

    def _refused(self, node: Node) -> Iterator[Inline]:
        span = self._span()
        match node.type:
            case 'html_inline':
                message = f"Le HTML (« {node.content[:40]} ») n'est pas accepté."
                self.report.add('lire.html', span, message, "Utilisez la syntaxe du guide de rédaction.")
            case 'image':
                hint = "Une figure s'écrit seule sur sa ligne : ![](figure:mon-identifiant)."
                self.report.add('lire.image', span, "Une image ne se place pas dans une phrase.", hint)
            case 'code_inline':
                hint = "Des accents graves sans rôle ? Écrivez {val}`table.ligne` ou {a-renseigner}`…`."
                self.report.add('lire.code', span, f"« `{node.content}` » n'est pas du texte.", hint)
            case _:
                self.report.add('lire.syntaxe', span, f"Cette syntaxe ({node.type}) n'est pas comprise.")
        yield from ()


def _line(node: Node) -> int:
    return node.map[0] + 1 if node.map else 0


def _joined(nodes: Iterator[Inline]) -> tuple[Inline, ...]:
    """Merge neighbouring texts, so that one sentence is one node, and typeset across the seams."""
    result: list[Inline] = []
    for node in nodes:
        last = result[-1] if result else None
        if isinstance(node, Text) and isinstance(last, Text):
            result[-1] = Text(typeset(last.text + node.text))
        else:
            result.append(node)
    return tuple(result)
