"""Attached documents: what kind a file is, and its text and tables as blocks. The bytes decide, servers lie."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO

from pipelines.records import Table
from pipelines.render import Block

MAX_SIZE = 64 << 20  # bytes of a file, and of what is unpacked from it

_MAGIC = (
    (b"%PDF-", "pdf"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"{\\rtf", "rtf"),
    (b"Rar!\x1a", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f-\x9f]")
_LIBRARIES = ("olefile", "pdfplumber", "pypdfium2", "python-calamine")
_PICTURES = frozenset(("png", "jpeg", "gif", "tiff"))
# members that only this kind of package has, in the order they are looked for
_MEMBERS = (
    ("word/", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("xl/", "xlsb"),
    ("ppt/", "pptx"),
    ("ofd.xml", "ofd"),
    ("meta-inf/manifest.xml", "odf"),
)
# names of streams as an OLE directory spells them; WPS writes .wps and .et with the names of Word and Excel
_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("PowerPoint Document", "ppt"),
)


class Unreadable(Exception):  # noqa: N818  # an outcome with a name, not a fault of ours
    """A reader of one kind says why it could not read a file: `code` is one of those `Document.problem` names."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Document:
    """A file as a page: paragraphs and tables in reading order.

    `problem` is a code and a message: `needs_ocr` (pages that are pictures), `needs_extra` (the library is not
    installed), `encrypted`, `damaged`, `unsupported`, `too_large`. Blocks beside a problem are what could be read all
    the same: a document of which only some pages are scans, or that goes on past the limits.
    """

    kind: str
    blocks: tuple[Block, ...] = ()
    pages: int | None = None
    problem: tuple[str, str] | None = None


def libraries() -> str:
    """Which libraries of the extra `docs` read, as a part of the recipe: with another one a file may say more."""
    found = []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(name)
    return sha256("\n".join(found).encode()).hexdigest()[:8]


def kind_of(body: bytes) -> str | None:
    """The kind of file by its first bytes and its members, None for what may be a page of text."""
    head = body[:1024].lstrip(b"\xef\xbb\xbf\0 \t\r\n")  # some servers put a blank line before a PDF
    for magic, kind in _MAGIC:
        if body.startswith(magic) or (kind == "pdf" and head.startswith(magic)):
            return _kind_of_zip(body) if kind == "zip" else _kind_of_ole(body) if kind == "ole" else kind
    return None


def _kind_of_zip(body: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError):
        # the list of members stands at the end and is cut off: the first ones still show their names
        names = [
            name.decode("latin-1").lower()
            for name in re.findall(rb"PK\x03\x04.{26}([\w./\[\]-]{1,60})", body, re.DOTALL)
        ]
    for member, kind in _MEMBERS:
        if any(name.startswith(member) for name in names):
            return kind
    return "zip"


def _kind_of_ole(body: bytes) -> str:
    for stream, kind in _STREAMS:
        if f"{stream}\0".encode("utf-16-le") in body:
            return kind
    return "xls" if "Book\0".encode("utf-16-le") in body else "ole"


def read(body: bytes) -> Document:
    """The document in these bytes; what cannot be read is a problem with its name.

    Nothing is raised but for the lack of memory, which is the reading process's and not the file's.
    """
    kind = kind_of(body) or "text"
    if len(body) > MAX_SIZE:
        return Document(kind, problem=("too_large", f"{len(body):,} bytes, more than the {MAX_SIZE:,} that are read"))
    if kind == "encrypted":
        return Document(kind, problem=("encrypted", "an Office document that asks for a password"))
    if kind in _PICTURES:
        return Document(kind, pages=1, problem=("needs_ocr", f"a picture ({kind}): its words have to be recognised"))
    try:
        return _printable(_reader(kind)(body))
    except Unreadable as why:
        return Document(kind, problem=(why.code, why.message))
    except ImportError as error:
        return Document(kind, problem=("needs_extra", f"{error.name} reads {kind} files: pip install 'gongkai[docs]'"))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a library makes of hostile bytes is a fact about the file
        return Document(kind, problem=("damaged", f"{kind}: {type(error).__name__}: {str(error)[:200]}"))


def _printable(document: Document) -> Document:
    """The document without control characters: what is read of it is shown on terminals."""
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Table):
            rows = tuple(tuple(_CONTROL.sub("", cell) for cell in row) for row in block.rows)
            blocks.append(replace(block, rows=rows))
        elif words := _CONTROL.sub("", block.text):
            blocks.append(replace(block, text=words))
    return replace(document, blocks=tuple(blocks))


def _reader(kind: str) -> Callable[[bytes], Document]:
    """The reader of a kind; imported here, since its library comes with the extra `docs`."""
    if kind == "pdf":
        from pipelines.documents.pdf import read_pdf as reader  # noqa: PLC0415  # see above
    elif kind == "docx":
        from pipelines.documents.docx import read_docx as reader  # noqa: PLC0415  # see above
    elif kind == "doc":
        from pipelines.documents.doc import read_doc as reader  # noqa: PLC0415  # see above
    elif kind == "rtf":
        from pipelines.documents.rtf import read_rtf as reader  # noqa: PLC0415  # see above
    elif kind in ("xlsx", "xls"):
        from pipelines.documents.sheets import read_sheets as reader  # noqa: PLC0415  # see above
    else:
        raise Unreadable("unsupported", f"no reader for files of the kind {kind}")
    return reader
