"""Every encoding under every declaration, in pages of every shape, whole and with broken bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decode import decode

WORDS = "溪口县人民政府二零二零年政府信息公开工作年度报告，全年主动公开信息三千一百二十条。"
RARE = "溪口县人民政府负责人㛃娃、𬱖明、䶮生，联系人㑇辉。全年受理公开申请九件，均已按期答复。"
TRADITIONAL = "臺灣的網頁也會出現在這裡，例如政府資訊公開的年度報告，內容與數據都要保留。"
ENGLISH = "The county reports on the disclosure of government information in the year 2020."
LOST = "\ufffd"
# name: codec that writes, bytes in front, codec chosen, words
ENCODINGS = {
    "utf-8": ("utf-8", b"", "utf-8", WORDS),
    "utf-8 with BOM": ("utf-8", b"\xef\xbb\xbf", "utf-8", WORDS),
    "gbk": ("gbk", b"", "gb18030", WORDS),
    "gb18030 of four bytes": ("gb18030", b"", "gb18030", RARE),
    "gbk with a BOM of UTF-8": ("gbk", b"\xef\xbb\xbf", "gb18030", WORDS),
    "traditional gbk": ("gbk", b"", "gb18030", TRADITIONAL),
    "big5": ("big5", b"", "big5hkscs", TRADITIONAL),
    "big5hkscs": ("big5hkscs", b"", "big5hkscs", TRADITIONAL + "深水埗嘅街坊"),
    "utf-16-le": ("utf-16-le", b"", "utf-16-le", WORDS),
    "utf-16-be": ("utf-16-be", b"", "utf-16-be", WORDS),
    "utf-16-le with BOM": ("utf-16-le", b"\xff\xfe", "utf-16-le", WORDS),
    "utf-16-be with BOM": ("utf-16-be", b"\xfe\xff", "utf-16-be", WORDS),
}
SCRIPT = "<script>" + "var menu = {a: 1, b: 'x'}; if (a < b) { go(); }\n" * 2000 + "</script>"
# what stands before the words, and how often they stand there
SHAPES = {"short": ("", 1), "40 kB": ("", 500), "behind 100 kB of script": (SCRIPT, 20)}
HTTP_EQUIV = '<meta http-equiv="Content-Type" content="text/html; charset={}">'
# name: Content-Type, markup in the head, what counts as declared
DECLARATIONS = {
    "none": (None, "", None),
    "header": ("text/html; charset=GB2312", "", "gb2312"),
    "utf-8 in the header": ("text/html;charset=utf-8", "", "utf-8"),
    "quoted in the header": ('text/html; charset="big5"', "", "big5"),
    "iso-8859-1 in the header": ("text/html; charset=iso-8859-1", "", "iso-8859-1"),
    "http-equiv": ("text/html", HTTP_EQUIV.format("gb2312"), "gb2312"),
    "charset": (None, '<meta charset="UTF-8">', "utf-8"),
    "bare charset": (None, "<META CHARSET=gbk />", "gbk"),
    "utf-16": (None, HTTP_EQUIV.format("utf-16"), "utf-16"),
    "unicode": (None, HTTP_EQUIV.format("unicode"), "unicode"),
    "header against meta": ("text/html; charset=utf-8", HTTP_EQUIV.format("gb2312"), "utf-8"),
    "meta against header": ("text/html; charset=gbk", '<meta charset="utf-8">', "gbk"),
    "unknown": (None, HTTP_EQUIV.format("no-such-charset"), "no-such-charset"),
    "unknown header": ("text/html; charset=none", '<meta charset="gb2312">', "gb2312"),
    "late": (None, SCRIPT + '<meta charset="gb2312">', "gb2312"),
    "in a comment": (None, '<!-- <meta charset="big5"> -->', None),
    "behind a comment": (None, '<!-- <meta charset="big5"> --><meta charset="gbk">', "gbk"),
    "of another alphabet": (None, '<meta charset="shift_jis">', "shift_jis"),
    "xml": (None, '<?xml version="1.0" encoding="gb2312"?>', "gb2312"),
}


def page(words, markup="", shape="short"):
    front, times = SHAPES[shape]
    body = "\n".join(f"<p>{words}</p>" for _ in range(times))
    return f"<html>{markup if markup.startswith('<?') else ''}<head>{markup}</head><body>{front}{body}</body></html>"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("declaration", DECLARATIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_evidence_overrules_the_declaration(encoding, declaration, shape):
    codec, mark, chosen, words = ENCODINGS[encoding]
    header, markup, declared = DECLARATIONS[declaration]
    html = page(words, markup, shape)
    text, charset = decode(mark + html.encode(codec), header)
    assert text == html
    assert (charset.chosen, charset.errors, charset.declared) == (chosen, 0, declared)


def broken(body, kind, spot, line):
    """The body with a byte replaced, lost, inserted, or lost in each of three lines."""
    return {
        "replaced": body[:spot] + b"\xff" + body[spot + 1 :],
        "lost": body[:spot] + body[spot + 1 :],
        "inserted": body[:spot] + b"\xff" + body[spot:],
        "three lost": b"".join(part[1:] for part in (b" " + body[:spot], body[spot : spot + line]))
        + body[spot + line + 1 : spot + 2 * line]
        + body[spot + 2 * line + 1 :],
    }[kind]


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if "16" not in name])
@pytest.mark.parametrize("kind", ["replaced", "lost", "inserted", "three lost"])
@pytest.mark.parametrize("label", [None, "utf-8"])
@pytest.mark.parametrize("times", [4, 200])
def test_broken_bytes_cost_their_neighbourhood_only(encoding, kind, label, times):
    codec, mark, chosen, words = ENCODINGS[encoding]
    lines = [f"<p>{words}</p>\n"] * times
    body = mark + "".join(lines).encode(codec)
    begin = body.index(words.encode(codec))
    for spot in range(begin + 8, begin + 15):
        damaged = broken(body, kind, spot, len(lines[0].encode(codec)))
        text, charset = decode(damaged, f"text/html; charset={label}" if label else None)
        assert charset.chosen == chosen
        # a second byte that is ASCII can be read without its first
        assert (0 if TRADITIONAL in words else 1) <= charset.errors == text.count(LOST) <= 12
        assert text.count(words) >= times - (3 if kind == "three lost" else 1)  # the other lines are whole
        assert words[:2] in text.split("\n")[0]  # and so is the rest of this one
        assert words[20:] in text.split("\n")[0]


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if "16" in name])
def test_a_byte_lost_in_utf16(encoding):
    codec, mark, chosen, words = ENCODINGS[encoding]
    body = mark + page(words, shape="40 kB").encode(codec)
    for spot in range(len(body) // 2, len(body) // 2 + 60):
        text, charset = decode(body[:spot] + body[spot + 1 :])
        assert charset.chosen == chosen
        assert charset.errors <= 2
        assert text.count(words) >= 498
        assert text.endswith("</p></body></html>")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_end_within_a_character(encoding):
    codec, mark, chosen, words = ENCODINGS[encoding]
    html = page(words).partition("。")[0]
    whole = mark + html.encode(codec)
    text, charset = decode(whole[:-1])
    assert charset.chosen == chosen
    assert text == html[:-1] + LOST
    assert charset.errors == 1


def test_many_broken_bytes():
    html = page(WORDS, shape="40 kB")
    for codec, chosen in (("utf-8", "utf-8"), ("gbk", "gb18030")):
        body = bytearray(html.encode(codec))
        body[300::300] = b"\xff" * len(body[300::300])
        text, charset = decode(bytes(body))
        assert charset.chosen == chosen
        assert text.count(LOST) == charset.errors > 100
        assert text.count(WORDS[10:20]) > 300


@pytest.mark.parametrize("fragment", ["政府信息公开", "政府办公室"])  # an even and an odd number of bytes
def test_an_include_in_another_encoding_does_not_decide(fragment):
    front, behind = page(WORDS, shape="40 kB").split("<body>")
    for codec, other, chosen in (("gbk", "utf-8", "gb18030"), ("utf-8", "gbk", "utf-8")):
        include = f"<div>{fragment}</div>".encode(other)
        text, charset = decode(front.encode(codec) + b"<body>" + include + behind.encode(codec), "text/html")
        assert charset.chosen == chosen
        assert text.count(WORDS) == 500
        text, charset = decode(include * 3 + f"<p>{WORDS}</p>".encode(codec) * 5)  # a short page
        assert charset.chosen == chosen
        assert text.count(WORDS) == 5


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", None])
def test_single_bytes_among_ascii_are_western(label):
    html = page(f"{ENGLISH}\xa0 © 2020 · caf\xe9 {ENGLISH}")
    text, charset = decode(html.encode("latin-1"), f"text/html; charset={label}" if label else None)
    assert text == html
    assert (charset.chosen, charset.errors) == ("cp1252", 0)


@pytest.mark.parametrize(("label", "chosen"), [("utf-8", "utf-8"), ("gb2312", "gb18030")])
def test_single_bytes_among_ascii_are_unreadable_in_what_is_declared(label, chosen):
    text, charset = decode(page(f"{ENGLISH}\xa0 © {ENGLISH}").encode("latin-1"), f"text/html; charset={label}")
    assert (charset.chosen, charset.errors) == (chosen, 2)
    assert text.count(ENGLISH) == 2


def test_ascii_is_utf8_under_any_label():
    for label in ("gb2312", "iso-8859-1", "utf-16", "none"):
        text, charset = decode(page(ENGLISH).encode(), f"text/html; charset={label}")
        assert text == page(ENGLISH)
        assert (charset.detected, charset.chosen, charset.errors) == ("ascii", "utf-8", 0)


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_replacement_character_of_the_page_is_no_unreadable_byte(codec):
    html = page(f"{WORDS}{LOST}{LOST}", shape="40 kB")
    assert decode(html.encode(codec))[1].errors == 0
    text, charset = decode(html.encode(codec) + b"\xff")
    assert (charset.errors, text.count(LOST)) == (1, 1001)


@pytest.mark.parametrize("times", [8, 30, 120])
def test_few_words_tell_simplified_from_traditional(times):
    cases = [(WORDS, "gbk", "gb18030"), (TRADITIONAL, "gbk", "gb18030"), (TRADITIONAL, "big5", "big5hkscs")]
    for words, codec, chosen in cases:
        for begin in range(len(words)):
            some = ((words + words) * 4)[begin : begin + times]
            assert decode(f"<p>{some}</p>".encode(codec))[1].chosen == chosen


@given(st.binary(max_size=3000), st.one_of(st.none(), st.text(max_size=40)))
def test_any_bytes_decode(body, content_type):
    text, charset = decode(body, content_type)
    assert charset.errors <= text.count(LOST)
    assert text.isascii() or not body.isascii() or 0 in body  # as UTF-16 has


@given(
    st.lists(st.integers(0, 60_000), min_size=1, max_size=12),
    st.binary(min_size=1, max_size=2),
    st.sampled_from(sorted(ENCODINGS)),
)
@settings(max_examples=60, deadline=None)
def test_the_lines_that_are_not_touched_survive(spots, bytes_there, encoding):
    codec, mark, _, words = ENCODINGS[encoding]
    if "16" in encoding:
        bytes_there = b"\xff\xff"[: 2 * (len(bytes_there) // 2)]  # of two bytes, so that none is lost
    numbered = [f"<p>{words}{number}</p>\n" for number in range(300)]
    lines = [line.encode(codec) for line in numbered]
    size = len(lines[0])
    touched = {spot % (300 * size) // size for spot in spots}
    for number in touched:
        middle = len(lines[number]) // 4 * 2
        lines[number] = lines[number][:middle] + bytes_there + lines[number][middle:]
    text, _ = decode(mark + b"".join(lines))
    assert all(line in text for number, line in enumerate(numbered) if number not in touched)


@given(
    st.text(st.sampled_from(sorted(set(WORDS + "\n <>/ap0123456789年月日")))),
    st.sampled_from(["", *DECLARATIONS]),
)
@settings(max_examples=60, deadline=None)
def test_the_text_is_the_same_in_any_encoding_that_can_hold_it(words, declaration):
    header, markup, _ = DECLARATIONS.get(declaration, (None, "", None))
    html = page(f"{WORDS}{words}", markup)
    for codec in ("utf-8", "utf-8-sig", "gb2312", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"):
        assert decode(html.encode(codec), header)[0] == html
