"""Every encoding under every declaration, whole and with broken bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.decode import decode

WORDS = "溪口县人民政府二〇二〇年政府信息公开工作年度报告，全年主动公开信息三千一百二十条。依申请公开九件，均按期答复。"
TRADITIONAL = "臺灣的網頁也會出現在這裡，例如政府資訊公開的年度報告，內容與數據都要保留。"
PAGE = "<html><head>{meta}<title>{words}</title></head><body>{body}</body></html>"


def page(words, codec, label):
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={label}">' if label else ""
    return PAGE.format(meta=meta, words=words, body=f"<p>{words}</p>\n" * 20).encode(codec)


@pytest.mark.parametrize("codec", ["utf-8", "gbk", "gb2312", "gb18030", "big5"])
@pytest.mark.parametrize("label", [None, "utf-8", "gb2312", "iso-8859-1", "no-such-charset"])
@pytest.mark.parametrize("where", ["header", "meta"])
def test_evidence_overrules_the_declaration(codec, label, where):
    words = TRADITIONAL if codec == "big5" else WORDS.replace("〇", "零")
    body = page(words, codec, label if where == "meta" else None)
    header = f"text/html; charset={label}" if label and where == "header" else "text/html"
    text, charset = decode(body, header)
    assert text.count(words) == 21
    assert charset.errors == 0
    assert charset.declared == label


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5"])
def test_bad_bytes_do_not_flip_the_alphabet(codec):
    words = TRADITIONAL if codec == "big5" else WORDS
    body = bytearray(page(words, codec, None))
    for spot in (200, 700, 1100):
        body[spot] = 0xFF
    text, charset = decode(bytes(body))
    assert charset.errors > 0
    assert text.count(words) >= 17


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("label", ["gb2312", "unicode", None])
def test_utf16_and_byte_order_marks(codec, label):
    text, charset = decode(page(WORDS, codec, label))
    assert text.count(WORDS) == 21
    assert text.startswith("<html>")
    assert charset.errors == 0


def test_rare_characters_of_gb18030_under_a_gb2312_label():
    text, charset = decode("<meta charset=gb2312><p>㑇 䶮 𬇕 € 镇</p>".encode("gb18030") * 5)
    assert "㑇 䶮 𬇕 € 镇" in text
    assert charset.chosen == "gb18030"


@given(st.binary(max_size=3000), st.one_of(st.none(), st.text(max_size=40)))
def test_any_bytes_decode(body, content_type):
    text, charset = decode(body, content_type)
    assert isinstance(text, str)
    assert charset.errors == text.count("�") or charset.chosen == "utf-8"
