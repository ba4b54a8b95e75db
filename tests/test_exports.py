"""Notes as the apps export them: their markup is no text, and a card carries none of it."""

from cardsmith.extract.candidates import extract
from cardsmith.sources.reading import parse_source

OBSIDIAN = r"""---
tags: [ml]
created: 2024-01-01
---
# LoRA

#llm/finetune #todo

> [!note] 要点
> **LoRA**（Low-Rank Adaptation）是一种参数高效的微调方法，它冻结预训练权重，只训练两个低秩矩阵 $B$ 和 $A$。

- ==合并权重==是一种推理时的技术，它把 $BA$ 加进 $W_0$，因此[[延迟|推理延迟]]不变。
- 前向计算为 $h = W_0x + BAx$ ^eq1

| 方法 | 参数 |
|---|---|
| LoRA | 少 |

```python
loss = a * b + c
```
"""

NOTION = r"""# 自助法 8f3a0c

Tags: 统计

<aside>
💡 **自助法**是一种从样本里有放回地重抽样的方法，用来估计统计量的标准误。

</aside>

估计量为

$$
\hat\theta^* = f(x_1^*, \dots, x_n^*) + b
$$
"""


def cards(text):
    return [card for excerpt in parse_source(text, "note.md") for card in extract(excerpt).candidates]


def test_obsidian_front_matter_tags_callouts_links_and_highlights_are_no_text():
    (note,) = parse_source(OBSIDIAN, "note.md")
    assert [section.excerpt.headings for section in note.sections] == [("LoRA",)]
    found = cards(OBSIDIAN)
    answers = {card.front: card.back for card in found}
    assert (
        answers["什么是 LoRA？"]
        == r"一种参数高效的微调方法，它冻结预训练权重，只训练两个低秩矩阵 \(B\) 和 \(A\)"
    )
    assert answers[r"前向：\(h = ?\)"] == r"\(h = W_0x + BAx\)"
    shown = "".join(card.front + card.back for card in found)
    assert [
        mark for mark in ("[[", "]]", "==", "**", "[!", "#", "created", "loss", "^eq1") if mark in shown
    ] == []


def test_notion_asides_are_text_without_their_tags():
    answers = {card.front: card.back for card in cards(NOTION)}
    assert answers["什么是自助法？"] == "一种从样本里有放回地重抽样的方法，用来估计统计量的标准误"


def test_a_star_inside_a_formula_is_no_emphasis():
    backs = [card.back for card in cards(NOTION)]
    assert r"\[ \hat\theta^* = f(x_1^*, \dots, x_n^*) + b \]" in backs


def test_a_rule_line_that_opens_a_note_is_not_taken_for_front_matter():
    (note,) = parse_source("---\n\n# 标题\n\n文字在此。\n", "note.md")
    assert [section.excerpt.text.strip() for section in note.sections] == ["---", "文字在此。"]
