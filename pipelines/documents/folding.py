"""Forms of characters that fonts in a PDF give for the characters themselves: ⼀ for 一, ⺠ for 民."""

from __future__ import annotations

import unicodedata

# Radicals that Unicode does not decompose, and the characters they are forms of (code chart 2E80-2EFF)
_RADICALS = dict(
    zip(
        "⺠⻅⻔⻓⻋⻉⻚⻛⻜⻢⻥⻦⻩⻬⻮⻰⻆⻄⻘⻝⻣⻤⺝⺼⻁⻨⻙⻪⻧⻑⻒⻗⻊⺩⺫⺬⺮⺊⺌⺍⺇⺷⺁⺄",
        "民见门长车贝页风飞马鱼鸟黄齐齿龙角西青食骨鬼月肉虎麦韦黾卤長長雨足王目示竹卜小小几羊厂乙",
        strict=True,
    )
)


def fold(char: str) -> str:
    """The character that a radical, a compatibility ideograph or a Latin ligature stands for; others as they are."""
    if "\u2e80" <= char <= "\u2fdf" or "\uf900" <= char <= "\ufb06":
        return _RADICALS.get(char) or unicodedata.normalize("NFKC", char)
    return char
