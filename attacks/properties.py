r"""What must hold of any bytes: five readers of strangers' files, each with properties of whatever it makes of them.

A target takes one input and an empty folder of its own. A ``CardsmithError`` is an answer, and its places are looked
at; anything else that leaves a target is a fault.
"""

import html
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from cardsmith.anki.mathjax import VERDICTS_FILE, Verdicts, engine, has_engine, too_new, unknown_macro
from cardsmith.anki.notes import Note, make_note
from cardsmith.anki.render import _ATTRIBUTES, _TAGS, render_field
from cardsmith.anki.safety import defused, typeset, unsafe, unsafe_in_page, unsafe_in_text
from cardsmith.anki.sides import sides_of
from cardsmith.anki.structure import fault_of
from cardsmith.decks.decisions import amended, edited_card, rejected
from cardsmith.decks.deckfile import Deck, parse_deck, parse_topics
from cardsmith.decks.emit import as_written, emit_deck, splice
from cardsmith.decks.fixes import FIELDS, fix_deck
from cardsmith.decks.layout import comments_of, format_deck
from cardsmith.errors import SEVERITIES, CardsmithError
from cardsmith.extract.candidates import extract
from cardsmith.journal import JOURNAL, TEMPORARIES, recover
from cardsmith.model import Card, Excerpt
from cardsmith.propose.lock import emit_lock, parse_memory
from cardsmith.propose.proposals import is_ready, proposed_card
from cardsmith.release.records import Record, emit_records, on_line, parse_records, read_ledger, read_records
from cardsmith.sources.encodings import decode
from cardsmith.sources.reading import read_sources
from cardsmith.sources.segments import segment
from cardsmith.text.characters import representable
from cardsmith.text.clozes import read_clozes
from cardsmith.text.latex import find_formulas, pieces, states_something, with_anki_delimiters

Target = Callable[[bytes, Path], None]
DECK = "decks/llm/fuzz.yaml"


def answer(read: Callable[[], Any], text: str) -> Any:
    """Return what a reader makes of a text; None where it refuses it, after a look at the problems that it names."""
    try:
        return read()
    except CardsmithError as error:
        problems = error.problems
    lines = text.count("\n") + 1
    for problem in problems:
        assert problem.code in SEVERITIES
        assert problem.message
        assert 0 <= problem.line <= lines + 1, f"line {problem.line} of {lines}"  # or the end of the file
        assert problem.column >= 0
        str(problem).encode()
    return None


def decoded(data: bytes) -> str:
    """Return an input as a text; bytes that are no UTF-8 are another target's subject."""
    return data.decode("utf-8", "ignore")


# --- decks


def deck(data: bytes, _folder: Path) -> None:
    """Write back what parses, unchanged, whole and card by card; formatting and fixes change nothing that is said."""
    text = decoded(data)
    answer(lambda: parse_topics(text, "decks/topics.yaml"), text)
    if read := answer(lambda: parse_deck(text, DECK), text):
        _deck(read, text)
    _typed(text)


def _deck(read: Deck, text: str) -> None:
    cards = _cards(read)
    assert splice(read, {}, ()) == text + "\n" * (not text.endswith("\n"))
    if all(map(_is_tidy, cards)) and _can_stand(read.title) and _can_stand(read.source or "x"):
        again = parse_deck(emit_deck(read.excerpt, read.title, read.source, cards), DECK)
        assert (again.excerpt, again.title, again.source) == (read.excerpt, read.title, read.source)
        assert _cards(again) == cards
    formatted = parse_deck(format_deck(read), DECK)
    assert _cards(formatted) == cards
    assert format_deck(formatted) == formatted.text
    fixed = parse_deck(fix_deck(read)[0], DECK)
    assert [_without(card, FIELDS) for card in _cards(fixed)] == [_without(card, FIELDS) for card in cards]
    if len({card.id for card in cards}) == len(cards):
        _decide(read)


def _decide(read: Deck) -> None:
    """Add, refresh, edit and delete as `extract` and `review` do: every other card and line stays."""
    cards = _cards(read)
    new = Card(id="new-card", kind="claim", front="新: #1", back="- 一\n\n- 二")
    if grown := answer(lambda: splice(read, {}, [new]), read.text):
        assert _cards(parse_deck(grown, DECK)) == [*cards, new]
    for number, entry in enumerate(read.entries):
        assert as_written(read, entry).strip()
        others = [card for card in cards if card.id != entry.card.id]
        if _is_tidy(entry.card):
            refreshed = parse_deck(splice(read, {entry.card.id: entry.card}, ()), DECK)
            assert _cards(refreshed) == cards
        try:
            edited = edited_card(entry, {"extra": "补充：\n# 一"}, DECK)
            done = amended(read, entry, edited)
            assert [card for card in _cards(done) if card.id != entry.card.id] == others
            assert _cards(done)[number].extra == "补充：\n# 一"
            assert _cards(rejected(read, entry)) == others
        except CardsmithError as error:
            refused = {problem.code for problem in error.problems}
        else:
            refused = set()
        assert refused <= {"card-layout", "empty-field"}, refused


_HOME = parse_deck(
    "# 题\ntitle: t\ncards:\n# 一\n- id: a\n  kind: claim\n  front: x\n  back: y\n\n- id: b\n  kind: claim\n  front: x\n  back: y\n",
    DECK,
)


def _typed(text: str) -> None:
    """Save an input as a reviewer's words, in every field: the file then says just that, or it is refused."""
    first, second = _HOME.entries
    for fields in (
        {"front": text},
        {"where": {text: text}},
        {"aka": [text, text]},
        {"extra": text, "cite": text},
    ):
        try:
            card = edited_card(first, fields, DECK)
        except CardsmithError:
            continue
        try:
            done = amended(_HOME, first, card)
        except CardsmithError:
            assert not representable("".join(value for _, value in card.texts()))
            continue
        assert _cards(done) == [card, second.card]
        assert comments_of(done.text, DECK)[:2] == ["# 题", "# 一"]
        assert parse_deck(emit_deck(None, text.strip() or "t", None, [card]), DECK).entries[0].card == card


def _cards(read: Deck) -> list[Card]:
    """Return what the cards of a deck say: space at the end of a text is nothing."""
    return [_trimmed(entry.card) for entry in read.entries]


def _trimmed(card: Card) -> Card:
    said = {name: value.rstrip() for name, value in card if isinstance(value, str)}
    return card.model_copy(update=said)


def _without(card: Card, fields: Iterable[str]) -> dict[str, object]:
    return {name: value for name, value in card.model_dump().items() if name not in fields}


def _is_tidy(card: Card) -> bool:
    named = [*card.media, *card.allow, *card.allow.values()]
    return all(_can_stand(value) for value in [*(value for _, value in card.texts()), *named])


def _can_stand(value: str) -> bool:
    """Tell whether YAML can carry a text, and the machine would write it: nothing at its end but words."""
    return representable(value) and value == value.rstrip() and bool(value)


# --- notes


def source(data: bytes, folder: Path) -> None:
    """Every excerpt, sentence and quote is the file's own, to the character, and every proposal is a card."""
    whole = decode(data)
    text = whole[0] if whole else decoded(data).replace("\0", "")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for name in ("note.md", "note.txt"):
        path = folder / name
        path.write_bytes(data)
        if whole is None:
            shown = data.decode("utf-8", "replace")
            assert answer(lambda path=path: read_sources([path], folder), shown) is None
            path.write_bytes(text.encode())
        for excerpt in answer(lambda path=path: read_sources([path], folder), text) or ():
            assert "\n".join(lines[excerpt.places[0].line - 1 :]).startswith(excerpt.text)
            for place in excerpt.places:
                assert "".join("".join(lines[place.line - 1 :]).split()).startswith(
                    "".join(excerpt.text.split())
                )
            _excerpt(excerpt)


def _excerpt(excerpt: Excerpt) -> None:
    document = segment(excerpt)
    assert len(document.shadow) == len(document.text) == len(excerpt.text)
    end = 0
    for sentence in document.sentences:
        assert end <= sentence.span.start < sentence.span.end <= len(excerpt.text)
        end = sentence.span.end
        assert len(sentence.shadow) == sentence.span.end - sentence.span.start
    extraction = extract(excerpt)
    assert extraction == extract(excerpt)
    for candidate in extraction.candidates:
        start, end = candidate.span
        assert 0 <= start < end <= len(excerpt.text)
        assert candidate.quote == excerpt.text[start:end]
        assert candidate.quote.strip()
        assert 0 <= candidate.score <= 1
    proposed = [
        proposed_card(candidate, excerpt.id, "fuzz")
        for candidate in extraction.candidates
        if is_ready(candidate)
    ]
    if proposed:
        assert _cards(parse_deck(emit_deck(excerpt.id, "题", None, proposed), DECK)) == proposed


# --- LaTeX


def latex(data: bytes, _folder: Path) -> None:
    """Find formulas where they are; what may ship is what MathJax sees, and it neither fetches nor links."""
    text = decoded(data)
    found = find_formulas(text)
    assert "".join(piece for piece, _ in pieces(text, found)) == text
    end = 0
    for formula in found:
        assert end <= formula.start < formula.end <= len(text)
        end = formula.end
        written = text[formula.start : formula.end]
        assert all(line in written for line in formula.body.split("\n"))
        fault_of(formula.body)
        states_something(formula.body)
        too_new(formula.body, "2.1.26")
    delimited = with_anki_delimiters(text)
    is_plain = not any(sign in formula.body for formula in found for sign in (r"\)", r"\]", r"\(", r"\["))
    assert with_anki_delimiters(delimited) == delimited or "$" in delimited or not is_plain
    read_clozes(text)
    for cloze in (False, True):
        unsafe_in_text(text, cloze=cloze)
    bodies = list(typeset(text))
    if unsafe_in_text(text) is None:
        assert not any(map(unsafe, bodies))
    if has_engine() and "\\" in text:
        _mathjax(text, bodies)


_WALK = r"""
function walk(node, out) {
  if (!node || !node.kind || node.kind === "text" || node.kind === "XML") return out;
  var all = node.attributes ? node.attributes.getAllAttributes() : {};
  for (var name in all) out.push([name, String(all[name])]);
  (node.childNodes || []).forEach(function (child) { walk(child, out); });
  return out;
}
function attributes(body) {
  shared.reset();
  var math = { math: body, display: true, start: { node: null }, end: {}, inputData: {}, root: null };
  try { return JSON.stringify(walk(shared.compile(math, page), [])); } catch (error) { return "null"; }
}
var finder = new MathJax._.input.tex.FindTeX.FindTeX({
  inlineMath: [["\\(", "\\)"]], displayMath: [["\\[", "\\]"]],
  processEscapes: false, processEnvironments: false, processRefs: false,
});
function found(text) {
  return JSON.stringify(finder.findMath([text]).map(function (item) { return item.math; }));
}
"""
_OURS = re.compile(r"MJX-TeXAtom|mjx-eqn:[^<>\";]+|border: [\w.]+ solid [a-z]+")


@cache
def _engine() -> Callable[[str], Callable[[str], str]]:
    context = engine().context  # type: ignore[attr-defined]
    context.eval(_WALK)
    return cache(context.get)


def attributes_of(body: str) -> list[tuple[str, str]] | None:
    """Return the attributes that Anki's MathJax gives to the elements of a formula; None for one that it refuses."""
    attributes = json.loads(_engine()("attributes")(body))
    return None if attributes is None else [(name, value) for name, value in attributes]


def loud(attributes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those attributes that can fetch, link, name or style."""
    names = ("style", "href", "class", "id", "src", "title", "actiontype")
    return [
        (name, value)
        for name, value in attributes
        if (name in names and not _OURS.fullmatch(value)) or re.search(r"url\(|[;<>\"]", value)
    ]


def _mathjax(text: str, bodies: list[str]) -> None:
    if len(bodies) < 50:
        assert json.loads(_engine()("found")(text)) == bodies
    for body in bodies[:3]:
        if unsafe(body) is None and unknown_macro(body) is None and fault_of(body) is None:
            assert loud(attributes_of(body) or ()) == []


# --- fields


def field(data: bytes, _folder: Path) -> None:
    """Whatever a card says, its HTML has allowed elements only, well nested, and nothing that Anki acts upon."""
    text = decoded(data)
    for cloze in (False, True):
        page = answer(lambda cloze=cloze: render_field(text, cloze=cloze), text)
        if page is not None:
            _page(page, cloze=cloze)
    if text.strip():
        prose = {
            "quote": text,
            "cite": text,
            "extra": text,
            "aka": (text,),
            "heading": (text, text),
            "where": {text: text},
        }
        read = Deck(DECK, "", None, text, f"https://{text}", (), {}, 0)
        basic = Card(id="a", kind="claim", front=text, back=text, reverse=True, **prose)
        cloze_card = Card(id="b", kind="claim", text=f"{{{{c1::甲}}}}{text}", **prose)
        for card in (basic, cloze_card):
            if note := answer(lambda card=card: make_note(card, read, {}), text):
                _note(note)


def _note(note: Note) -> None:
    for name, page in note.fields:
        _page(page, cloze=name == "Text")
        assert unsafe_in_page(page, cloze=name == "Text") is None
    for side in sides_of(note, "a::b"):
        for page in (side.front, side.back):
            assert not _REACTIONS.search(page), page
            _page(page.replace("data-ordinal", "class"), cloze=note.is_cloze, allowed=_TEMPLATES)


_REACTIONS = re.compile(r"\[(?:sound:|anki:|latex\]|\$\$?\])", re.IGNORECASE)
_TEMPLATES = {"article", "aside", "details", "footer", "header", "main", "section", "summary"}
_ALONE = {"br", "hr", "img", "wbr"}


def _page(page: str, *, cloze: bool, allowed: Iterable[str] = ()) -> None:
    parsed = _Parsed(set(allowed))
    parsed.feed(page)
    parsed.close()
    assert parsed.faults == [], parsed.faults
    assert cloze or parsed.nesting == parsed.open == [], parsed.open
    quiet = defused(page, cloze=cloze)
    assert cloze or not _REACTIONS.search(quiet)
    assert defused(quiet, cloze=cloze) == quiet
    assert html.unescape(quiet) == html.unescape(page)


class _Parsed(HTMLParser):
    """What a page has that it may not have, and the elements that it leaves open or ends where none is open."""

    def __init__(self, more: set[str]) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.nesting: list[str] = []
        self.open: list[str] = []
        self._more = more

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS | self._more | {"wbr"}:
            self.faults.append(tag)
        for name, value in attrs:
            own = {"title", "lang", *(("class", "id", "dir") if self._more else ())}
            if name not in _ATTRIBUTES.get(tag, set()) | own:
                self.faults.append(f"{tag} {name}")
            scheme = re.match(r"[\s\x00-\x20]*([a-z][a-z0-9+.-]*):", value or "", re.IGNORECASE)
            if name in ("href", "src") and scheme and scheme[1].lower() not in ("http", "https", "mailto"):
                self.faults.append(f"{tag} {name}={value}")
        if tag not in _ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _ALONE and (not self.open or self.open.pop() != tag):
            self.nesting.append(tag)

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"<?{data}")


# --- records


def record(data: bytes, folder: Path) -> None:
    """Read records back as they were written, line by line too; refuse or forget what is damaged, never act on it."""
    text = decoded(data)
    if records := answer(lambda: parse_records(text), text):
        _records(records)
    if memory := answer(lambda: parse_memory(text, "decks/.lock/llm/a.jsonl"), text):
        written = emit_lock(*memory)
        written.encode()
        assert parse_memory(written, "") == memory
    outside, staged = folder / "outside", folder / TEMPORARIES / "cardsmith-x.tmp"
    files = {
        "decks/released.json": data, "decks/llm/a.yaml": b"deck", "decks/.lock/llm/a.jsonl": b"lock", "README": b"mine",
 VERDICTS_FILE: data, ".cardsmith/ledger.json": data, JOURNAL: data,
    }  # fmt: skip
    for name, content in {
        **files,
        staged.relative_to(folder).as_posix(): b"staged",
        outside.name: b"mine",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for settle in (False, True):
        answer(lambda settle=settle: read_records(folder / "decks/released.json", settle=settle), text)
    for first_built in read_ledger(folder / ".cardsmith/ledger.json").values():
        assert isinstance(first_built.mod, int)
    assert all(isinstance(fault, str) for fault in Verdicts(folder / VERDICTS_FILE).known.values())
    answer(lambda: recover(folder), text)
    assert outside.read_bytes() == (folder / "README").read_bytes() == b"mine"
    assert (folder / "decks/llm/a.yaml").read_bytes() in (b"deck", b"staged", b"stageddeck")


def _records(records: dict[str, Record]) -> None:
    written = emit_records(records)
    assert parse_records(written) == records
    by_line = {}
    for line in written.split("\n"):
        by_line |= on_line(line)
    assert by_line == records


TARGETS: dict[str, Target] = {
    "deck": deck, "source": source, "latex": latex, "field": field, "record": record,
}  # fmt: skip
"""By name: what an input is read as."""
