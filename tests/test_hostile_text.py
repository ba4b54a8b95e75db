r"""Text that once gave a broken card: each case is an input that an attack on the extractor found."""

import re

import pytest

from cardsmith.extract.candidates import extract
from cardsmith.sources.reading import parse_source
from cardsmith.text.latex import find_formulas

LONG = r"\[\frac{\partial h_t}{\partial h_k}=\prod_{j=k+1}^{t}\frac{\partial h_j}{\partial h_{j-1}}=\prod_{j=k+1}^{t}W^\top\mathrm{diag}(f'(h_{j-1}))\]"
TEXTS = {
    "a cue at the very beginning": "叫做模型,好。",
    "a definition that ends in a long formula": f"梯度爆炸,即反向传播时连乘的雅可比矩阵的范数太大,写成公式就是{LONG}",
    "a term with a formula": r"随机向量 \(x\) 指的是一种取值为向量的随机变量方法。",
    "a so-called term with a formula": r"所谓变量 \(x\),就是指一个可以取任意实数值的量。",
    "a name with a formula": r"\(\beta\)-VAE的核心思想是在KL散度前面乘以一个大于一的系数。",
    "an owner with a formula": r"\(\beta\)-VAE的缺点是不能很好地重建图像里的细节部分。",
    "a list's subject with a formula": r"\(\beta\)-VAE 分为两类:有监督和无监督。",
    "members with formulas": r"BERT 分为两步:先对每种关系 \(r\) 分类、再给每种关系 \(s\) 排序。",
    "an entry with a formula": r"\(k\) 近邻(kNN):用最近的 k 个样本投票来决定类别。",
    "a name of an equation with a formula": r"召回率(\(R\))= TP / (TP + FN),就是真正例所占的比例。",
    "emphasis in brackets": "**LSTM** (Long Short **Term** Memory) 是一种循环神经网络模型。",
    "a link in brackets": "扩散模型(又称 [[DDPM|去噪]] 模型):一种生成模型,它通过加噪来学习数据分布。",
    "markup before a naming verb": "把编码器和[[解码器|解码]]用<b>交叉注意力</b>连接起来的方法称为Seq2Seq。",
    "markup around a number": "[[DeepSeek-V3]] 的总参数量达到 671B,其中 <b>每个</b> token 会激活 37B 个参数。",
    "a footnote": "扩散模型[^1]是一种生成模型,它通过加噪来学习数据分布。",
    "a comment": "扩散模型是一种生成模型<!-- 注释 -->,它通过加噪来学习数据分布。",
    "a comment over two lines": "<!-- 扩散模型是一种\n生成模型,它通过加噪来学习数据分布。 -->",
    "a nested quotation": "> > 扩散模型是一种生成模型,它通过加噪来学习数据分布。",
    "a callout in a quotation": "> > [!tip] 标题二\n> > 扩散模型是一种生成模型,它通过加噪来学习数据分布。",
    "capital tags": "扩散模型是一种生成模型,它通过<B>加噪</B>来学习数据分布。",
    "an Obsidian comment": "扩散模型是一种生成模型 %%我的注释%%,它通过加噪来学习数据分布。",
    "struck out text": "~~旧模型~~扩散模型是一种生成模型,它通过加噪来学习数据分布。",
    "brackets in a target": "扩散模型是一种生成模型,它通过[加噪](http://a.b/c_(d))来学习数据分布。",
    "a task": "- [ ] 扩散模型是一种生成模型,它通过加噪来学习数据分布。",
    "where a link goes": '[1]: http://a.b "扩散模型是一种生成模型"',
    "prices around a formula": "成本模型指的是每次$5的收费方法,公式为 $S=a+b$ 共计收10$。",
    "traditional characters in English": "LoRA (低秩適應) is a method that freezes the pretrained 權重 of the model and trains little.",
}
HEADINGS = [
    "**扩散模型**", "[[扩散|扩散模型]]", "==扩散模型==", "[扩散模型](http://a.b)", "`diffusion`", "扩散模型 {#sec:a}",
    "扩散模型<br>二", "![图](a.png)", r"$\beta$-VAE", "[公式]", r"\(x", "扩散\ue000模型",
]  # fmt: skip
UNDER = "\n\n训练步骤:\n1. 清洗数据\n2. 训练模型\n3. 评估\n\n缺点是采样比别的方法慢很多,要走一千步。\n\n$$L = a+b$$\n"
LEFTOVER = re.compile(
    r"[\ue000-\uf8ff\x1e\x1f]|\[\[|\]\]|==|\*\*|~~|%%|\[\^|</?[A-Za-z]|<!|-->|\[ \]|\[!|\{#|^>|\$\\|\]\(|\)来"
)


def cards(text, name):
    found = [extract(excerpt) for excerpt in parse_source(text, name)]
    return [(extraction.excerpt, card) for extraction in found for card in extraction.candidates]


def shown(card):
    return [card.term, *card.aliases, card.front, card.back, card.text]


@pytest.mark.parametrize("name", ["note.md", "note.txt"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_hostile_text_makes_no_broken_card(text, name):
    for excerpt, card in cards(text, name):
        assert card.quote == excerpt.text[card.span.start : card.span.end]
        assert [part for part in shown(card) if LEFTOVER.search(part)] == []
        assert [f.kind for part in shown(card) for f in find_formulas(part) if f.kind == "open"] == []
        formulas = {re.sub(r"\s", "", formula.body) for formula in excerpt.formulas}
        assert {re.sub(r"\s", "", f.body) for f in find_formulas(card.back)} <= formulas


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_reaches_a_question_as_prose(heading):
    found = cards(f"## {heading}{UNDER}", "note.md")
    assert found != []
    assert [part for _, card in found for part in shown(card) if LEFTOVER.search(part)] == []


def test_traditional_words_in_english_stay_as_they_are():
    (_, card), *_ = cards(TEXTS["traditional characters in English"], "note.txt")
    assert "權重" in card.back


def test_a_term_with_a_formula_is_shown_with_it():
    (_, card), *_ = cards(TEXTS["a term with a formula"], "note.txt")
    assert card.front == r"什么是随机向量 \(x\)？"


def test_an_alias_loses_its_emphasis_and_nothing_else():
    (_, card), *_ = cards(TEXTS["emphasis in brackets"], "note.txt")
    assert (card.term, card.aliases) == ("LSTM", ("Long Short Term Memory",))
