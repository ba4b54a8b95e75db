"""Deck files as they are damaged in life: by editors, merges, transfers and attacks. The same 2,000 on each run."""

import random
import re
from collections import Counter

from conftest import DECK

RICH = r"""# 编者的话：这一节请保留
excerpt: x01234567
title: 注意力：从 MHA 到 MLA
source: seeds/notes.txt:1

cards:

- id: mha-heads
  kind: claim
  front: 多头注意力为什么要分头？
  back: |-
    让每个头关注不同的子空间；
    # 这不是注释
    也让计算可以并行。
  aka: [MHA, multi-head]
  tags:
    - 注意力
    - 基础
  quote: |-
    每个头: 关注 #不同 的子空间

# 下一张待核对
- id: softmax
  kind: formula
  front: 'softmax 的温度：\(p_i = ?\)'
  back: \[ p_i=\frac{e^{z_i/T}}{\sum_j e^{z_j/T}} \]
  where:
    \(T\): 温度
    ? \(z_i\)
    : 第 i 个 logit
  cite: Hinton et al. (2015), sec. 2
  after: [mha-heads]

- id: v3-size
  kind: claim  # 数字
  text: DeepSeek-V3 总参数量 {{c1::671B}}，每个 token 激活 {{c2::37B}}
  cite: arXiv:2412.19437
  reverse: false
"""

SIGNS = [
    " #", "  # ", "#", " &x ", "&", " !x ", "!", " *x", "*", "%", "---\n", "...\n", "{{", "}}", "[", "]", '"', "'", "|", ">",
    "? ", "- ", ": ", ":", "\t", "\n", "\r", "\n\n", "\\", '"\\n"', "\0", "\x07", "\x1f", "\x7f", "\x85", "\ufeff", "\u2028",
    "\u200b", "\u3000", "\ufffd", "<<: ", "~", "`", "@", "=", "$", "〇", "🙂",
]  # fmt: skip


def flip_a_byte(chance, raw):
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]


def drop_a_byte(chance, raw):
    at = chance.randrange(len(raw))
    return raw[:at] + raw[at + 1 :]


def insert_a_sign(chance, raw):
    text = raw.decode()
    at = chance.randrange(len(text))
    return (text[:at] + chance.choice(SIGNS) + text[at:]).encode()


def sign_at_a_value(chance, raw):
    """Where it does harm: at the beginning of a value, or between two of its characters."""
    text = raw.decode()
    values = [m.start(1) for m in re.finditer(r"(?m)^(?:- |  )?\w+: (.+)$", text)]
    at = chance.choice(values) + chance.choice([0, 0, 2, 4])
    return (text[:at] + chance.choice(SIGNS) + text[at:]).encode()


def quote_a_value(chance, raw):
    text = raw.decode()
    value = chance.choice(list(re.finditer(r"(?m)^(?:- |  )\w+: ([^|\[\n].*)$", text)))
    mark = chance.choice("\"'")
    return (text[: value.start(1)] + mark + value.group(1) + mark + text[value.end(1) :]).encode()


def deceive(chance, raw):
    """YAML that is read without a complaint and says something else: the kind that no parser finds."""
    text = raw.decode()
    if chance.random() < 0.1:
        return ("%YAML 1.1\n---\n" + text).encode()
    value = chance.choice(list(re.finditer(r"(?m)^  (?:front|back|text|cite): ([^|\[\n]{4,})$", text)))
    inside = value.group(1)
    cut = chance.randrange(2, len(inside) - 1)
    lie = chance.choice(
        [
            f"{inside[:cut]} #{inside[cut:]}",
            f"{inside[:cut]}  #{inside[cut:]}",
            f"&nabla {inside}",
            f"!important {inside}",
            '"' + re.sub(r'["\\\\]', "", inside[:cut]) + chance.choice(["\\beta", "\\n", "\\x41"]) + '"',
            f"{inside}\n  {value.group().split(':')[0].strip()}: {inside[:cut]}",
        ]
    )
    return (text[: value.start(1)] + lie + text[value.end(1) :]).encode()


def with_lines(change):
    def mutated(chance, raw):
        lines = raw.split(b"\n")
        change(chance, lines)
        return b"\n".join(lines)

    mutated.__name__ = change.__name__
    return mutated


@with_lines
def repeat_a_line(chance, lines):
    at = chance.randrange(len(lines))
    lines.insert(chance.choice([at, chance.randrange(len(lines))]), lines[at])


@with_lines
def drop_a_line(chance, lines):
    del lines[chance.randrange(len(lines))]


@with_lines
def swap_two_lines(chance, lines):
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


@with_lines
def break_an_indentation(chance, lines):
    at = chance.randrange(len(lines))
    bare = lines[at].lstrip(b" ")
    lines[at] = chance.choice([b"", b" ", b"   ", b"    ", b"\t", b"  \t", b"      "]) + bare


@with_lines
def join_two_lines(chance, lines):
    at = chance.randrange(len(lines) - 1)
    lines[at : at + 2] = [lines[at] + chance.choice([b"", b" "]) + lines[at + 1].lstrip()]


@with_lines
def end_lines_as_windows_does(chance, lines):
    if chance.random() < 0.5:
        lines[:-1] = [line + b"\r" for line in lines[:-1]]
    else:
        at = chance.randrange(len(lines))
        lines[at] += b"\r"


@with_lines
def conflict(chance, lines):
    at = chance.randrange(len(lines))
    lines[at:at] = [b"<<<<<<< HEAD", lines[at], b"=======", lines[at][:-1], b">>>>>>> theirs"]


def cut_off(chance, raw):
    return raw[: chance.randrange(len(raw))]


MUTATIONS = [
    flip_a_byte, drop_a_byte, insert_a_sign, sign_at_a_value, sign_at_a_value, quote_a_value, repeat_a_line, drop_a_line,
    swap_two_lines, break_an_indentation, join_two_lines, end_lines_as_windows_does, conflict, cut_off, deceive, deceive,
]  # fmt: skip


def corpus(count, seed=20261122):
    """``count`` damaged deck files as bytes, each after one to three mutations, with what was done to it."""
    chance = random.Random(seed)
    for number in range(count):
        raw = (DECK, RICH)[number % 2].encode()
        done = []
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            mutation = chance.choice(MUTATIONS)
            try:
                raw = mutation(chance, raw) or raw
            except (UnicodeDecodeError, IndexError, ValueError):  # the file is no text any more
                continue
            done.append(mutation.__name__)
        yield raw, done


HEAD = "title: t\ncards:\n- id: a\n  kind: claim\n  cite: arXiv:1706.03762\n  front: f\n"
CLOZE = "title: t\ncards:\n- id: a\n  kind: claim\n  cite: arXiv:1706.03762\n  text: |-\n    "

HUGE = {
    "3,000 brackets": lambda: HEAD + "  back: " + "[" * 3000 + "]" * 3000 + "\n",
    "3,000 dashes": lambda: HEAD + "  back:\n    " + "- " * 3000 + "x\n",
    "3,000 levels": lambda: HEAD + "".join(f"{' ' * (2 + n)}k{n}:\n" for n in range(3000)),
    "3,000 braces": lambda: HEAD + "  back: " + "{a: " * 3000 + "x" + "}" * 3000 + "\n",
    "10 MB value": lambda: HEAD + "  back: " + "很" * 3_500_000 + "\n",
    "10 MB block": lambda: HEAD + "  back: |-\n" + "    很长的一行\n" * 500_000,
    "10 MB key": lambda: HEAD + "  " + "k" * 10_000_000 + ": x\n",
    "10 MB of open formulas": lambda: HEAD + "  back: " + r"\( x " * 2_000_000 + "\n",
    "alias bomb": lambda: "a: &a [x]\n" + "".join(map(_bomb, range(20))) + HEAD,
    "nested LaTeX": lambda: HEAD + "  back: \\(" + "{" * 9_000 + "x" + "}" * 9_000 + "\\)\n",
    "nested clozes": lambda: CLOZE + "{{c1::a" * 2500 + "}}" * 2500 + "\n",
    "100,000 control characters": lambda: HEAD + "  back: " + "\x07" * 100_000 + "\n",
}
"""Files made to exhaust a parser, by name; each must be answered, none may be silently cut."""


def _bomb(number):
    here, above = chr(98 + number), chr(97 + number)
    return f"{here}: &{here} [{', '.join(['*' + above] * 9)}]\n"


SYNTAX = set("-:|>+\"'?[]{},~")
"""Signs that YAML itself uses; all else of a file must be found again in what is read."""


def lost(text, data):
    """What stands in a file's text, is no comment, and is not in the data read from it."""
    rows = [row for row in re.split(r"\r?\n", text) if not re.match(r"\s*#", row)]
    bare = [re.sub(r"  +# .*$|(?<=[|>])[-+0-9]+$", "", row) for row in rows]
    bare = [re.sub(r"^((?:- |  )?(?:id|kind|excerpt|reverse|cards):(?: \S+)?) +#.*$|(?<=\]) +#.*$", r"\1", row) for row in bare]  # fmt: skip
    bare = [row for row in bare if row.strip() not in ("---", "...")]
    source = "\n".join(bare)
    found = "\n".join(leaves(data))
    characters = Counter(c for c in source if not c.isspace() and c not in SYNTAX)
    characters -= Counter(c for c in found if not c.isspace())
    words = Counter(re.findall(r"\w+", source)) - Counter(re.findall(r"\w+", found))
    return characters, words


def leaves(data):
    if isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from leaves(value)
    elif isinstance(data, (list, tuple)):
        for item in data:
            yield from leaves(item)
    else:
        yield str(data).lower() if isinstance(data, bool) else str(data)
