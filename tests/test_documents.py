"""Attached documents are read as pages: paragraphs and tables in order, or a problem with its name."""

import bisect
import functools
import io
import itertools
import json
import math
import re
import struct
import sys
import zipfile
import zlib
from datetime import UTC, datetime
from typing import NamedTuple

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import RECIPE, derive, render
from pipelines.documents import MAX_SIZE, Document, kind_of, libraries, read
from pipelines.documents.content import link_title
from pipelines.documents.numbering import chinese
from pipelines.pool import Pool
from pipelines.records import Capture, Span, Table
from pipelines.render import Paragraph
from tests.conftest import SHARED

# ---------------------------------------------------------------- files made by hand


def text(x, y, words, size=16, turn=0.0):
    """Words whose line stands `y` points under the page's top."""
    cos, sin = math.cos(turn), math.sin(turn)
    return (
        f"BT /F1 {size} Tf {cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {x} {842 - y} Tm "
        f"<{words.encode('utf-16-be').hex()}> Tj ET"
    )


def line(x0, y0, x1, y1):
    return f"{x0} {842 - y0} m {x1} {842 - y1} l S"


def bar(x0, y0, x1, y1):
    """A thin filled box, as WPS draws a border."""
    return f"{x0} {842 - y1} {x1 - x0} {y1 - y0} re f"


def named(pages):
    """A font that the file only names, as some office programs write it: codes are UTF-16. Objects 4 to 6."""
    return pages, [
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R] >>",
        (
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500 814 [500]] "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 6 0 R >>"
        ),
        (
            "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 -120 1000 880] /ItalicAngle 0 "
            "/Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>"
        ),
    ]


def embedded(pages):
    """A font in the file with shapes and codes of its own: every character is a box. Objects 4 to 7."""
    written = re.compile(r"<([0-9a-f]+)> Tj")
    words = (bytes.fromhex(code).decode("utf-16-be") for page in pages for one in page for code in written.findall(one))
    chars = sorted(set("".join(words)))
    codes = {char: f"{code:02x}" for code, char in enumerate(chars, 1)}

    def coded(found):
        return f"<{''.join(codes[char] for char in bytes.fromhex(found[1]).decode('utf-16-be'))}> Tj"

    names = " ".join("/half" if char.isascii() else "/full" for char in chars)
    widths = " ".join("500" if char.isascii() else "1000" for char in chars)
    pairs = " ".join(f"<{code}> <{char.encode('utf-16-be').hex()}>" for char, code in codes.items())
    cmap = f"1 begincodespacerange <00> <ff> endcodespacerange {len(chars)} beginbfchar {pairs} endbfchar"
    return [[written.sub(coded, one) for one in page] for page in pages], [
        (
            "<< /Type /Font /Subtype /Type3 /FontBBox [0 -120 1000 880] /FontMatrix [.001 0 0 .001 0 0] "
            f"/CharProcs << /half 5 0 R /full 6 0 R >> /Encoding << /Differences [1 {names}] >> /FirstChar 1 "
            f"/LastChar {len(chars)} /Widths [{widths}] /ToUnicode 7 0 R >>"
        ),
        stream("500 0 0 -120 500 880 d1 0 -120 500 1000 re f"),
        stream("1000 0 0 -120 1000 880 d1 0 -120 1000 1000 re f"),
        stream(cmap),
    ]


def stream(content, about=""):
    return f"<< /Length {len(content)} {about} >>\nstream\n{content}\nendstream"


def pdf(*pages, font=embedded, extra="", trailer=""):
    """A PDF of pages, each a list of drawing commands."""
    drawn, fonts = font(pages)
    first = 4 + len(fonts)
    image = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{first + 2 * n} 0 R' for n in range(len(pages)))}] >>",
        stream("0", image),
        *fonts,
    ]
    for number, commands in enumerate(drawn):
        objects += [
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {first + 1 + 2 * number} 0 R {extra} "
                "/Resources << /Font << /F1 4 0 R >> /XObject << /Im 3 0 R >> >> >>"
            ),
            stream("\n".join(commands)),
        ]
    return assembled(objects, trailer)


def assembled(objects, trailer=""):
    """A PDF of these objects, the first of them the catalogue."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return out + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF".encode()


def wrapped(y, words, left=80, width=27, indent=2, leading=28):
    """A paragraph as Word lays it out: the first line two characters in, the others full."""
    first, rest = words[: width - indent], words[width - indent :]
    rows = [first, *(rest[at : at + width] for at in range(0, len(rest), width))]
    return [text(left + (32 if not n else 0), y + n * leading, row) for n, row in enumerate(rows)]


def grid(columns, rows, cells, draw=line):
    """Ruling lines around every slot, and words in the slots."""
    out = [draw(columns[0], y, columns[-1], y + (draw is bar)) for y in rows]
    out += [draw(x, rows[0], x + (draw is bar), rows[-1]) for x in columns]
    return out + [
        text(columns[x] + 3, rows[y] + 15, words, 12)
        for y, row in enumerate(cells)
        for x, words in enumerate(row)
        if words
    ]


def package(members, **about):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **about) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # without the time of the day
    return out.getvalue()


def workbook(*sheets, more=None):
    """A workbook of (name, attributes, rows of XML); the rows are written as they are."""
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}" {attributes}/>'
        for n, (name, attributes, _) in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{rel}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    styles = f'<Relationship Id="rIdS" Type="{rel}/styles" Target="styles.xml"/>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {ns} xmlns:r="{rel}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'relationships">{links}{styles}</Relationships>',
        "xl/styles.xml": f'<styleSheet {ns}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        "</styleSheet>",
    }
    for n, (_, _, rows) in enumerate(sheets, 1):
        members[f"xl/worksheets/sheet{n}.xml"] = f"<worksheet {ns}>{rows}</worksheet>"
    return package(members | (more or {}))


def words_at(place, words):
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


def ole(**streams):
    """An OLE file of these streams, as Word and Excel wrote them until 2007."""
    bodies = {name.lstrip("_"): body + b"\0" * (-len(body) % 512 + 4096) for name, body in streams.items()}
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 10
    folders = (len(bodies) + 4) // 4
    pages = (folders + sum(map(len, bodies.values())) // 512) // 120 + 1  # of the allocation table: 128 entries each
    header += struct.pack("<IIIIIIII", pages, pages, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *range(pages), *[0xFFFFFFFF] * (109 - pages))

    def chain(start, count):
        return [*range(start + 1, start + count), 0xFFFFFFFE]

    def entry(title, kind, right, child, start, size):
        label = f"{title}\0".encode("utf-16-le")
        return (
            label.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(label), kind, 1, 0xFFFFFFFF, right, child)
            + b"\0" * 36
            + struct.pack("<IQ", start, size)
        )

    table = [0xFFFFFFFD] * pages + chain(pages, folders)
    directory = entry("Root Entry", 5, 0xFFFFFFFF, 1, 0xFFFFFFFE, 0)
    for number, (name, body) in enumerate(bodies.items(), 1):
        right = number + 1 if number < len(bodies) else 0xFFFFFFFF
        directory += entry(name, 2, right, 0xFFFFFFFF, len(table), len(body))
        table += chain(len(table), len(body) // 512)
    table += [0xFFFFFFFF] * (128 * pages - len(table))
    return (
        header
        + struct.pack(f"<{len(table)}I", *table)
        + directory.ljust(512 * folders, b"\0")
        + b"".join(bodies.values())
    )


def xls(sheet, cells):
    """The least workbook of Excel 97: one sheet of numbers and words."""

    def record(number, body):
        return struct.pack("<HH", number, len(body)) + body

    def wide(words, form):
        return struct.pack(form, len(words)) + b"\1" + words.encode("utf-16-le")

    begin = struct.pack("<HHHHII", 0x600, 5, 0xDBB, 0x7CC, 0, 6)
    title = record(0x85, struct.pack("<IH", 0, 0) + wide(sheet, "<B"))
    start = len(record(0x809, begin)) + len(title) + 4
    title = record(0x85, struct.pack("<IH", start, 0) + wide(sheet, "<B"))
    out = record(0x809, begin) + title + record(0x0A, b"")
    out += record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0xDBB, 0x7CC, 0, 6))
    for (row, column), value in cells.items():
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            out += record(0x204, place + wide(value, "<H"))
        else:
            out += record(0x203, place + struct.pack("<d", value))
    return ole(Workbook=out + record(0x0A, b""))


class Part(NamedTuple):
    """A paragraph of a doc with its end mark, or a cell, or the end of a row."""

    words: str
    marks: bytes = b""  # changes to the paragraph's format
    letters: bytes = b""  # changes to the letters' format
    style: int = 0


def word(*parts, cuts=(), narrow=False, behind="", flags=0, data=b"", lists=()):
    """A file of Word 97: its text in pieces between the `cuts`, stored from the last to the first, a format each."""
    text = "".join(part.words for part in parts)
    ends = list(itertools.accumulate(len(part.words) for part in parts))
    bounds = [0, *cuts, len(text + behind)]
    main, where = bytearray(1536), {}
    runs = []  # start in the file, end, part
    for first, last in reversed(list(itertools.pairwise(bounds))):
        piece = (text + behind)[first:last]
        wide = not (narrow and piece.isascii())
        where[first] = len(main) if wide else len(main) * 2 | 0x40000000
        for place, char in enumerate(piece, first):
            start = len(main)
            main += char.encode("utf-16-le" if wide else "ascii")
            runs.append((start, len(main), parts[min(bisect.bisect_right(ends, place), len(parts) - 1)]))
    runs = [
        (group[0][0], group[-1][1], part)
        for part, group in ((part, list(group)) for part, group in itertools.groupby(runs, key=lambda run: run[2]))
    ]
    pages = {}
    for kind in ("letters", "marks"):
        pages[kind] = []
        for start, end, part in runs:
            main += b"\0" * (-len(main) % 512)
            pages[kind].append(len(main) // 512)
            if kind == "letters":
                change = struct.pack("<B", len(part.letters)) + part.letters
                page = struct.pack("<IIB", start, end, 100)
            else:
                format_ = struct.pack("<H", part.style) + part.marks
                format_ += b"\0" * (len(format_) % 2)
                change = struct.pack("<BB", 0, len(format_) // 2) + format_
                page = struct.pack("<IIB12x", start, end, 100)
            main += (page.ljust(200, b"\0") + change).ljust(511, b"\0") + b"\1"
    plan = bytearray()
    places = {}

    def put(place, content):
        places[place] = (len(plan), len(content))
        plan.extend(content)

    for place, kind in ((0xFA, "letters"), (0x102, "marks")):
        edges = [*(start for start, _, _ in runs), runs[-1][1]]
        put(place, struct.pack(f"<{len(edges)}I{len(runs)}I", *edges, *pages[kind]))
    if lists:
        levels = b"".join(
            struct.pack("<iBB22xH", 1, form, legal, len(words)) + words.encode("utf-16-le")
            for form, words, legal in lists
        )
        put(0x2E2, struct.pack("<Hi22xBx", 1, 77, 0))
        plan += levels + struct.pack("<iBB22xH", 1, 23, 0, 0) * (9 - len(lists))
        put(0x2EA, struct.pack("<Ii12x", 1, 77))
    pieces = struct.pack(f"<{len(bounds)}I", *bounds)
    pieces += b"".join(struct.pack("<HIH", 0, where[first], 0) for first in bounds[:-1])
    put(0x1A2, b"\1\2\0\0\0\2" + struct.pack("<I", len(pieces)) + pieces)
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", main, 0x0A, 0x0200 | flags)
    struct.pack_into("<I", main, 0x4C, len(text))
    for place, content in places.items():
        struct.pack_into("<II", main, place, *content)
    return ole(WordDocument=bytes(main), _1Table=bytes(plan), Data=data)


INSIDE, ROW_END = b"\x16\x24\1", b"\x16\x24\1\x17\x24\1"
CENTRED, LARGE = b"\x03\x24\1", b"\x43\x4a\x2c\0"


def row_of(edges, *cells, flags=()):
    """The parts of a row between edges in twips."""
    about = struct.pack(f"<B{len(edges)}h", len(cells), *edges)
    about += b"".join(struct.pack("<H18x", flag) for flag in flags or [0] * len(cells))
    end = ROW_END + struct.pack("<HH", 0xD608, len(about) + 1) + about
    return [*(Part(f"{words}\x07", INSIDE) for words in cells), Part("\x07", end)]


def saved(document):
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def lines_of(document):
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def tables_of(document):
    return [block for block in document.blocks if isinstance(block, Table)]


BODY = (
    "本报告由溪口县人民政府办公室编制，全文包括总体情况、主动公开情况、申请办理情况、存在的主要问题和改进情况等部分，"
    "所列数据的统计期限自年初起至年末止，公众可在门户网站查阅。"
)

# ---------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", None),
        (b"<html><body>%PDF-1.4 as a word</body></html>", None),
        ("溪口县人民政府".encode("gb18030"), None),
        (b"%PDF-1.7\n", "pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4\n", "pdf"),
        (b"{\\rtf1", "rtf"),
        (b"Rar!\x1a\x07", "rar"),
        (b"\x89PNG\r\n", "png"),
        (package({"word/document.xml": "<w/>"}), "docx"),
        (package({"word/document.xml": "<w/>" * 1000})[:90], "docx"),
        (package({"xl/workbook.xml": ""}), "xlsx"),
        (package({"xl/workbook.bin": ""}), "xlsb"),
        (package({"OFD.xml": ""}), "ofd"),
        (package({"年报.pdf": ""}), "zip"),
        (ole(WordDocument=b""), "doc"),
        (ole(Book=b""), "xls"),
        (ole(EncryptedPackage=b""), "encrypted"),
        (ole(Contents=b""), "ole"),
    ],
)
def test_the_bytes_tell_the_kind(body, kind):
    assert kind_of(body) == kind


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"<p>page", "unsupported", "text"),
        (b"", "unsupported", "text"),
        (ole(WordDocument=b""), "unsupported", "before 97"),
        (package({"OFD.xml": ""}), "unsupported", "ofd"),
        (ole(EncryptedPackage=b""), "encrypted", "password"),
        (b"\xff\xd8\xff\xe0", "needs_ocr", "jpeg"),
        (b"%PDF-1.4\nnothing", "damaged", "PDF"),
        (pdf([text(80, 100, BODY[:20])])[:700], "damaged", "PDF"),
        (package({"word/document.xml": "<w:document"}), "damaged", "word/document.xml is no XML"),
        (package({"word/styles.xml": ""}), "damaged", "no word/document.xml"),
        (package({"word/document.xml": "<w/>" * 1000})[:90], "damaged", "package"),
        (package({"xl/workbook.xml": ""}), "damaged", "workbook"),
        (ole(Workbook=b"\x09\x08"), "damaged", "workbook"),
        (b"%PDF-" + b"\0" * MAX_SIZE, "too_large", "bytes"),
    ],
)
def test_what_cannot_be_read_says_why(body, code, words):
    document = read(body)
    assert document.blocks == ()
    assert document.problem[0] == code
    assert words in document.problem[1]


@pytest.mark.parametrize(
    ("library", "module", "body"),
    [
        ("pypdfium2", "pipelines.documents.pdf", b"%PDF-1.4"),
        ("python_calamine", "pipelines.documents.sheets", xls("a", {(0, 0): 1.0})),
    ],
)
def test_a_library_that_is_not_installed_is_named(monkeypatch, library, module, body):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, module, raising=False)
    code, message = read(body).problem
    assert code == "needs_extra"
    assert library in message
    assert "gongkai[docs]" in message


# ---------------------------------------------------------------- PDF


@pytest.fixture(params=[embedded, named], ids=["embedded", "named"])
def make(request):
    """Makes a PDF; with fonts that are only named, another library reads the glyphs."""
    return functools.partial(pdf, font=request.param)


def test_lines_become_paragraphs(make):
    page = [
        text(190, 90, "溪口县人民政府", 22),
        text(130, 125, "2023 年政府信息公开工作年度报告", 22),
        *wrapped(170, BODY),
        text(112, 290, "一、总体情况"),
        *wrapped(320, "（一）主动公开。" + BODY),
        text(112, 450, "（二）依申请公开。"),
        *wrapped(480, "全年收到申请" + "36" + "件，" + BODY),
    ]
    document = read(make(page))
    assert document.problem is None
    assert document.kind == "pdf"
    assert document.pages == 1
    assert [(block.rank, block.text) for block in document.blocks] == [
        (1, "溪口县人民政府"),
        (1, "2023年政府信息公开工作年度报告"),
        (0, BODY),
        (0, "一、总体情况"),
        (0, "（一）主动公开。" + BODY),
        (0, "（二）依申请公开。"),
        (0, "全年收到申请36件，" + BODY),
    ]


def test_a_paragraph_goes_on_over_the_page_without_what_stands_between(make):
    half = 79  # three lines
    pages = []
    for number in range(4):
        body = (
            wrapped(100, BODY[:half])
            if number % 2 == 0
            else [text(80, 100 + 28 * n, BODY[half:][27 * n : 27 * n + 27]) for n in range(2)]
        )
        pages.append([text(80, 50, "溪口县公报", 10), *body, text(280, 800, f"- {number + 1} -", 12)])
    assert lines_of(read(make(*pages))) == [BODY, BODY]


@pytest.mark.parametrize("number", ["3", "— 3 —", "第 3 页 共 8 页", "3/8", "iv"])
def test_page_numbers_are_no_text(make, number):
    page = [*wrapped(100, BODY), text(280, 805, number, 12)]
    assert lines_of(read(make(page))) == [BODY]


def test_a_number_in_the_body_is_text(make):
    assert lines_of(read(make([*wrapped(100, BODY), text(280, 400, "3")]))) == [BODY, "3"]


@pytest.mark.parametrize(
    ("drawn", "read_as"),
    [
        (text(80, 100, "受理申请1 3 4 件"), "受理申请134件"),
        (text(80, 100, "溪 口 县 人 民 政 府"), "溪口县人民政府"),
        (text(80, 100, "联系人：张三　　　电话：0000-1234"), "联系人：张三 电话：0000-1234"),
        (text(80, 100, "Open Data 平台 2.0 版"), "Open Data平台2.0版"),
        (text(80, 100, "加粗") + text(80.5, 100, "加粗"), "加粗"),
    ],
)
def test_blanks_are_read_from_the_gaps(make, drawn, read_as):
    assert lines_of(read(make([drawn]))) == [read_as]


def test_radicals_are_the_characters_they_stand_for():
    assert lines_of(read(pdf([text(80, 100, "⼀年⽐⼀年，⺠⻅⻔户，\uf9b4\ufb01")]))) == ["一年比一年，民见门户，領fi"]


def test_a_watermark_across_the_page_is_no_text(make):
    page = [*wrapped(100, BODY), text(150, 500, "内部资料", 60, turn=math.pi / 4)]
    assert lines_of(read(make(page))) == [BODY]


@pytest.mark.parametrize(
    ("turned", "extra"),
    [
        ("0 1 -1 0 595 0 cm", "/Rotate 90"),
        ("0 1 -1 0 595 0 cm", ""),  # a wide table drawn sideways on an upright page
        ("-1 0 0 -1 595 842 cm", "/Rotate 180"),
        ("0 -1 1 0 0 842 cm", "/Rotate 270"),
    ],
)
def test_a_page_on_its_side_is_turned_upright(make, turned, extra):
    cells = [["项目", "件数"], ["许可", "7"]]
    page = [
        turned,
        text(80, 300, "全年公开12件，"),
        text(80, 328, "废止五件。"),
        *grid([80, 200, 320], [400, 430, 460], cells),
    ]
    document = read(make(page, extra=extra))
    assert lines_of(document) == ["全年公开12件，", "废止五件。"]
    assert [table.rows for table in tables_of(document)] == [(("项目", "件数"), ("许可", "7"))]


@pytest.mark.parametrize("draw", [line, bar])
def test_ruled_tables_are_grids_where_they_stand(make, draw):
    page = [
        text(112, 90, "二、主动公开政府信息情况"),
        *grid([80, 240, 400, 515], [110, 140, 170], [["信息内容", "制发件数", "废止件数"], ["规章", "12", "0"]], draw),
        text(112, 220, "三、其他"),
    ]
    blocks = read(make(page)).blocks
    assert blocks == (
        Paragraph("二、主动公开政府信息情况"),
        Table(None, 1, (("信息内容", "制发件数", "废止件数"), ("规章", "12", "0"))),
        Paragraph("三、其他"),
    )


def test_merged_cells_have_their_words_in_the_first_slot(make):
    page = [
        *(line(80, y, 400, y) for y in (100, 160, 190)),
        line(240, 130, 400, 130),
        *(line(x, 100, x, 190) for x in (80, 240, 400)),
        line(320, 130, 320, 190),
        text(90, 125, "办理", 12),
        text(90, 145, "结果", 12),
        text(250, 120, "申请人情况", 12),
        text(250, 150, "自然人", 12),
        text(330, 150, "企业", 12),
        text(90, 180, "予以公开", 12),
        text(250, 180, "1 2", 12),
        text(330, 180, "0", 12),
    ]
    (table,) = tables_of(read(make(page)))
    assert table.rows == (("办理结果", "申请人情况", ""), ("", "自然人", "企业"), ("予以公开", "12", "0"))
    assert table.spans == (Span(0, 0, 2, 1), Span(0, 1, 1, 2))


def test_two_numbers_under_each_other_are_not_one(make):
    columns, rows = [80, 240, 400], [100, 160, 190]
    page = [*grid(columns, rows, [["", "数量"], ["公开", "5"]]), text(90, 120, "3", 12), text(90, 145, "4", 12)]
    narrow = grid([80, 240, 256], [100, 160, 190], [["合计", ""], ["公开", "5"]])
    narrow += [text(242, 120, "12", 12), text(242, 145, "34", 12)]
    assert tables_of(read(make(page)))[0].rows[0] == ("3 4", "数量")
    assert tables_of(read(make(narrow)))[0].rows[0] == ("合计", "1234")


COLUMNS = [80, 200, 300, 400]


def test_a_table_goes_on_over_the_page(make):
    above = grid(COLUMNS, [700, 730, 760], [["事项", "上年", "本年"], ["一、新收", "3", "4"]])
    below = grid([x + 1 for x in COLUMNS], [80, 110, 140], [["事项", "上年", "本年"], ["二、结转", "0", "1"]])
    pages = [[*above, text(280, 800, "1", 12)], [*below, text(280, 800, "2", 12)]]
    assert [table.rows for table in tables_of(read(make(*pages)))] == [
        (("事项", "上年", "本年"), ("一、新收", "3", "4"), ("二、结转", "0", "1"))
    ]


def test_a_row_that_the_page_break_cuts_is_whole_again(make):
    above = grid(COLUMNS, [700, 730, 760], [["事项", "上年", "本年"], ["五、重新出具已获取", "3", "4"]])
    below = grid(COLUMNS, [80, 110, 140], [["信息", "", ""], ["六、其他", "0", "1"]])
    assert [table.rows for table in tables_of(read(make(above, below)))] == [
        (("事项", "上年", "本年"), ("五、重新出具已获取信息", "3", "4"), ("六、其他", "0", "1"))
    ]


def test_the_next_row_of_the_next_page_stays_a_row(make):
    above = grid(COLUMNS, [700, 730, 760], [["事项", "上年", "本年"], ["主动公开的信息总数", "", ""]])
    below = grid(COLUMNS, [80, 110, 140], [["1.公开件数", "5", "6"], ["2.其他", "0", "1"]])
    (table,) = tables_of(read(make(above, below)))
    assert [row[0] for row in table.rows] == ["事项", "主动公开的信息总数", "1.公开件数", "2.其他"]


def test_a_cell_over_rows_that_the_page_break_cuts_is_one(make):
    def piece(top, label, items):
        rows = [top + 30 * n for n in range(len(items) + 1)]
        out = [line(80, rows[0], 400, rows[0]), line(80, rows[-1], 400, rows[-1])]
        out += [line(200, y, 400, y) for y in rows[1:-1]]
        out += [line(x, rows[0], x, rows[-1]) for x in COLUMNS]
        out += [text(83, rows[0] + 20, label, 12)]
        for n, (item, value) in enumerate(items):
            out += [text(203, rows[n] + 20, item, 12), text(303, rows[n] + 20, value, 12)]
        return out

    pages = (
        piece(690, "三、本年度", [("公开", "1"), ("部分公开", "2")]),
        piece(80, "办理结果", [("其他", "3"), ("总计", "6")]),
    )
    (table,) = tables_of(read(make(*pages)))
    assert table.rows == (
        ("三、本年度办理结果", "公开", "1"),
        ("", "部分公开", "2"),
        ("", "其他", "3"),
        ("", "总计", "6"),
    )
    assert table.spans == (Span(0, 0, 4, 1),)


def test_tables_of_other_columns_stay_apart(make):
    above = grid(COLUMNS, [700, 730, 760], [["事项", "上年", "本年"], ["新收", "3", "4"]])
    below = grid([80, 140, 250, 330, 400], [80, 110, 140], [["维持", "纠正", "其他", "总计"], ["0", "1", "0", "1"]])
    assert [len(table.rows[0]) for table in tables_of(read(make(above, below)))] == [3, 4]


def test_a_frame_around_text_and_a_chart_are_no_tables(make):
    frame = [*wrapped(100, BODY), *grid([60, 540], [80, 300], [])]
    axes = [line(80, y, 400, y) for y in range(400, 600, 40)] + [line(x, 400, x, 600) for x in (80, 240, 400)]
    document = read(make(frame + axes))
    assert document.blocks == (Paragraph(BODY),)


def test_a_scan_needs_recognition(make):
    scan = ["500 0 0 700 40 60 cm /Im Do"]
    document = read(make(scan, scan))
    assert (document.blocks, document.pages) == ((), 2)
    assert document.problem == ("needs_ocr", "2 of 2 pages are pictures or in fonts without characters")
    partly = read(make(wrapped(100, BODY), scan))
    assert lines_of(partly) == [BODY]
    assert partly.problem[0] == "needs_ocr"
    assert partly.problem[1].startswith("1 of 2 pages")


def test_a_page_that_is_damaged_costs_no_other(make):
    body = make(wrapped(100, BODY), wrapped(100, "第二页。"))
    at = body.rindex(b"/Type /Page /")
    document = read(body[:at] + body[at:].replace(b"/Page ", b"/Rage ", 1))
    assert lines_of(document) == [BODY]
    assert document.problem == ("damaged", "1 of 2 pages cannot be read")


def test_an_encrypted_pdf_asks_for_a_password(make):
    key = "<" + "ab" * 32 + ">"
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -44 >> /ID [<00> <00>]"
    document = read(make(wrapped(100, BODY), trailer=lock))
    assert document == Document("pdf", problem=("encrypted", "the PDF asks for a password"))


def test_a_book_is_read_to_its_300th_page(make):
    document = read(make(*[[text(80, 100, f"第{n}章")] for n in range(302)]))
    assert document.pages == 302
    assert lines_of(document)[-1] == "第299章"
    assert document.problem == ("too_large", "302 pages, of which the first 300 are read")


# ---------------------------------------------------------------- Word


def test_word_paragraphs_and_headings_in_order():
    document = docx.Document()
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.add_run("溪口县2023年政府信息公开工作年度报告").font.size = Pt(22)
    document.add_heading("总体情况", 1)
    document.add_paragraph("全年公开信息3120条。\n其中规范性文件5件。")
    document.add_paragraph("  ")
    document.add_heading("附件", 2)
    document.sections[0].header.paragraphs[0].text = "页眉"
    read_as = read(saved(document))
    assert read_as.problem is None
    assert [(block.rank, block.text) for block in read_as.blocks] == [
        (1, "溪口县2023年政府信息公开工作年度报告"),
        (2, "总体情况"),
        (0, "全年公开信息3120条。"),
        (0, "其中规范性文件5件。"),
        (3, "附件"),
    ]


def run(words, properties=""):
    return f"<w:r>{properties and f'<w:rPr>{properties}</w:rPr>'}<w:t>{words}</w:t></w:r>"


def body_of(*content, **parts):
    """A docx with this XML in its body and these parts beside it."""
    document = docx.Document()
    for child in list(document.element.body)[:-1]:
        document.element.body.remove(child)
    for number, xml in enumerate(content):
        document.element.body.insert(
            number, parse_xml(re.sub(r"^<(w:\w+)", rf"<\1 {nsdecls('w', 'wp', 'a', 'r')}", xml))
        )
    return saved(document)


SHOWN = '<w:vanish w:val="0"/>'


@pytest.mark.parametrize(
    ("content", "read_as"),
    [
        (
            (
                f'<w:p>{run("公开")}<w:del w:id="1" w:author="x"><w:r><w:delText>30</w:delText></w:r></w:del>'
                f'<w:ins w:id="2" w:author="x">{run("31")}</w:ins>{run("件")}</w:p>'
            ),
            ["公开31件"],
        ),
        (f"<w:p>{run('全文')}{run('密', '<w:vanish/>')}{run('可见', SHOWN)}</w:p>", ["全文可见"]),
        (
            (
                f"<w:p>{run('图')}<w:r><w:drawing><wp:inline><w:txbxContent><w:p>{run('框')}</w:p></w:txbxContent></wp:inline>"
                "</w:drawing></w:r></w:p>"
            ),
            ["图"],
        ),
        (f"<w:sdt><w:sdtContent><w:p>{run('控件内')}</w:p></w:sdtContent></w:sdt>", ["控件内"]),
        (f"<w:p><w:hyperlink>{run('链接')}</w:hyperlink><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>", ["链接"]),
    ],
)
def test_word_text_is_what_a_reader_sees(content, read_as):
    assert lines_of(read(body_of(content))) == read_as


def cell(words, span=1, merge=""):
    mark = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    paragraphs = "".join(f"<w:p>{run(one)}</w:p>" for one in words)
    return f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/>{mark}</w:tcPr>{paragraphs}</w:tc>'


def test_word_tables_with_merged_cells():
    table = (
        "<w:tbl>"
        f"<w:tr>{cell(['事项'], merge='restart')}{cell(['申请人', '情况'], 2)}</w:tr>"
        f"<w:tr>{cell([''], merge='continue')}{cell(['自然人'])}{cell(['企业'])}</w:tr>"
        f'<w:tr><w:trPr><w:del w:id="1" w:author="x"/></w:trPr>{cell(["删"])}{cell(["9"])}{cell(["9"])}</w:tr>'
        f"<w:tr>{cell(['新收'])}{cell(['12'])}{cell(['0'])}</w:tr>"
        "</w:tbl>"
    )
    document = read(body_of(f"<w:p>{run('二、情况')}</w:p>", table, f"<w:p>{run('三、其他')}</w:p>"))
    assert document.blocks == (
        Paragraph("二、情况"),
        Table(
            None,
            1,
            (("事项", "申请人情况", ""), ("", "自然人", "企业"), ("新收", "12", "0")),
            (Span(0, 0, 2, 1), Span(0, 1, 1, 2)),
        ),
        Paragraph("三、其他"),
    )


def test_a_frame_in_word_is_text():
    framed = f"<w:tbl><w:tr>{cell(['一、概述', BODY])}</w:tr></w:tbl>"
    assert read(body_of(framed)).blocks == (Paragraph("一、概述"), Paragraph(BODY))


def test_numbers_that_word_counts_are_text():
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = [("chineseCountingThousand", "%1、", ""), ("decimal", "%1.%2", "<w:isLgl/>"), ("bullet", "·", "")]
    abstract = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{legal}<w:lvlText w:val="{words}"/></w:lvl>'
        for n, (form, words, legal) in enumerate(levels)
    )
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{abstract}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for depth, words in enumerate(("总体情况", "主动公开", "要点")):
        for copy in range(2):
            paragraph = document.add_paragraph(f"{words}{copy}")
            mark = OxmlElement("w:numPr")
            for name, value in (("w:ilvl", depth), ("w:numId", 77)):
                child = OxmlElement(name)
                child.set(f"{{{paragraph._p.nsmap['w']}}}val", str(value))
                mark.append(child)
            paragraph._p.get_or_add_pPr().append(mark)
    assert lines_of(read(saved(document))) == [
        "一、总体情况0", "二、总体情况1", "2.1主动公开0", "2.2主动公开1", "要点0", "要点1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (10, "十"), (12, "十二"), (30, "三十"), (103, "一百〇三"), (210, "二百一十"), (0, "〇")],
)
def test_chinese_numbers(number, words):
    assert chinese(number) == words


def test_pictures_in_word_need_recognition():
    picture = "<w:p><w:r><w:drawing><wp:inline/></w:drawing></w:r></w:p>"
    assert read(body_of(picture)).problem == ("needs_ocr", "the document is pictures without text")


# ---------------------------------------------------------------- Word 97

TITLE = Part("溪口县2012年政府信息公开工作年度报告\r", CENTRED, LARGE)


def test_an_old_word_file_is_read_in_order():
    document = read(
        word(
            TITLE,
            Part("一、概述\r", style=1),
            Part(f"{BODY}\r"),
            Part("（一）制度\r", b"\x40\x26\1"),
            Part("第一行\x0b第二行\x0c次页\x1e末\x1f行 𠮷\r"),
            Part("Web page\r"),
            behind="脚注\r页眉\r",
            cuts=(5, 31, 60, 100),
            narrow=True,
        )
    )
    assert document.problem is None
    assert document.kind == "doc"
    assert [(block.rank, block.text) for block in document.blocks] == [
        (1, "溪口县2012年政府信息公开工作年度报告"),
        (2, "一、概述"),
        (0, BODY),
        (3, "（一）制度"),
        (0, "第一行"),
        (0, "第二行"),
        (0, "次页-末行 𠮷"),
        (0, "Web page"),
    ]


def test_western_letters_have_a_byte_each():
    parts = (Part("一、概述\r"), Part("Web page of Xikou\r"), Part("二、结尾\r"))
    assert lines_of(read(word(*parts, cuts=(5, 23), narrow=True))) == ["一、概述", "Web page of Xikou", "二、结尾"]


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ([Part('见\x13 HYPERLINK "http://a.example" \x14网站\x15。\r')], ["见网站。"]),
        ([Part("第\x13 PAGE \x15页\r")], ["第页"]),
        ([Part("外\x13 IF \x13 PAGE \x14一\x15 = 1 \x14内\x15后\r")], ["外内后"]),
        ([Part("\x13 未完的域\r"), Part("下一段\r")], ["下一段"]),
        ([Part("公开"), Part("30", letters=b"\x00\x08\1"), Part("31件\r")], ["公开31件"]),
        ([Part("全文"), Part("密", letters=b"\x3c\x08\1"), Part("可见\r")], ["全文可见"]),
        ([Part("没有结尾的段落")], ["没有结尾的段落"]),
    ],
)
def test_old_word_text_is_what_a_reader_sees(parts, lines):
    assert lines_of(read(word(*parts))) == lines


def test_old_word_tables_with_merged_and_empty_cells():
    document = read(
        word(
            Part("三、申请情况\r"),
            *row_of((0, 2000, 4000, 6000), "事\r项", "申请人情况", "", flags=(0x60, 1, 2)),
            *row_of((1, 1999, 4002, 6000), "", "自然人", "企业", flags=(0x20, 0, 0)),
            *row_of((0, 2000, 4000, 6000), "新收", "", "12"),
            *row_of((0, 6000), "（备注）"),
            Part("四、其他\r"),
        )
    )
    assert document.problem is None
    assert document.blocks == (
        Paragraph("三、申请情况"),
        Table(
            None,
            1,
            (("事项", "申请人情况", ""), ("", "自然人", "企业"), ("新收", "", "12"), ("（备注）", "", "")),
            (Span(0, 0, 2, 1), Span(0, 1, 1, 2), Span(3, 0, 1, 3)),
        ),
        Paragraph("四、其他"),
    )


def test_numbers_that_an_old_word_file_counts_are_text():
    levels = [(39, "\0、", 0), (0, "\0.\1", 4)]

    def item(words, depth):
        return Part(f"{words}\r", b"\x0b\x46\1\0\x0a\x26" + bytes([depth]))

    parts = [item("概述", 0), item("主动公开", 1), item("结构", 1), Part("正文\r"), item("问题", 0), item("  ", 0)]
    assert lines_of(read(word(*parts, lists=levels))) == ["一、概述", "1.1主动公开", "1.2结构", "正文", "二、问题"]


def test_a_frame_in_an_old_word_file_is_text():
    document = read(word(*row_of((0, 6000), f"一、概述\r{BODY}"), Part("\r")))
    assert document.blocks == (Paragraph("一、概述"), Paragraph(BODY))


def test_a_table_within_a_cell_gives_its_words_to_the_cell():
    deeper = INSIDE + b"\x49\x66\2\0\0\0"
    inner = [Part("自然人\r", deeper), Part("\r", deeper)]
    rows = row_of((0, 2000, 4000), "甲", "乙")
    document = read(word(*rows, rows[0], *inner, *rows[1:], Part("完\r")))
    assert tables_of(document)[0].rows == (("甲", "乙"), ("甲", "自然人乙"))


def test_formats_that_are_kept_elsewhere():
    *cells, end = row_of((0, 2000, 4000), "甲", "乙")
    *_, second = row_of((0, 2000, 4000), "丙", "丁")
    aside = struct.pack("<H", len(end.marks)) + end.marks
    huge = Part("\x07", struct.pack("<HI", 0x6646, 6))
    document = read(word(*cells, huge, *cells, second, Part("完\r"), data=b"\0" * 6 + aside))
    assert tables_of(document)[0].rows == (("甲", "乙"), ("甲", "乙"))


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (word(Part("密\r"), flags=0x0100), "encrypted", "password"),
        (word(Part("\x01\r")), "needs_ocr", "pictures"),
        (ole(WordDocument=b"\xdc\xa5\x65\0"), "unsupported", "before 97"),
        (ole(WordDocument=b"\xec\xa5\xc1\0"), "damaged", "0Table"),
        (ole(WordDocument=b"\xec\xa5\xc1\0", _0Table=b""), "damaged", "table of pieces"),
    ],
    ids=["locked", "picture", "word-6", "no-table", "no-pieces"],
)
def test_old_word_files_that_cannot_be_read_say_why(body, code, words):
    document = read(body)
    assert document.blocks == ()
    assert document.problem[0] == code
    assert words in document.problem[1]


def test_words_that_are_missing_are_counted():
    body = word(Part(f"{BODY}\r"))
    place = body.index(struct.pack("<HIH", 0, 1536, 0)) + 2
    document = read(body[:place] + struct.pack("<I", 1 << 20) + body[place + 4 :])
    assert document.problem == ("damaged", f"{len(BODY) + 1} of {len(BODY) + 1} characters are missing")


# ---------------------------------------------------------------- RTF


def rtf(*content):
    """A file as Word writes it on a Chinese machine; letters as GBK bytes."""
    fonts = (
        r"{\fonttbl{\f0\fnil\fcharset134 宋体;}{\f1\froman\fcharset0 Times;}{\f2\fnil\fcharset2 Wingdings;}}"
        r"{\stylesheet{\s1 heading 1;}}{\info{\title 题目}}{\header 页眉\par}"
    )
    whole = rf"{{\rtf1\ansi\ansicpg1252\deff0{fonts}\f0 {''.join(content)}}}"
    return re.sub(
        r"[^\0-\x7f]", lambda char: "".join(f"\\'{one:02x}" for one in char[0].encode("gb18030")), whole
    ).encode()


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ((r"\pard 概述\par", r"\pard 正文\line 次行\par"), ["概述", "正文", "次行"]),
        ((r"\u28330?\u21475\'3f\uc2\u21439\'cf\'d8\uc0\u50 012\par",), ["溪口县2012"]),
        ((r"\u-10176?\u-9167?\par",), ["𠀱"]),
        ((r"{\f1 caf\'e9}网\par",), ["café网"]),
        ((r"{\field{\*\fldinst HYPERLINK x}{\fldrslt 网站}}{\v 密}{\deleted 删}{\*\未知 不}。\par",), ["网站。"]),
        ((r"{\pict\bin3 }}}}前\~后\_\{1\}\\2\par",), ["前 后-{1}\\2"]),
        ((r"{\listtext 一、\tab}概述\par{\listtext\f2 l\tab}要点\par",), ["一、概述", "要点"]),
        ((r"{\listtext\'a1\'a4\tab}其二\par",), ["其二"]),
        ((r"没有结尾",), ["没有结尾"]),
    ],
)  # fmt: skip
def test_rich_text_is_what_a_reader_sees(content, lines):
    document = read(rtf(*content))
    assert document.problem is None
    assert lines_of(document) == lines


def test_headings_of_rich_text():
    document = read(rtf(r"\pard\qc\fs44 溪口县年报\par\pard\plain\outlinelevel0 一、概述\par\pard 正文\par"))
    assert [block.rank for block in document.blocks] == [1, 2, 0]


def test_tables_of_rich_text():
    head = r"\trowd\trleft0\clvmgf\cellx2000\clmgf\cellx4000\clmrg\cellx6000"
    second = r"\trowd\trleft0\clvmrg\cellx2000\cellx4000\cellx6000"
    document = read(
        rtf(
            rf"\pard 二、情况\par{head}\pard\intbl 事\par 项\cell 申请人\cell\cell\row",
            rf"{second}\pard\intbl\cell 自然人\cell 企业\cell\row\pard 三、其他\par",
        )
    )
    assert document.blocks == (
        Paragraph("二、情况"),
        Table(
            None,
            1,
            (("事项", "申请人", ""), ("", "自然人", "企业")),
            (Span(0, 0, 2, 1), Span(0, 1, 1, 2)),
        ),
        Paragraph("三、其他"),
    )


def test_rich_text_that_cannot_be_read_says_why():
    assert read(rtf(r"{\pict 00ff}\par")).problem == ("needs_ocr", "the document is pictures without text")
    cut = read(rtf(r"全文很长\par")[:-1])
    assert cut.problem == ("damaged", "the file ends within 1 groups")
    assert lines_of(cut) == ["全文很长"]


# ---------------------------------------------------------------- workbooks


def test_sheets_are_tables():
    rows = (
        "<sheetData>"
        f'<row r="2">{words_at("B2", "溪口县2023年统计")}</row>'
        f'<row r="3">{words_at("B3", "指标")}{words_at("C3", "数量")}{words_at("D3", "日期")}</row>'
        f'<row r="4">{words_at("B4", "公开件数")}<c r="C4"><v>3120.0</v></c><c r="D4" s="1"><v>45000</v></c></row>'
        f'<row r="5">{words_at("B5", "收费（万元）")}<c r="C5"><v>0.30000000000000004</v></c></row>'
        "</sheetData>"
        '<mergeCells count="1"><mergeCell ref="B2:D2"/></mergeCells>'
    )
    hidden = f'<sheetData><row r="1">{words_at("A1", "隐藏")}</row></sheetData>'
    document = read(workbook(("年报", "", rows), ("空", "", "<sheetData/>"), ("码表", 'state="hidden"', hidden)))
    assert document == Document(
        "xlsx",
        (
            Table(
                "年报",
                0,
                (
                    ("溪口县2023年统计", "", ""),
                    ("指标", "数量", "日期"),
                    ("公开件数", "3120", "2023-03-15"),
                    ("收费（万元）", "0.3", ""),
                ),
                (Span(0, 0, 1, 3),),
            ),
        ),
    )


def test_the_old_workbook():
    document = read(xls("年报", {(0, 0): "指标", (0, 1): "数量", (1, 0): "公开", (1, 1): 31.0, (2, 1): 7.25}))
    assert document == Document("xls", (Table("年报", 0, (("指标", "数量"), ("公开", "31"), ("", "7.25"))),))


def test_cells_far_apart_do_not_fill_the_memory():
    rows = f'<row r="1">{words_at("A1", "a")}</row><row r="1048576">{words_at("XFD1048576", "z")}</row>'
    document = read(workbook(("年报", "", f"<sheetData>{rows}</sheetData>")))
    assert document.problem == ("too_large", "xl/worksheets/sheet1.xml has 1,048,576 rows and 16,384 columns")


# ---------------------------------------------------------------- hostile files


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_a_bomb_is_not_unpacked(kind):
    zeros = b"\0" * (MAX_SIZE + 1)
    if kind == "docx":
        body = package({"word/document.xml": b"<w>" + b"<a/>" * (5 << 20)})
    else:
        body = workbook(("年报", "", "<sheetData/>"), more={"xl/media/a.bin": zeros})
    started = datetime.now(UTC)
    document = read(body)
    assert len(body) < 1 << 20
    assert document.kind == kind
    assert document.problem[0] == "too_large"
    assert (datetime.now(UTC) - started).total_seconds() < 5


def test_a_locked_package_asks_for_a_password():
    body = bytearray(package({"word/document.xml": "<w/>"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(mark) + offset] |= 1
    assert read(bytes(body)).problem == ("encrypted", "the package asks for a password")


def test_a_size_that_is_a_lie_is_damage():
    body = package({"word/document.xml": b"<w>" + b"<a/>" * 1000 + b"</w>"})
    document = read(body.replace(struct.pack("<I", 4007), struct.pack("<I", 40)))
    assert document.problem[0] == "damaged"
    assert "cannot be unpacked" in document.problem[1]


def test_entities_are_not_expanded():
    xml = (
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        "<w:t>年报&b;&f;</w:t></w:r></w:p></w:body></w:document>"
    )
    assert lines_of(read(package({"word/document.xml": xml}))) == ["年报"]


SAMPLES = [
    rtf(r"\pard 一、概述\par\trowd\cellx20\cellx90\pard\intbl 甲\cell 乙\cell\row\trowd\cellx9\intbl 丙\cell\row"),
    word(
        Part("一、概述\r", style=1), *row_of((0, 2000, 4000), "甲", "乙"), *row_of((0, 2000, 4000), "丙", "丁"), TITLE
    ),
    pdf([text(80, 100, "字"), *wrapped(128, BODY)], font=named),
    pdf([*wrapped(100, BODY), *grid(COLUMNS, [300, 330, 360], [["事项", "上年", "本年"], ["新收", "3", "4"]])]),
    body_of(f"<w:p>{run(BODY)}</w:p>", f"<w:tbl><w:tr>{cell(['a'])}{cell(['b'])}{cell(['c'])}</w:tr></w:tbl>"),
    workbook(("年报", "", f'<sheetData><row r="1">{words_at("A1", "a")}</row></sheetData>')),
    xls("年报", {(0, 0): "指标", (1, 1): 31.0}),
]
MAGIC = [b"", b"%PDF-1.4\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf", b"\x89PNG", b"\x1f\x8b\x08"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(MAGIC), st.binary(max_size=600))
def test_any_bytes_are_read(magic, rest):
    document = read(magic + rest)
    assert document.blocks or document.problem or document.kind == "rtf"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_read(data):
    body = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(0, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(body)), st.integers(0, len(body))))
    document = read(bytes(body[:cut]))
    assert isinstance(document, Document)
    assert document.problem is None or all(document.problem)


PAGE = (
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >> >>"
)
HEAD = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Count 1 /Kids [3 0 R] >>", PAGE]


def echoing():
    """Drawings that draw a drawing ten times, eight deep."""
    form = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    inner = [f"{form} /Resources << /XObject << /F {number} 0 R >> >>" for number in range(6, 13)]
    return assembled(
        [*HEAD, stream("/F Do " * 10), *(stream("/F Do " * 10, about) for about in inner), stream("0 0 9 9 re f", form)]
    )


def inflating():
    """A hundred megabytes of drawing in less than one."""
    packed = zlib.compress(b"0 0 1 1 re f\n" * 9_000_000, 1).decode("latin-1")
    return assembled([*HEAD, stream(packed, "/Filter /FlateDecode"), stream("")])


@pytest.mark.parametrize(
    ("make", "limits", "reason"),
    [(echoing, {"seconds": 0.3}, "timeout"), (inflating, {"memory": 220 << 20}, "crashed")],
)
def test_a_hostile_pdf_costs_itself(make, limits, reason):
    with Pool(1, **limits) as pool:
        hostile = pool.submit(Capture(URL, make())).result().open()
    assert (hostile.verdict, hostile.reasons) == ("unreadable", (reason,))
    assert hostile.findings[0].code == reason


# ---------------------------------------------------------------- documents as reports

URL = "http://www.xikou.example/files/1.pdf"
REPORT = [
    "本报告根据《中华人民共和国政府信息公开条例》编制，统计期限为2012年1月1日至12月31日。",
    "一、概述",
    "溪口县全年主动公开政府信息3120条，均在门户网站发布。" * 4,
    "二、依申请公开政府信息情况",
    "全年收到申请12件，均已答复。",
    "三、行政复议和行政诉讼情况",
    "全年未发生行政复议和行政诉讼。",
]
WHOLE = ["溪口县人民政府", "2012年政府信息公开工作年度报告", *REPORT]


def as_pdf(lines):
    page, y = [], 90
    for number, words in enumerate(lines):
        size = 22 if number < 2 else 16
        for at in range(0, len(words), 27):
            page.append(text(80, y, words[at : at + 27], size))
            y += 28
    return pdf(page)


def as_docx(lines):
    document = docx.Document()
    for number, words in enumerate(lines):
        paragraph = document.add_paragraph()
        paragraph.add_run(words).font.size = Pt(22 if number < 2 else 16)
        if number < 2:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return saved(document)


def as_doc(lines):
    return word(*(Part(f"{words}\r", CENTRED * (n < 2), LARGE * (n < 2)) for n, words in enumerate(lines)))


def as_rtf(lines):
    top = r"\qc\fs44"
    return rtf(*(rf"\pard{top * (n < 2)} {words}\par\plain" for n, words in enumerate(lines)))


def as_plain_doc(lines):
    return word(*(Part(f"{words}\r") for words in lines))


@pytest.mark.parametrize("make_file", [as_pdf, as_docx, as_doc, as_plain_doc, as_rtf])
@pytest.mark.parametrize("link_text", [None, "点击下载", "附件：溪口县2012年政府信息公开工作年度报告.doc"])
def test_a_document_is_read_as_a_report(make_file, link_text):
    report = derive(Capture(URL, make_file(WHOLE), "application/octet-stream", link_text=link_text))
    assert report.verdict == "report"
    assert report.identity.title in {
        "溪口县人民政府2012年政府信息公开工作年度报告",
        "溪口县2012年政府信息公开工作年度报告",
    }
    assert report.identity.issuer.name in {"溪口县人民政府", "溪口县"}
    assert report.identity.year == 2012
    assert report.identity.period == ("2012-01-01", "2012-12-31")
    assert "".join(report.text.split()) == "".join(WHOLE)
    assert [section.title for section in report.sections][1:] == [
        "概述", "依申请公开政府信息情况", "行政复议和行政诉讼情况",
    ]  # fmt: skip
    assert "## 一、概述" in report.markdown
    assert (report.attachments, report.findings) == ((), ())
    assert report.charset.chosen == "binary"
    assert report.fingerprint == derive(Capture(URL, make_file(WHOLE))).fingerprint


def test_tables_of_a_document_are_tables_of_the_report():
    rows = [*row_of((0, 2000, 4000), "事项", "本年"), *row_of((0, 2000, 4000), "新收", "12")]
    report = derive(Capture(URL, word(*(Part(f"{words}\r") for words in WHOLE), *rows, Part("完\r"))))
    (table,) = report.tables
    assert table.rows == (("事项", "本年"), ("新收", "12"))
    assert table.after == len(WHOLE)
    assert "新收\t12" in report.text
    assert "| 新收 | 12 |" in report.markdown


@pytest.mark.parametrize(
    ("lines", "link_text", "title"),
    [
        (["溪口县人民政府文件", "溪政发〔2012〕5号", "关于印发制度的通知", *REPORT[2:3]], None, "关于印发制度的通知"),
        (["附件1", "溪口县2012年法治政府建设工作报告", *REPORT[2:3]], None, "溪口县2012年法治政府建设工作报告"),
        (["为做好今年的工作，现将要点印发。"] * 3, "附件2：2012年政务公开工作要点.doc", "2012年政务公开工作要点"),
    ],
)
@pytest.mark.parametrize("make_file", [as_plain_doc, as_docx])
def test_another_paper_is_no_report(make_file, lines, link_text, title):
    report = derive(Capture(URL, make_file(lines), link_text=link_text))
    assert (report.verdict, report.identity.title, report.identity.year) == ("not_a_report", title, None)


def test_a_workbook_is_known_by_its_first_row():
    rows = (
        "<sheetData>"
        f'<row r="1">{words_at("A1", "溪口县2023年政府信息公开工作年度报告统计表")}</row>'
        f'<row r="2">{words_at("A2", "指标")}{words_at("B2", "数量")}</row></sheetData>'
    )
    report = derive(Capture(URL, workbook(("年报", "", rows))))
    assert (report.verdict, report.identity.title) == ("not_a_report", "溪口县2023年政府信息公开工作年度报告统计表")
    assert report.text.splitlines()[1:] == ["指标\t数量"]


SCAN = pdf(["595 0 0 842 0 0 cm /Im Do"])
REFUSED = [
    (SCAN, "needs_ocr"),
    (b"\xff\xd8\xff\xe0", "needs_ocr"),
    (word(Part("密\r"), flags=0x0100), "encrypted"),
    (b"%PDF-1.4 ...", "damaged"),
    (package({"年报.doc": ""}), "unsupported"),
    (b"\xd0\xcf\x11\xe0doc", "unsupported"),
    (b"%PDF-" + b"\0" * MAX_SIZE, "too_large"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=[f"{n}-{code}" for n, (_, code) in enumerate(REFUSED)])
def test_what_cannot_be_read_is_known_by_its_link(body, code):
    report = derive(Capture(URL, body, link_text="溪口县2012年政府信息公开工作年度报告（PDF版）.pdf"))
    assert (report.verdict, report.identity.year) == ("attachment_only", 2012)
    assert report.identity.title == "溪口县2012年政府信息公开工作年度报告（PDF版）"
    assert [(finding.code, finding.severity) for finding in report.findings] == [(code, "warning")]
    assert [file.url for file in report.attachments] == [URL]
    other = derive(Capture(URL, body, link_text="溪口县2012年政府工作报告"))
    assert (other.verdict, other.reasons, other.text) == ("unreadable", (code,), "")
    assert [finding.code for finding in other.findings] == [code]


def test_without_the_libraries_derive_says_so(monkeypatch):
    for library, module in (("pypdfium2", "pdf"), ("olefile", "doc"), ("python_calamine", "sheets")):
        monkeypatch.setitem(sys.modules, library, None)
        monkeypatch.delitem(sys.modules, f"pipelines.documents.{module}", raising=False)
    title = "溪口县2012年政府信息公开工作年度报告"
    for body in (as_pdf(WHOLE), as_doc(WHOLE), xls("年报", {(0, 0): 1.0})):
        report = derive(Capture(URL, body, link_text=title))
        assert (report.verdict, report.identity.title) == ("attachment_only", title)
        assert [finding.code for finding in report.findings] == ["needs_extra"]
        assert derive(Capture(URL, body)).reasons == ("needs_extra",)


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (None, None),
        ("附件1", None),
        ("附件下载", None),
        ("点击查看全文", None),
        ("下一页", None),
        ("附件：溪口县2012年年报.pdf", "溪口县2012年年报"),
        ("附件2012年年报.doc", "2012年年报"),
        ("附件 3、统计表.XLSX", "统计表"),
        ("附件1 溪口县年报", "溪口县年报"),
        ("附：年报", "年报"),
        ("附属医院2012年年报", "附属医院2012年年报"),
    ],
)
def test_a_link_to_a_file_as_a_title(words, title):
    assert link_title(words) == title


@pytest.mark.parametrize(
    "body",
    [
        rtf(
            r"全文\'1b[2J很\u155?长\par",
            r"\trowd\cellx2000\cellx4000 甲\'07\cell 乙\cell\row\trowd\cellx2000\cellx4000 丙\cell 丁\cell\row",
        ),
        word(Part("全文\x84[2J很\x9b长\r"), *row_of((0, 2000, 4000), "甲\x90", "乙") * 2),
        workbook(("年报", "", f'<sheetData><row r="1">{words_at("A1", "全文&#x9b;[2J很长")}</row></sheetData>')),
        xls("年报", {(0, 0): "全文\x1b[2J很长", (1, 1): 1.0}),
    ],
)
def test_escape_characters_do_not_come_out(body):
    report = derive(Capture(URL, body))
    assert "全文[2J很长" in report.text
    assert not re.search(r"[\0-\x08\x0b-\x1f\x7f-\x9f]", report.text + report.markdown + str(report.identity.title))


def test_each_stage_of_a_document_is_told():
    told = {}
    report = derive(Capture(URL, as_docx(WHOLE)), told.__setitem__)
    assert list(told) == ["read", "extract", "identify", "assess"]
    assert (told["read"].kind, told["extract"].text, told["assess"]) == ("docx", report.text, "report")


def test_the_recipe_names_what_reads_documents(monkeypatch):
    assert f"+docs-{libraries()}+" in RECIPE
    monkeypatch.setattr(sys, "path", [])
    assert libraries() not in RECIPE


def test_a_report_with_scanned_pages_is_read_and_says_so():
    lines = [text(80, 90 + 28 * n, words[:27]) for n, words in enumerate(WHOLE)]
    report = derive(Capture(URL, pdf(lines, ["595 0 0 842 0 0 cm /Im Do"])))
    assert report.verdict == "report"
    assert [finding.code for finding in report.findings] == ["needs_ocr"]
    assert [file.url for file in report.attachments] == [URL]


def test_a_cover_before_scanned_pages_is_an_attachment():
    cover = [text(80, 90, WHOLE[0], 22), text(80, 118, WHOLE[1], 22)]
    report = derive(Capture(URL, pdf(cover, ["595 0 0 842 0 0 cm /Im Do"])))
    assert (report.verdict, report.identity.title) == ("attachment_only", "".join(WHOLE[:2]))


# ---------------------------------------------------------------- real files


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    ["attachment-hongze-2023-report.pdf", "attachment-hongze-2024-report.pdf", "attachment-report-template.docx"],
)
def test_real_files_read_as_a_careful_person_reads_them(name):
    def plain(words):
        return re.sub(r"\s", "", words)

    document = read(SHARED.joinpath("pages", name).read_bytes())
    gold = json.loads(SHARED.joinpath("pages", "gold", f"{name.rpartition('.')[0]}.json").read_text("utf-8"))
    assert document.problem is None
    assert [plain(words) for words in lines_of(document)] == [plain(words) for words in gold["text"]]
    assert [table.after for table in tables_of(document)] == [table["after"] for table in gold["tables"]]
    found = sorted(cell for table in tables_of(document) for row in table.rows for cell in row if cell)
    assert found == sorted(plain(cell) for table in gold["tables"] for row in table["rows"] for cell in row if cell)
    assert not any(phrase in render.text(document.blocks) for phrase in gold["furniture"])
