"""Advice on cards: good cards get none, and each bad one that a check can see gets its own."""

from pathlib import Path

import pytest

from cardsmith.anki.render import render_field, visible_text
from cardsmith.checks.provenance import differences
from cardsmith.checks.table import Context, check_project
from cardsmith.checks.twins import same_question
from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.emit import emit_deck
from cardsmith.decks.project import Project
from cardsmith.model import Card
from cardsmith.sources.likeness import nearest_span
from cardsmith.topics import Topics

GOOD = [
    ("definition", "什么是大语言模型的「幻觉」？", "模型生成不实、虚构、不一致或无意义的内容"),
    ("enumeration", "幻觉分为哪两类？", "内在幻觉：与上下文不一致；外在幻觉：不符合事实知识"),
    ("enumeration", "RLHF 通常包括哪三个阶段？", "有监督微调（SFT）→ 奖励建模 → RL 微调"),
    ("progression", "注意力从 MHA 到 MLA 依次经过哪些改进？", "MHA → MQA → GQA → MLA"),
    ("claim", "DPO 的关键发现是什么？", "任何奖励函数都对应一个最优策略；反之任何语言模型都隐含一个以它为最优的奖励函数"),
    ("formula", r"Flow Matching 的一步加噪公式：\(\mathbf{x}_t = ?\)", r"\[\mathbf{x}_t=(1-t)\mathbf{x}_0+t\varepsilon\]"),
    ("claim", r"DDPM 的后验 \(q(x_{t-1}\mid x_t,x_0)\) 为什么只连接相邻两步？", "推导时用了前向过程的马尔可夫性"),
    ("claim", "DDIM 相比 DDPM 加速了多少？", "20–100 步达到 DDPM 1000 步的效果，即 10–50 倍"),
    ("claim", "DeepSeek-V3 总参数量 {{c1::671B}}，每个 token 激活 {{c2::37B}}", None),
    ("claim", "FlashAttention 的关键创新是什么？", "用在线 softmax 的思想对自注意力分块计算，不必把中间的 logits 存到显存"),
    ("claim", "与预训练相比，后训练的算力需求如何？", "相对较少"),
    ("claim", "搜索与推荐都是「匹配」：各自匹配什么？", "搜索：给定 query 匹配 doc；推荐：给定 user 匹配 item"),
    ("claim", "ControlNet 的额外条件为什么不用 VAE 编码？", "条件只需小卷积网络就能对齐到隐空间的分辨率"),
    ("claim", "Whisper 在 LibriSpeech 上表现怎样？", "并不抢眼"),
    ("claim", "Adam 默认 {{c1::0.9}}、{{c2::0.999}}、{{c3::1e-8}}，学习率 {{c4::1e-3}}", None),
]  # fmt: skip

BAD = [
    ("definition", "「分类器」的英文是什么？", "Classifier", "trivia"),
    ("definition", "「事后修改」的英文是什么？", "ClassifierGuidance", "trivia"),
    ("claim", "Hough Voting 的标题是什么？", "Deep Hough Voting for 3D Object Detection in Point Clouds", "trivia"),
    ("definition", "什么是推荐系统？", "系统根据用户的属性…", "answer-cut"),
    ("claim", "Stanford Alpaca 收获了 {{c1::33K}} 的 stars", None, "trivia"),
    ("claim", "在当前结合 LLM 的多模态探索上（{{c1::MM-LLM}}）采用两阶段训练", None, "cloze-gloss"),
    ("formula", "写出「基础」的公式", r"\(y=f(x)\)", "no-subject"),
    ("formula", r"\(X=(x_1,\dots,x_N)\) 的公式是什么？", r"\(X=(x_1,\dots,x_N)\)", "formula-notation"),
    (
        "claim", "DeepSeek-V3 有哪些创新？",
        "采用 MLA 压缩键值缓存。采用无辅助损失的负载均衡。采用多 token 预测。采用 FP8 混合精度训练。采用 DualPipe 流水线。",
        "answer-long",
    ),
    ("claim", "MAE 效果好吗？", "好", "yes-no"),
    ("claim", "目前最强的网络是 {{c1::EfficientNet}}", None, "undated"),
    ("claim", "为什么该方法不需要奖励模型？", "语言模型自己就是奖励模型", "pronoun"),
    ("claim", "它为什么更快？", "不必把中间结果写回显存", "pronoun"),
    ("claim", "有哪些优点？", "快，而且省显存", "no-subject"),
    ("claim", "如图所示的网络叫什么？", "U-Net", "pronoun"),
    ("claim", "VAE 与 GAN 都能生成图像吗？", "能", "yes-no"),
    ("claim", "What is attention? Why does it scale?", "A weighted sum of values", "many-facts"),
    ("claim", "Adam 默认 {{c1::0.9}}、{{c2::0.999}}、{{c3::1e-8}}，学习率 {{c4::1e-3}}，由 {{c5::Kingma}} 提出", None, "many-facts"),
]  # fmt: skip


def card(kind, front, back):
    fields = {"front": front, "back": back} if back else {"text": front}
    where = {r"\(t\)": "时间"} if kind == "formula" else {}
    return Card(id="card", kind=kind, where=where, cite="arXiv:1706.03762", **fields)


def codes(one):
    deck = parse_deck(emit_deck(None, "题目", None, [one]), "decks/llm/a.yaml")
    context = Context(Project(Path("nowhere"), Topics(topics={}), (deck,)), {}, {}, lambda _: None)
    return [problem.code for problem in check_project(context)]


@pytest.mark.parametrize(("kind", "front", "back"), GOOD, ids=[row[1] for row in GOOD])
def test_a_good_card_gets_no_advice(kind, front, back):
    assert codes(card(kind, front, back)) == []


@pytest.mark.parametrize(("kind", "front", "back", "code"), BAD, ids=[row[1] for row in BAD])
def test_a_bad_card_gets_the_advice_that_fits(kind, front, back, code):
    assert code in codes(card(kind, front, back))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("什么是幻觉？", "幻觉是什么？"),
        ("什么是 MLA？", "MLA 的定义是什么？"),
        ("VAE 和 GAN 的区别是什么？", "GAN 与 VAE 的区别？"),
        ("What is a VAE?", "what is the VAE"),
    ],
)
def test_one_question_in_other_words_is_one_question(one, other):
    assert same_question(one) == same_question(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("什么是内在幻觉？", "什么是外在幻觉？"),
        ("什么是幻觉？", "幻觉分为哪两类？"),
        ("为什么 DPO 不需要奖励模型？", "DPO 如何不需要奖励模型？"),
        ("DPO 的优点是什么？", "DPO 的缺点是什么？"),
        (r"重参数：\(L_{\theta} = ?\)", r"重参数：\(L_{\phi} = ?\)"),
    ],
)
def test_two_questions_are_two_questions(one, other):
    assert same_question(one) != same_question(other)


TEXT = "前文很长。注意力(attention)把查询与每个键比较，再按权重把值加起来。后文也长。"


@pytest.mark.parametrize(
    ("quote", "nearest", "said"),
    [
        ("注意力（attention）把查询与每个键比较", "注意力(attention)把查询与每个键比较", "'（' (U+FF08) at character 4 is '(' (U+0028)"),
        ("注意力把查询与每个键比较，再按权重把值加起来。", "注意力(attention)把查询与每个键比较，再按权重把值加起来。", "'(attention)' is missing at character 4"),
        ("把查询和每个键比较，再按权重", "把查询与每个键比较，再按权重", "'和' (U+548C) at character 4 is '与' (U+4E0E)"),
    ],
)  # fmt: skip
def test_a_quote_that_is_nearly_verbatim_is_told_where(quote, nearest, said):
    span = nearest_span(quote, TEXT)
    assert TEXT[slice(*span)] == nearest
    assert said in differences(quote, nearest)


@pytest.mark.parametrize(("characters", "advice"), [(120, []), (121, ["answer-long"])])
def test_an_answer_is_what_can_be_said_in_one_breath(characters, advice):
    assert codes(card("claim", "LoRA 冻结什么？", "预" * (characters - 1) + "值")) == advice
    formula = r"\(W_0 + BA\)"
    assert codes(card("claim", "LoRA 冻结什么？", formula + "预" * (characters - 2) + "值")) == advice


def test_a_quote_from_elsewhere_has_no_nearest_span():
    assert nearest_span("扩散模型逐步去噪", TEXT) is None
    assert nearest_span("。。。", TEXT) is None
    assert nearest_span("把查询与每个键都写进一张大表里，然后逐步去噪", TEXT) is None


@pytest.mark.parametrize(
    "back",
    ["对值加权求和", "误差的平方和", "各项之和", "梯度饱和", "数组的前缀和", "代数和", "让用户参与", "衡量的标的", "收敛的目的", "各层的参数是共享的", "它也是可逆的"],
)  # fmt: skip
def test_a_word_that_ends_like_a_conjunction_breaks_nothing_off(back):
    assert "answer-cut" not in codes(card("definition", "什么是推荐系统？", back))


@pytest.mark.parametrize(
    "back", ["编码器和", "模型的参数和", "查询与", "用户的", "由于", "这是模型的，以及", "是，但用户的"]
)
def test_an_answer_that_waits_for_more_breaks_off(back):
    assert "answer-cut" in codes(card("definition", "什么是推荐系统？", back))


EATEN = [
    "- 5",
    "+ 5",
    "* 5",
    "2017. 由谷歌提出",
    "3) 三步",
    "# 注释",
    "> 5",
    "---",
    "`a` 与 __init__",
    "__call__ 方法",
    "2*3*4",
    "2*x 与 3*y",
    "C:\\_tmp\\*",
    r"D:\a\(b)",
    r"\\server\x",
    r"\d+\.\d*",
]
KEPT = ["-5", "−5", r"\- 5", "2017 年由谷歌提出", r"2017\. 由谷歌提出", "分三步：\n- 甲\n- 乙", "- 甲\n- 乙", "#include <vector>", "**粗**与*斜*", "__注意__", "`__init__`",
        r"\_\_init\_\_", "a__b__c", "f(*args, **kwargs)", "2 * 3 * 4", r"\*甲\*", r"`C:\_tmp\*`", r"\(a\_b \alpha\)", "`2*3*4`", "> 甲\n> 乙", "```sh\n- 5\n```", r"C:\\tmp\\x", "[^1]"]  # fmt: skip


@pytest.mark.parametrize("back", EATEN)
def test_what_markdown_eats_is_told(back):
    assert "text-eaten" in codes(card("definition", "什么是推荐系统？", back))
    assert visible_text(render_field(back)).split() != back.replace("`", "").split()


@pytest.mark.parametrize("back", KEPT)
def test_what_markdown_keeps_or_was_meant_is_not_told(back):
    assert "text-eaten" not in codes(card("definition", "什么是推荐系统？", back))
