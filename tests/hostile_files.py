"""Files a stranger may send as a returned DOCX, by the code that refuses them. Made when needed: none is kept."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable

from word_sample import sample_bytes

DOCUMENT = 'word/document.xml'
TYPES = '[Content_Types].xml'
RELATIONS = 'word/_rels/document.xml.rels'


def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(sample_bytes())) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, 'w', method) as package:
        warnings.simplefilter('ignore')  # names twice are the point
        for name, content in members:
            package.writestr(name, content)
    return out.getvalue()


def with_parts(more: dict[str, bytes]) -> bytes:
    return packed([*{**parts(), **more}.items()])


def changed(name: str, old: str, new: str) -> bytes:
    text = parts()[name].decode()
    assert old in text
    return with_parts({name: text.replace(old, new, 1).encode()})


def stored(xml: str) -> bytes:
    """A document whose archive is not compressed: only its content tells."""
    return packed([*{**parts(), DOCUMENT: xml.encode()}.items()], zipfile.ZIP_STORED)


def body(xml: str, before: str = '') -> bytes:
    root = f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{xml}</w:body>'
    return with_parts({DOCUMENT: f'<?xml version="1.0"?>{before}{root}</w:document>'.encode()})


CROSSED = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:sdt></w:p>'
)
"""A control that ends outside its paragraph: such files are read without their controls."""


def encrypted() -> bytes:
    data = bytearray(sample_bytes())
    at = data.rfind(b'PK\x01\x02')
    data[at + 8] |= 1
    return bytes(data)


def lying() -> bytes:
    """A document much longer than the archive says."""
    data = bytearray(body(f'<w:p>{"<w:r/>" * 100_000}</w:p>'))
    at = data.find(DOCUMENT.encode(), data.find(b'PK\x01\x02')) - 46
    data[at + 24 : at + 28] = (5000).to_bytes(4, 'little')
    return bytes(data)


def relation(kind: str) -> bytes:
    link = f'<Relationship Id="x1" Type="http://x/relationships/{kind}" Target="http://example.org/x" TargetMode="External"/>'
    return changed(RELATIONS, '</Relationships>', f'{link}</Relationships>')


BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + ''.join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip('abcdefgh', 'bcdefghi', strict=True)
) + ']>'  # fmt: skip
LEGACY = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + b'\0' * 2000

HOSTILE: dict[str, Callable[[], bytes]] = {
    'revue.archive': lambda: sample_bytes()[:20_000],
    'revue.archive--vide': lambda: b'',
    'revue.archive--double': lambda: packed([*parts().items(), (DOCUMENT, b'<x/>')]),
    'revue.archive--casse': lambda: packed([*parts().items(), ('WORD/document.xml', b'<x/>')]),
    'revue.archive--sortie': lambda: with_parts({'../../etc/cron': b'x'}),
    'revue.archive--absolu': lambda: with_parts({'/etc/cron': b'x'}),
    'revue.archive--menteur': lying,
    'revue.format--texte': lambda: b'Bonjour',
    'revue.format': lambda: packed(
        [('mimetype', b'application/vnd.oasis.opendocument.text'), ('content.xml', b'<x/>')]
    ),
    'revue.format--doc': LEGACY.__bytes__,
    'revue.format--pdf': lambda: b'%PDF-1.7\n',
    'revue.format--rtf': lambda: b'{\\rtf1 }',
    'revue.format--xlsx': lambda: packed([(TYPES, b'<Types/>'), ('xl/workbook.xml', b'<x/>')]),
    'revue.format--zip': lambda: packed([('photo.jpg', b'x')]),
    'revue.format--sans-texte': lambda: packed([(n, c) for n, c in parts().items() if n != DOCUMENT]),
    'revue.lien-externe': lambda: relation('attachedTemplate'),
    'revue.lien-externe--image': lambda: relation('image'),
    'revue.macro': lambda: with_parts({'word/vbaProject.bin': b'x'}),
    'revue.macro--type': lambda: changed(
        TYPES, 'wordprocessingml.document.main+xml', 'word.document.macroEnabled.main+xml'
    ),
    'revue.objet': lambda: with_parts({'word/embeddings/oleObject1.bin': b'x'}),
    'revue.protege': encrypted,
    'revue.protege--office': lambda: LEGACY + 'EncryptedPackage'.encode('utf-16-le'),
    'revue.taille': lambda: with_parts({'word/media/a.bin': b'\0' * (40 << 20)}),
    'revue.taille--parties': lambda: with_parts({f'word/media/{n}.png': b'' for n in range(5001)}),
    'revue.taille--balises': lambda: stored('<x a="b"/>' * 800_000),
    'revue.taille--texte': lambda: stored('x' * (33 << 20)),
    'revue.xml': lambda: body('<w:p>&c;</w:p>', '<!DOCTYPE w [<!ENTITY c SYSTEM "file:///etc/passwd">]>'),
    'revue.xml--bombe': lambda: body('<w:p>&i;</w:p>', BOMB),
    'revue.xml--profond': lambda: body('<w:sdt>' * 60_000 + '</w:sdt>' * 60_000),
    'revue.xml--verrous': lambda: stored(CROSSED + '<w:sdtPr>' * 300_000),
    'revue.xml--coupe': lambda: body('<w:p>'),
    'revue.xml--utf16': lambda: with_parts({DOCUMENT: '<?xml version="1.0" encoding="utf-16"?><x/>'.encode('utf-16')}),
}
