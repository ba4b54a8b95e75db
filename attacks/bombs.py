"""Texts that are slow or large on purpose: time grows as the text does, memory stays bounded, or they are refused.

A text is a token repeated. It is judged by growth, at half and at whole length, each the least of several in turn, so
that neither a slow nor a busy machine decides. Each is tried in a child that may take only so much time and memory.
"""

import json
import math
import os
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import processes
from attacks.table import Row, judged, not_run
from cardsmith.anki.mathjax import Verdicts, has_engine
from cardsmith.anki.notes import make_notes
from cardsmith.anki.sides import sides_of
from cardsmith.anki.structure import fault_of as fault_of_formula
from cardsmith.checks.base import Context
from cardsmith.checks.table import check_project
from cardsmith.decks.deckfile import Deck, parse_deck, parse_topics
from cardsmith.decks.fixes import fix_deck
from cardsmith.decks.layout import format_deck
from cardsmith.decks.project import Project
from cardsmith.diff.as_html import emit_html
from cardsmith.diff.as_markdown import emit_markdown
from cardsmith.diff.as_text import emit_text
from cardsmith.diff.compare import compare
from cardsmith.diff.effects import effects
from cardsmith.errors import CardsmithError
from cardsmith.extract.candidates import extract
from cardsmith.model import Excerpt
from cardsmith.places import Place
from cardsmith.propose.lock import parse_memory
from cardsmith.release.records import parse_records, settled
from cardsmith.sources.reading import parse_source
from cardsmith.text.github import one_line
from cardsmith.text.terminal import no_command, spelt
from cardsmith.topics import Topics

WORDS = """
[ [a]( [a][ ![ ![a]( ]( [a]:b [^1] [1] [a][b] [[ ]] [](< [a](" *[ [* `[ [` [sound: [sound:a] [ ] [x] * ** *** _ __ *a_ _*a **_
` `` ``` ~~~ ~~ ~ < <a <a> </ <! <!-- --> <? <img <img/src=" <script> <http://a <a@b @ a@b.c http:// https://a. & &amp; &# &#x
&lt; \\ \\( \\) \\(a\\) \\(a a\\) \\[ \\] \\[a\\] $ $$ $a $a$ $$a$$ `$ $` \\begin{ \\begin{a} \\end{a} \\frac{ \\left \\left( \\right)
\\\\ \\text{ \\text{$ { } {{ }} { } {{c1:: {{c1::a}} {{c1::a {{c1::\\( a}} {{c2::{{c1:: c1:: {{c1::a::b}} :: ::: ｛｛c1：： {｛ C1:
: ; . .. ... … …… , ， 。 ； ： ？ ?？ ！ ! ? 、 " ' “ ” ‘ 「 」 《 》 （ ） ( ) (( )) (a a) (a) [(] | || |a| |- |a|b| - -- --- —— – + = == === ->
=> → ⟶ • # ## ### > >> % %% ^ ^^ / // × ÷ ± ≈ ≤ 中 中文 中a 的 和 是 与 或 以及 因为 由于 例如 比如 如： 它 其 这 那 此 本文 上文 下图 如图 该 该方法
我们提 作者 吗 吗? 是否 能否 什么 什么是 哪 哪些 哪几个 几个 多少 为什么 目前 目前最 当前最 最新 最先进 SOTA state-of-the-art 2023 19 20 1 12
1. 1) (1) ① 1、 一、 第一 首先 a A ab Ab AB it they its e.g. forexample is does what how 英文名 标题 star 引用量 下载量 \u3000 \u00a0 \u200b \u0301
e\u0301 \ue000 \ue000\ue001 \ue0000\ue001 \U0001f600 \u200d \u202e \ufe0f \u05d0 arXiv: arXiv:2305.18290 doi:10. 10.1/ sec. eq. ﬁ Ⅳ １ Ａ
"""
BLANKS = ["\n", "\n\n", " ", "  ", "a ", "a  ", " \n", "  \n", "\t", "a\n", "中\n", "> ", "> a\n", "- ", "- a\n", "1. ", "1. a\n", "* ", "    a\n",
          "# ", "# a\n", "```\n", "~~~\n", "===\n", "a\n===\n", "---\n", "a\n---\n", "[a]: b\n", "[^1]: a\n", "a|b\n-|-\n", "|a|\n|-|\n", "。 ", "。\n",
          "吗 ", "吗\n", "? ", "…\n", "... ", "a. ", "a. A", "→ ", " → ", "是 \n", "<a \n", "$ ", "$\n", "\\[\n", "\\(\n", "`\n", "{{c1::\n", "}}\n"]  # fmt: skip
TOKENS = [*dict.fromkeys([*WORDS.split(), *BLANKS])]
FIELDS = ("front", "back", "extra", "cite", "quote", "where", "aka", "text")
"""Of a card, as ``check`` and ``build`` read them."""
OTHERS = ("title", "source", "tags", "media", "after", "allow", "symbol", "id", "kind", "unknown")
"""Where a text may stand besides: heads, names, keys."""
SIZES = (6_000, 12_000)
"""Characters: half and whole, below what a field may have."""
SMALL = 0.25
"""Seconds that need no explanation."""
LONGEST = 4.0
"""Seconds that nothing explains."""
MOST_SECONDS, MOST_MEMORY = 60, 400_000_000
"""What a child may take for one text, of the processor and of memory in bytes; then it is ended."""

CITE = "arXiv:2305.18290"
PATH = "decks/llm/a.yaml"


def block(text: str, columns: int) -> str:
    """Return a text as a block of YAML, whatever it holds."""
    lines = f"x\n{text}\ny".split("\n")
    return "|-\n" + "\n".join(" " * columns + line for line in lines)


def deck_of(field: str, text: str) -> str:
    """Return a deck file with one card, which has the text in a field, or beside its fields."""
    fields = {"front": "什么是什么？", "back": "甲", "cite": CITE}
    head = {"title": "t"}
    if field == "text":
        del fields["front"], fields["back"]
    if field in head or field == "source":
        head[field] = block(text, 6)
    elif field == "where":
        fields[field] = f"\n    a: {block(text, 6)}"
    elif field in ("symbol", "allow"):
        fields["where" if field == "symbol" else field] = f"\n    ? {block(text, 6)}\n    : a"
    elif field in ("aka", "tags", "media", "after"):
        fields[field] = f"\n    - {block(text, 6)}"
    elif field == "unknown":
        fields[f"? {block(text, 6)}\n "] = " a"
    else:
        fields[field] = block(text, 6)
    fields = {"id": "a", "kind": "formula"} | fields
    lines = "".join(f"  {name}: {value}\n" for name, value in fields.items())
    heads = "".join(f"{name}: {value}\n" for name, value in head.items())
    return f"excerpt: x00000000\n{heads}cards:\n- {lines.lstrip()}"


class Bomb(NamedTuple):
    """A token that is repeated somewhere."""

    where: str
    token: str
    read: Callable[[str], object]
    """What the product does with the text that the token makes."""
    whole: int = SIZES[1]
    """Characters; half of it is tried too."""
    rest: str = ""
    """Stands behind the repeated token: what closes it."""

    def text(self, size: int) -> str:
        """Return the text in a given length."""
        return self.token * (size // len(self.token)) + self.rest * (size // len(self.token))

    def seconds(self, size: int) -> float:
        """Return the processor time for reading; a problem that is told is an answer."""
        text = self.text(size)
        began = time.process_time()
        with suppress(CardsmithError):
            self.read(text)
        return time.process_time() - began


def growth(bomb: Bomb) -> tuple[float, float]:
    """Return seconds at half and at whole length, each the least of two in turn, or of five where two look too slow."""
    half = whole = math.inf
    for number in range(5):
        half = min(half, bomb.seconds(bomb.whole // 2))
        whole = min(whole, bomb.seconds(bomb.whole))
        if number and not is_slow(half, whole):
            break
    return half, whole


def is_slow(half: float, whole: float) -> bool:
    """Tell whether twice the text takes much more than twice the time, or too long anyway."""
    return (whole > SMALL and whole > 2.6 * half) or whole > LONGEST


def fault_of(bomb: Bomb) -> str | None:
    """Tell what is wrong with how a text is read; None when its time grows as it does."""
    if bomb.seconds(bomb.whole) <= SMALL:
        return None
    half, whole = growth(bomb)
    if is_slow(half, whole):
        return f"{half:.2f} s at {bomb.whole // 2:,} characters, {whole:.2f} s at {bomb.whole:,}"
    return None


# --- what reads


def read_deck(field: str, text: str) -> None:
    """Read, check and render a card, as ``check`` and ``build`` do; its quote is looked for in its source."""
    source = Excerpt("x00000000", "模型" * 4_000, (), (Place("seeds/a.txt", 1),), truncated=False)
    deck = parse_deck(deck_of(field, text), PATH)
    check_project(Context(_project(deck), {source.id: source}, {}, fault_of_formula))
    make_notes(deck)


def _project(deck: Deck) -> Project:
    topics = Topics(topics={"llm": {"title": "t", "deck": "d", "description": "d"}})
    return Project(Path("/nowhere"), topics, (deck,))


def read_pages(field: str, text: str) -> None:
    """Show a card and what changed in it, as ``preview`` and ``diff`` do; bring its file into form."""
    half = len(text) // 2
    show_change(deck_of(field, text), deck_of(field, f"{text[:half]}改{text[half:]}"))


def read_changes(tokens: str, text: str) -> None:
    """Show a change of one token into another, as often as it stands there: matching has to look at all of them."""
    was, now = tokens.split("→")
    show_change(deck_of("back", text.replace(tokens, was)), deck_of("back", text.replace(tokens, now)))


def show_change(old: str, new: str) -> None:
    """Show a deck file and what changed in it."""
    deck = parse_deck(new, PATH)
    format_deck(deck)
    fix_deck(deck)
    for note in make_notes(deck):
        sides_of(note, "d")
    topics = {"decks/topics.yaml": "topics:\n  llm:\n    title: t\n    deck: d\n    description: d\n"}
    difference = compare(topics | {PATH: new}, topics | {PATH: old})
    for emit in (emit_text, emit_markdown, emit_html):
        emit(difference, effects(difference))


def read_note(name: str, text: str) -> None:
    """Read a note and extract cards from it."""
    for excerpt in parse_source(text, name):
        extract(excerpt)


def read_prose(name: str, text: str) -> None:
    """Extract from a token that stands inside of prose, where rules find something to begin with."""
    half = len(text) // 2
    read_note(name, f"扩散模型是指{text[:half]}一种生成模型，它分为{text[half:]}两类。")


def read_topics(field: str, text: str) -> None:
    """Read ``topics.yaml`` with the text in one of its places."""
    topic = {"title": "t", "deck": "d", "description": "d"}
    head = {name: block(text, 4) for name in ("licence", "project", "anki") if name == field}
    if field in ("keywords", "articles"):
        topic[field] = f"\n    - {block(text, 8)}"
    elif field in topic:
        topic[field] = block(text, 8)
    name = f"? {block(text, 4)}\n  " if field == "name" else "llm"
    ignore = f"ignore:\n  x00000000: {block(text, 4)}\n" if field == "ignore" else ""
    lines = "".join(f"{key}: {value}\n" for key, value in head.items())
    topics = "".join(f"    {key}: {value}\n" for key, value in topic.items())
    parsed = parse_topics(f"{lines}{ignore}topics:\n  {name}:\n{topics}", "decks/topics.yaml")
    one_line(parsed.licence or "", 100)


def read_formula(text: str) -> None:
    """Check a card with a formula and ask Anki's own MathJax, as ``check`` does where the engine is installed."""
    deck = parse_deck(deck_of("back", rf"\[ {text} \]"), PATH)
    check_project(Context(_project(deck), {}, {}, _asked()))


@cache
def _asked() -> Verdicts:
    return Verdicts(Path("/nowhere"))


def read_terminal(text: str) -> None:
    """Spell a text for a terminal and a workflow's log."""
    no_command(spelt(text, lines=True))


RECORD = '{"hash": "0123456789abcdef", "mod": 1790000000, "topic": "llm"}'


def read_released(place: str, text: str) -> None:
    """Read ``released.json`` with the text in one of its places, or as a whole."""
    quoted = json.dumps(text, ensure_ascii=False)
    whole = {
        "name": f"{{{quoted}: {RECORD}}}",
        "hash": f'{{"a": {{"hash": {quoted}, "mod": 1, "topic": "llm"}}}}',
        "topic": f'{{"a": {{"hash": "0123456789abcdef", "mod": 1, "topic": {quoted}}}}}',
        "text": text,
        "conflict": f"{{\n<<<<<<< HEAD\n{text}\n=======\n{text}\n>>>>>>> b\n}}",
    }[place]
    (settled if place == "conflict" else parse_records)(whole)


def read_lock(place: str, text: str) -> None:
    """Read a lock with the text in one of its places, or as a whole."""
    quoted = json.dumps(text, ensure_ascii=False)
    card = f'{{"id": "a", "kind": "claim", "front": {quoted}, "back": "b"}}'
    whole = {
        "text": f'{{"excerpt": "x00000000", "text": {quoted}}}\n',
        "written": f'{{"written": {card}}}\n',
        "raw": text,
    }
    parse_memory(whole[place], "decks/.lock/x00000000.jsonl")


# --- what is tried

NESTED = {
    "[": "]", "{a: ": "}", "[{a: ": "}]", "- ": "", "? ": "", "a: {": "}", "- - ": "", "? - ": "", "[[],": "]", "{? ": "}", "'": "'", '"': '"',
    "|\n ": "", "a:\n ": "", "&a [": "]", "!a [": "]", "!!str ": "", "*a ": "", "&a ": "", "<<: {": "}", "%": "", "---\n": "", "...\n": "",
    "# c\n": "", "a: b\n": "", "? a\n: b\n": "", "- a\n": "", "- &a b\n": "", "- *a\n": "", "&a - ": "", "- !!int 1\n": "", "- 0x1\n": "",
    "a: |\n  b\n": "", "a: >\n  b\n": "", "- 'a'\n": "", '- "\\x41"\n': "", '- "\\u0041"\n': "", ",": "", "[,": "", ":": "", ": ": "", "a:": "",
    "\t": "", " \t": "", "\x00": "", "\ufeff": "", "\x85": "", "\u2028": "", "\r": "", "\x07": "", "=": "", "<<: *a\n": "", "- {a: *a}\n": "", "a ": "",
    "中": "", "\U0001f600": "", "?\n": "", "-\n": "", "!<a> ": "", "@": "", "`": "",
}  # fmt: skip
"""Pieces of YAML that nest, repeat or end too early, each with what closes it."""
JSON = {
    "[": "]", '{"a":': "}", '[{"a":': "}]", '"': "", "1": "", "1e9": "", "-": "", "\\": "", '"\\u0041": 1,': "", "[[],": "]", "null,": "", " ": "", "\n": "",
    '{"a": 1}\n': "", "NaN,": "", '"a": {"hash": "0", "mod": 1},\n': "", "<<<<<<< a\n": "", "=======\n": "", ">>>>>>> a\n": "", "中": "", "\x00": "", "\ud800": "",
    f'"a": {RECORD},\n': "", '{"written": {}}\n': "", '{"excerpt": "x00000000", "text": ""}\n': "",
}  # fmt: skip
FILE = 200_000
"""Characters of a file: more than any that people have written."""
TEX = {
    "{": "}",
    "}": "",
    r"\frac{": "}{}",
    "^{": "}",
    "_{": "}",
    "x^": "2",
    "x_1": "",
    r"\left(": r"\right)",
    r"\right)": "",
    r"\begin{matrix}": r"\end{matrix}",
    r"\\": "",
    "&": "",
    r"\text{": "}",
    r"\text{$": "$}",
    r"\sqrt{": "}",
    r"\over ": "",
    "$": "",
    "%": "",
    "\\": "",
    r"\hat": "x",
    "a": "",
    r"\alpha ": "",
    r"\mathbf{": "}",
    r"\color{red}{": "}",
    "'": "",
    r"\limits": "",
    r"\not": "",
    r"\mathchoice{}{}{}{}": "",
    r"\ce{A}": "",
    r"\ce{": "}",
    r"\pu{1 m}": "",
    "~": "",
    r"\tag{1}": "",
    r"\begin{array}{c}": r"\end{array}",
    r"\begin{array}{cccccccc}": r"\end{array}",
    r"\hline ": "",
    r"\mathrm{d}x": "",
    "1": "",
    "1.": "",
    ",": "",
    r"\sum": "",
    r"\sum_{i}^{n} ": "",
    r"\underbrace{": "}",
    r"\overset{a}{": "}",
    r"\boxed{": "}",
    r"\cancel{": "}",
    r"\quad": "",
    r"\,": "",
    r"\hspace{1em}": "",
    r"\operatorname{a}": "",
    r"\mathbb R": "",
    r"\unicode{65}": "",
    r"\verb|a|": "",
    r"\substack{a\\": "}",
    r"\begin{cases}": r"\end{cases}",
    r"\begin{aligned}a&=b\\": r"\end{aligned}",
    "中": "",
    r"\text{中}": "",
    r"\label{a}": "",
    r"\tiny ": "",
    r"\middle|": "",
    r"\bigl(": "",
    "<": "",
    ">": "",
    '"': "",
    "[": "]",
    "(": ")",
    "|": "",
    "!": "",
    "-": "",
    "+": "",
    "=": "",
    r"\bmod ": "",
    r"\binom{": "}{}",
    r"\root{": r"}\of{}",
    r"\cfrac{": "}{}",
    r"\stackrel{a}{": "}",
}
"""Pieces of formulas, each with what closes it."""
MATCHED = ("a", "b", "中", "模型", "，", " ", r"\(x\)", "`a`", "**a**", "1")
"""Words of a text that a difference looks for in another."""
TOPIC_PLACES = (
    "name",
    "title",
    "deck",
    "description",
    "keywords",
    "articles",
    "licence",
    "project",
    "anki",
    "ignore",
)


def laughs(levels: int) -> str:
    """Return YAML whose aliases would unfold to ten to the power of ``levels``."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


def groups() -> Iterator[tuple[str, list[Bomb]]]:
    """Return everything that is tried, by who reads it."""
    yield (
        "cards: `check`, `build`",
        [Bomb(f"field {f}", token, partial(read_deck, f)) for f in (*FIELDS, *OTHERS) for token in TOKENS],
    )
    shown = ("front", "back", "text", "where", "quote")
    yield (
        "cards: `preview`, `diff`, `fmt`",
        [Bomb(f"page of {f}", token, partial(read_pages, f)) for f in shown for token in TOKENS],
    )
    yield (
        "changes: `diff`",
        [
            Bomb("change", f"{a}{c}→{b}{d}", partial(read_changes, f"{a}{c}→{b}{d}"))
            for a in MATCHED
            for b in MATCHED
            for c, d in (("", ""), (" ", " "), ("，", "；"), (a, b), (b, a))
        ],
    )
    yield (
        "notes: `extract`",
        [
            Bomb(f"{read.__name__} {name}", token, partial(read, name))
            for read in (read_note, read_prose)
            for name in ("a.txt", "a.md")
            for token in TOKENS
        ],
    )
    yield (
        "`topics.yaml`",
        [
            Bomb(f"topics {place}", token, partial(read_topics, place))
            for place in TOPIC_PLACES
            for token in TOKENS
        ],
    )
    parsers = {
        "deck": partial(parse_deck, path=PATH),
        "topics": partial(parse_topics, path="decks/topics.yaml"),
    }
    yield (
        "files of YAML",
        [
            Bomb(f"{name} {before!r}", token, lambda text, p=parse, b=before: p(b + text), FILE, rest)
            for name, parse in parsers.items()
            for before in ("", "a: ", "title: t\ncards:\n- ", "topics:\n  ", "&a x: ")
            for token, rest in NESTED.items()
        ]
        + [
            Bomb(f"{name} of {n} levels", "\n", lambda text, p=parse, n=n: p(laughs(n) + text), 2_000)
            for name, parse in parsers.items()
            for n in (2, 5, 9, 200)
        ],
    )
    yield (
        "records and locks",
        [
            Bomb(f"{read.__name__} {place}", token, partial(read, place), FILE, JSON.get(token, ""))
            for read, places in ((read_released, ("text", "conflict")), (read_lock, ("raw",)))
            for place in places
            for token in JSON
        ]
        + [
            Bomb(f"{read.__name__} {place}", token, partial(read, place))
            for read, places in ((read_released, ("name", "hash", "topic")), (read_lock, ("text", "written")))
            for place in places
            for token in TOKENS
        ],
    )
    yield "terminal and workflow", [Bomb("terminal", token, read_terminal, FILE) for token in TOKENS]
    if has_engine():
        _asked()("x")  # children inherit the engine
        yield (
            "formulas: Anki's MathJax",
            [Bomb("formula", token, read_formula, rest=rest) for token, rest in TEX.items()],
        )


# --- each in a child


def tried(bombs: Sequence[Bomb]) -> Iterator[str | None]:
    """Try each in turn, in a child; where one ends the child, another goes on behind it."""
    done = 0
    while done < len(bombs):
        reading, writing = os.pipe()
        child = processes.start(partial(_try_all, bombs[done:], writing))
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as lines:
            for line in lines:
                done += 1
                fault = json.loads(line)
                yield _told(bombs[done - 1], fault) if fault else None
        if code := processes.wait(child):
            done += 1
            yield _told(bombs[done - 1], f"ended its process: {code}")


def _told(bomb: Bomb, fault: str) -> str:
    return f"{bomb.where}: {bomb.token!r} repeated, {fault}"


def _try_all(bombs: Sequence[Bomb], into: int) -> None:
    before = _peak()
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + 4 * MOST_MEMORY, resource.RLIM_INFINITY))
    with os.fdopen(into, "w", encoding="utf-8") as lines:
        for bomb in bombs:
            spent = int(time.process_time())
            resource.setrlimit(resource.RLIMIT_CPU, (spent + MOST_SECONDS, resource.RLIM_INFINITY))
            try:
                fault = fault_of(bomb)
            except Exception as error:  # noqa: BLE001 - nothing but a told problem may leave a reader
                fault = f"{type(error).__name__}: {error}"[:300]
            if _peak() - before > MOST_MEMORY:
                fault, before = f"took {(_peak() - before) / 1e6:.0f} MB", _peak()
            print(json.dumps(fault), file=lines, flush=True)


def _peak() -> int:
    """Return the most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def run(full: bool, seed: int, folder: Path) -> Iterator[Row]:  # noqa: ARG001 - nothing is written
    """Try every token everywhere, or in the short form a share that the seed chooses."""
    if not hasattr(os, "fork") or not Path("/proc/self/statm").exists():
        yield not_run("bombs", "needs fork and /proc")
        return
    dice = random.Random(seed)
    read_note("a.txt", "模型是一种模型。")  # children inherit what this loads
    for name, bombs in groups():
        chosen = bombs if full else dice.sample(bombs, -(-len(bombs) // 40))
        yield judged(f"slow texts in {name}", tried(chosen))
