"""Where a sentence and a clause end, in texts whose line ends and list marks were lost on the way."""

import pytest

from cardsmith.sources.reading import parse_source
from cardsmith.sources.segments import clauses, segment


def sentences(text, name="a.txt"):
    (excerpt,) = parse_source(text, name)
    return segment(excerpt).sentences


def texts(text, name="a.txt"):
    return [sentence.shadow for sentence in sentences(text, name)]


@pytest.mark.parametrize(
    ("name", "line", "goes_on"),
    [
        ("a.txt", "量化是用更少的位数", False),
        ("a.md", "量化是用更少的位数", True),
        ("a.txt", "量化是用更少的位数,", True),
        ("a.txt", "量化是用" + "很" * 25, False),
        ("a.txt", "量化是用" + "很" * 26, True),
    ],
    ids=["plain", "Markdown", "a comma", "58 columns", "60 columns"],
)
def test_a_line_goes_on_where_it_is_full_or_always_in_markdown(name, line, goes_on):
    assert len(sentences(f"{line}\n可以表示权重的方法", name)) == (1 if goes_on else 2)


def test_one_dash_is_a_minus_and_several_are_a_list():
    assert texts("误差是预测 - 真值的平方。") == ["误差是预测 - 真值的平方。"]
    assert texts("要点 - 剪枝删去权重 - 量化省显存") == ["要点", "剪枝删去权重", "量化省显存"]


def test_marks_inside_brackets_and_quotation_marks_split_no_clause():
    (sentence,) = sentences("剪枝(如结构化,非结构化)是删去「小,弱」的权重,省显存。")
    assert [sentence.shadow[start:end] for start, end in clauses(sentence)] == [
        "剪枝(如结构化,非结构化)是删去「小,弱」的权重",
        "省显存。",
    ]


def test_of_a_sentence_that_was_cut_the_whole_clauses_stay():
    assert texts("剪枝是删去权重。量化是省显存,但它会...") == ["剪枝是删去权重。", "量化是省显存"]
    assert [s.was_cut for s in sentences("剪枝是删去权重。量化是省显存,但它会...")] == [False, True]
    assert texts("剪枝是删去权重。量化是省...") == ["剪枝是删去权重。"]
