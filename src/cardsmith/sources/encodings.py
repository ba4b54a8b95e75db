"""Bytes of a note to text, whatever editor wrote it: UTF-8, UTF-16 and UTF-32 by their marks, and GB18030.

A mark of byte order decides (The Unicode Standard, 23.8). Without one a text is UTF-8, or else GB18030 (GB 18030-2022,
which holds GBK and GB2312) if what comes out is Chinese: nearly any bytes are GB18030, few of them say something.
"""

import codecs
import unicodedata

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""The longer marks first: that of UTF-32 begins as that of UTF-16 does."""
COMMON = 0.7
"""Share of common Han and Chinese marks among the characters beyond ASCII from which a text is taken for GB18030."""
_CHINESE_MARKS = frozenset("，。、；：？！（）《》「」『』“”‘’—…·【】　×÷±℃％")


def decode(raw: bytes) -> tuple[str, str] | None:
    """Return a note's text without its mark, line ends as they are, and its encoding's name; None for no text."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            text = _strict(raw[len(mark) :], name)
            return None if text is None else (text, name)
    if (text := _strict(raw, "utf-8")) is not None:
        return None if "\0" in text else (text, "utf-8")
    if b"\0" not in raw and (text := _strict(raw, "gb18030")) is not None and _is_chinese(text):
        return text, "gb18030"
    return None


def _strict(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        return None


def _is_chinese(text: str) -> bool:
    odd = [sign for sign in text if not sign.isascii()]
    known = sum("\u4e00" <= sign <= "\u9fff" or sign in _CHINESE_MARKS for sign in odd)
    is_clean = not any(
        unicodedata.category(sign) in ("Cc", "Co", "Cn") for sign in text if sign not in "\t\n\r\f"
    )
    return bool(odd) and is_clean and known >= COMMON * len(odd)
