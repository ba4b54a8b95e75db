"""Cloze texts: what Anki would read otherwise than the author is refused, with what to write instead."""

import pytest

from cardsmith.anki.cloze_faults import cloze_fault
from cardsmith.anki.render import render_field
from cardsmith.text.clozes import cloze_numbers


@pytest.mark.parametrize(
    "text",
    [
        "参数量 {{c1::671B}}，激活 {{c2::37B}}",
        "{{c1::a::hint words}}",
        "{{c1::容器::提示}}",
        "C++ 的 {{c1::`std::map`}}",
        r"{{c1::\(\frac{a}{b_{c}}\)}}",
        r"\( x = {{c1::\frac{a}{b} }} \)",
        "{{c1::`{{x}}`}}",
        "{{c2::a}} {{c2::b}} {{c1::c}}",
    ],
)
def test_is_fine(text):
    assert cloze_fault(render_field(text, cloze=True)) is None


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("nothing", "cloze-none", "no deletion"),
        ("{{C1::x}} {{c1::y}}", "cloze-form", "{{C1:: is no deletion for Anki"),
        ("{{c１::x}}", "cloze-form", "{{c１:: is no deletion for Anki"),
        ("{{c1,2::x}}", "cloze-form", "{{c1,2:: is no deletion for Anki"),
        ("{{c1:x}} {{c2::y}}", "cloze-form", "{{c1: is no deletion for Anki"),
        ("{{c1：：x}}", "cloze-form", "{{c1：： is no deletion for Anki"),
        ("{{ c1::x}}", "cloze-form", "{{ c1:: is no deletion for Anki"),
        ("{{c0::x}}", "cloze-form", "cloze numbers go from 1 to 99"),
        ("{{c100::x}}", "cloze-form", "cloze numbers go from 1 to 99"),
        (
            "{{c1::a {{c2::b}} }}",
            "cloze-nested",
            "a deletion inside another one shows differently in older clients",
        ),
        (
            "[link]({{c1::a}})",
            "cloze-place",
            "a deletion begins or ends in a link's address or a picture's description",
        ),
        ("{{c1::a", "cloze-braces", "a deletion is never closed"),
        ("{{c1::}}", "cloze-none", "a deletion of nothing"),
        ("{{c1:: ::hint}}", "cloze-none", "a deletion of nothing"),
        ("{{c1::std::map}}", "cloze-colons", "std::map is read as the answer std with the hint map"),
        (
            r"\( {{c1::\frac{a}{b}}} \)",
            "cloze-braces",
            "Anki ends the deletion at the first }}, inside the LaTeX",
        ),
    ],
)
def test_is_refused(text, code, message):
    fault = cloze_fault(render_field(text, cloze=True))
    assert fault is not None
    assert fault[:2] == (code, message)


def test_numbers_are_what_anki_counts():
    assert cloze_numbers("{{c3::a}} {{c1::b}} {{c3::c}} {{c１::d}}") == [1, 3]
