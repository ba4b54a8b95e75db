"""Cards of every kind and shape, for pictures and browser tests; and a page like the one Anki shows them on."""

import html
import json
import re
import struct
import zlib
from base64 import b64encode
from pathlib import Path

from ankilab import import_package, profile
from cardsmith.decks.project import read_project
from cardsmith.pipeline import build

MATHJAX = Path(__file__).parent.parent / "src" / "cardsmith" / "vendor" / "mathjax"

TOPICS = """\
topics:
  llm:
    title: 大语言模型
    deck: cardsmith::大语言模型
    description: 架构、注意力、训练与对齐
  diffusion:
    title: 扩散模型
    deck: cardsmith::扩散模型
    description: 采样与训练
  attention:
    title: Attention
    deck: cardsmith::Attention
    description: How tokens look at one another
"""

DECKS = {
    "llm/hallucination": r"""
title: 大模型的幻觉
source: https://arxiv.org/abs/2202.03629
cards:
- id: definition
  kind: definition
  front: 什么是大语言模型的「幻觉」（hallucination）？
  back: 模型生成不实、虚构、不一致或无意义的内容
  aka: [hallucination, 虚构]
  quote: generated content that is nonsensical or unfaithful to the provided source content
  cite: arXiv:2202.03629, sec. 2
- id: enumeration
  kind: enumeration
  front: 幻觉分为哪两类？
  back: |-
    1. **内在幻觉**：与给定的上下文不一致
    2. **外在幻觉**：不能由给定的上下文验证
  extra: 判断内在幻觉只需要上下文，判断外在幻觉还需要外部知识。
  cite: arXiv:2202.03629, sec. 2.1
""",
    "llm/dpo": r"""
title: 直接偏好优化（DPO）
cards:
- id: formula
  kind: formula
  front: DPO 的重参数化：用最优策略 \(\pi_r\) 写出奖励 \(r(x,y)\)
  back: \[ r(x,y)=\beta\log\frac{\pi_r(y\mid x)}{\pi_{\mathrm{ref}}(y\mid x)}+\beta\log Z(x) \]
  where:
    \(\beta\): KL 惩罚强度
    \(\pi_{\mathrm{ref}}\): 参考策略，通常是有监督微调后的模型
    \(Z(x)\): 配分函数，只依赖 \(x\)，在两个回答之差中消去
  cite: arXiv:2305.18290, eq. 5
""",
    "llm/mha-to-mla": r"""
title: 从 MHA、MQA、GQA 到 MLA
cards:
- id: progression
  kind: progression
  front: 注意力从 MHA 到 MLA 依次经过哪些改进？
  back: MHA → MQA → GQA → MLA
  reverse: true
  extra: |-
    | | 每个 token 每层的 KV cache |
    |---|---|
    | MHA | \(2\,n_h d_h\) |
    | MQA | \(2\,d_h\) |
    | GQA | \(2\,n_g d_h\) |
    | MLA | \(d_c+d_h^{R}\) |
  cite: arXiv:2405.04434, table 1
""",
    "llm/deepseek-v3": r"""
title: DeepSeek-V3 技术报告
cards:
- id: claim
  kind: claim
  text: DeepSeek-V3 总参数量 {{c1::671B}}，每个 token 激活 {{c2::37B}}
  quote: a strong Mixture-of-Experts (MoE) language model with 671B total parameters with 37B activated for each token
  cite: arXiv:2412.19437, abstract
""",
    "diffusion/stress": r"""
title: 一个标题很长、在手机上一行放不下、需要安静地截断而不能挤坏版面的文章：从去噪扩散概率模型到流匹配
cards:
- id: long-inline
  kind: formula
  front: 行内的长公式 \(\mathcal{L}_{\mathrm{simple}}(\theta)=\mathbb{E}_{t,x_0,\epsilon}\left[\left\|\epsilon-\epsilon_\theta\left(\sqrt{\bar\alpha_t}x_0+\sqrt{1-\bar\alpha_t}\epsilon,t\right)\right\|^2\right]\) 里 \(\epsilon\) 服从什么分布？
  back: \(\mathcal{N}(0,I)\)，与 \(x_0\) 独立
  cite: arXiv:2006.11239, eq. 14
- id: long-display
  kind: formula
  front: 写出 ELBO
  back: |-
    \[ \mathbb{E}_q\left[D_{\mathrm{KL}}(q(x_T\mid x_0)\,\|\,p(x_T))+\sum_{t>1}D_{\mathrm{KL}}(q(x_{t-1}\mid x_t,x_0)\,\|\,p_\theta(x_{t-1}\mid x_t))-\log p_\theta(x_0\mid x_1)\right] \]
    其中 \(q\) 是前向过程。
  where:
    \(q(x_{t-1}\mid x_t,x_0)=\mathcal{N}(x_{t-1};\tilde\mu_t(x_t,x_0),\tilde\beta_tI)\): 前向过程的后验，在给定 \(x_0\) 时有闭式
  cite: arXiv:2006.11239, eq. 5
- id: tagged
  kind: formula
  front: 写出连续与离散情形的期望
  back: \[ \int p_{\theta}(z) f(z)\,dz\ \text{（连续情形）}\qquad \sum_{z} p_{\theta}(z) f(z)\ \text{（离散情形）}\tag{2} \]
  cite: arXiv:1312.6114, sec. 2
- id: code
  kind: claim
  front: 一行 PyTorch 怎样对 `x` 加噪到时刻 `t`？
  back: |-
    ```python
    def add_noise(x, t, alpha_bar):
        # 一步到位，不必逐步加噪：the closed form of the forward process, wider than any phone
        noise = torch.randn_like(x)
        return alpha_bar[t].sqrt() * x + (1 - alpha_bar[t]).sqrt() * noise, "epsilon", 1000
    ```
  cite: arXiv:2006.11239, eq. 4
- id: wide-table
  kind: claim
  front: 表格与长词 pneumonoultramicroscopicsilicovolcanoconiosispneumonoultramicroscopic
  back: |-
    | 方法 | 一步 | 十步 | 五十步 | 一百步 | 一千步 | 说明 |
    |---|---|---|---|---|---|---|
    | DDPM | 278.32 | 197.63 | 133.37 | 12.51 | 3.17 | 反向过程用了马尔可夫假设 |
  cite: arXiv:2010.02502, table 1
- id: cloze-in-math
  kind: formula
  text: 加噪 \(x_t={{c1::\sqrt{\bar\alpha_t} }}x_0+{{c2::\sqrt{1-\bar\alpha_t} }}\epsilon\)
  cite: arXiv:2006.11239, eq. 4
""",
    "attention/attention": r"""
title: Attention
cards:
- id: english
  kind: claim
  front: Why does scaled dot-product attention divide by \(\sqrt{d_k}\)?
  back: |-
    A dot product of \(d_k\) terms grows with \(d_k\), and large logits put the softmax where its gradient vanishes:

    \[ \mathrm{Attention}(Q,K,V)=\mathrm{softmax}\left(\frac{QK^{\top}}{\sqrt{d_k}}\right)V \]
  aka: [scaled attention]
  heading: [Attention, Self-attention, Why it is scaled]
  cite: arXiv:1706.03762, sec. 3.2.1
- id: picture
  kind: enumeration
  front: |-
    Which tokens does the first one see under a causal mask?
    ![](mask.png)
  back: Only itself
  heading: [Masks, 一个标题很长、在手机上一行放不下的小节, What a decoder may look at while it is being trained]
  cite: arXiv:1706.03762, sec. 3.2.3
  media: [mask.png]
""",
}


def png(width, height):
    """A picture: a gradient from one corner to the other."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(
        b"\0"
        + bytes(
            (90 + 120 * x // width, 120 + 100 * y // height, 200)[i] for x in range(width) for i in range(3)
        )
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


KINDS = ("definition", "formula", "claim", "enumeration", "progression")


def write_gallery(root):
    """Write the gallery as a project of its own and return its folder."""
    (root / "decks").mkdir(parents=True)
    (root / "decks/topics.yaml").write_text(TOPICS, encoding="utf-8")
    for name, text in DECKS.items():
        path = root / f"decks/{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    (root / "decks/attention/mask.png").write_bytes(png(300, 150))
    return root


def rendered(root, folder):
    """Build a project and return (question, answer) of each card as the real Anki renders it, by id and number."""
    sides = {}
    with profile(folder / "profile") as collection:
        for built in build(read_project(root), (), folder):
            import_package(collection, built.path)
        for card_id in collection.find_cards(""):
            card = collection.get_card(card_id)
            pair = (card.question(), card.answer())
            sides[f"{card.note()['Id']}.{card.ord}"] = tuple(_with_media(side, collection) for side in pair)
    return sides


def _with_media(side, collection):
    """A side whose pictures stand in it, since the profile is gone when it is shown."""
    folder = Path(collection.media.dir())
    return re.sub(
        r'(?<=src=")[^":]+\.png(?=")',
        lambda name: f"data:image/png;base64,{b64encode((folder / name.group()).read_bytes()).decode()}",
        side,
    )


REVIEWER_CSS = """
hr { background-color: #737373; margin: 1em 0; border: none; height: 1px; }
body { margin: 20px; overflow-wrap: break-word; background-size: cover; --canvas: #fff; --fg: #000; }
body.nightMode { background-color: var(--canvas); color: var(--fg); --canvas: #2c2c2c; --fg: #fcfcfc; }
img { max-width: 100%; max-height: 95vh; }
li { text-align: start; }
pre { text-align: left; }
"""
"""The rules of Anki's reviewer.css (26.09) that reach a card."""

MATHJAX_SETTINGS = {
    "tex": {
        "displayMath": [["\\[", "\\]"]],
        "processEscapes": False,
        "processEnvironments": False,
        "processRefs": False,
        "packages": {"[+]": ["noerrors", "mathtools", "mhchem"], "[-]": ["textmacros"]},
    },
    "loader": {"paths": {"mathjax": MATHJAX.as_uri()}},
    "startup": {"typeset": False},
}
"""As in Anki's ts/mathjax."""


def open_reviewer(browser, folder, width, *, night, height=800, scale=1):
    """Open a page like Anki's reviewer, from a file, with Anki's MathJax."""
    path = folder / f"reviewer-{width}-{night}.html"
    path.write_text(
        f"""<!doctype html><html class="{"night-mode" if night else ""}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><style>{REVIEWER_CSS}</style>
<script>MathJax = {json.dumps(MATHJAX_SETTINGS)}</script>
<script src="{html.escape((MATHJAX / "tex-chtml-full.js").as_uri())}"></script>
<body class="card card1 {"nightMode" if night else ""}"><div id="qa"></div></body></html>""",
        encoding="utf-8",
    )
    page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
    page.goto(path.as_uri())
    page.evaluate("MathJax.startup.promise")
    return page


def show(page, side, *, unfold=True):
    """Put one side of a card onto the page and typeset it."""
    page.evaluate(
        """async ([side, unfold]) => {
          const qa = document.getElementById("qa");
          MathJax.typesetClear();
          qa.innerHTML = side;
          qa.querySelectorAll("details").forEach(d => { d.open = unfold; });
          await MathJax.typesetPromise([qa]);
          await document.fonts.ready;
        }""",
        [side, unfold],
    )
