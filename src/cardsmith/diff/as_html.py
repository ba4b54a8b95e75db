"""A difference as one self-contained page: old and new side by side as Anki renders them, changed words marked."""

import base64
import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import groupby

from cardsmith.anki import sides as faces
from cardsmith.anki.notes import Note
from cardsmith.diff.as_text import Effects, sections, summary
from cardsmith.diff.compare import CardChange, Difference, Seat, Side
from cardsmith.diff.words import Sign, token_runs, words
from cardsmith.text.clozes import MARK
from cardsmith.text.escape import TAG, as_content, as_value
from cardsmith.text.latex import find_formulas, pieces

_STYLE = """
body { margin: 0; padding: 1.5em; font: 15px/1.5 system-ui, sans-serif; background: #eceff3; color: #1d2129; }
h1 { font-size: 1.3em; } h2 { font-size: 1em; font-family: ui-monospace, monospace; margin: 2em 0 .6em; }
.change { background: #fff; border: 1px solid #d4d9e0; border-radius: 8px; margin: 0 0 1em; overflow: hidden; }
.change > header { padding: .5em 1em; border-bottom: 1px solid #d4d9e0; }
.added > header { background: #e4f5e7; } .removed > header { background: #fbe6e6; } .changed > header { background: #fdf4da; }
.moved > header { background: #e3eefa; } .bad { color: #a40e0e; font-weight: 600; }
.drafts > summary { font-size: 1.3em; font-weight: 600; margin-top: 2em; cursor: pointer; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(18em, 1fr)); }
.sides > div { min-width: 0; padding-bottom: 1em; } .sides > div + div { border-left: 1px solid #d4d9e0; }
.sides h3 { font-size: .75em; font-weight: 500; color: #5b6472; margin: .6em 1.2em 0; }
del { background: #ffd7d5; color: #7d1512; } ins { background: #cdf3d3; color: #0b4d1c; text-decoration: none; }
.quiet { color: #5b6472; } .card + .card { border-top: 1px dashed #d4d9e0; }
"""
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; font-src data:; '
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
)
"""Cards come from strangers' pull requests: nothing is fetched, whatever they say."""
_TOKEN = re.compile(rf"({TAG.pattern}|{MARK}|::)")


def emit_html(difference: Difference, effects: Effects) -> str:
    """Return the page: no script but Anki's own MathJax (only where there is a formula), nothing to fetch."""
    body = [f"<h1>{as_content(summary(difference, effects))}</h1>"]
    body.append(f'<p class="quiet">{as_content(difference.old.name)} → {as_content(difference.new.name)}</p>')
    for head in difference.heads:
        words_ = f"{head.path}: {head.name}"
        old, new = as_content(head.old), as_content(head.new)
        meaning = f'<br><span class="bad">{as_content(head.meaning)}</span>' if head.meaning else ""
        body.append(
            f"<p>{as_content(words_)}: <del>{old}</del> <ins>{new}</ins> ({head.notes} cards){meaning}</p>"
        )
    cards, drafts = sections(difference, effects)
    body += _files(cards, difference, effects)
    if drafts:
        title = f"Drafts ({len(drafts)}): none of these ships"
        body.append(f'<details class="drafts" open><summary>{title}</summary>')
        body += [*_files(drafts, difference, effects), "</details>"]
    page = "\n".join(body)
    script = (
        f"<script>{mathjax_settings()}</script><script>{mathjax()}</script>"
        if re.search(r"\\[(\[]", page)
        else ""
    )
    return (
        f'<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">{_POLICY}'
        '<meta name="viewport" content="width=device-width">'
        f"<title>cardsmith diff</title><style>{faces.css()}{_STYLE}</style>{script}</head>\n"
        f'<body class="plain">{page}</body></html>\n'
    )


def _files(cards: list[CardChange], difference: Difference, effects: Effects) -> Iterator[str]:
    for path, changes in groupby(cards, lambda change: change.seat.deck.path):
        yield f"<h2>{as_content(path)}</h2>"
        yield from (_article(change, difference, effects) for change in changes)


def _article(change: CardChange, difference: Difference, effects: Effects) -> str:
    said = "; ".join(
        f'<span class="{effect.severity}">{as_content(effect.text)}</span>' for effect in effects[change.id]
    )
    moved = f" from {as_content(change.old.deck.path)}" if change.has_moved and change.old else ""
    notes = [_note(side, seat) for side, seat in ((difference.old, change.old), (difference.new, change.new))]
    sides = []
    for number, (title, mark) in enumerate((("old", "-"), ("new", "+"))):
        if (change.old is None and number == 0) or (change.new is None and number == 1):
            continue
        note, other = notes[number], notes[1 - number]
        deck = (difference.old, difference.new)[number].deck_name(note.topic) if note else ""
        cards = (
            marked_cards(note, other, "-" if mark == "-" else "+", deck)
            if note
            else "<p>cannot be rendered</p>"
        )
        sides.append(f"<div><h3>{title}</h3>{cards}</div>")
    shown = "".join(sides)
    return (
        f'<section class="change {change.kind}" id="{as_value(change.id)}"><header><code>{as_content(change.id)}</code> {change.label}{moved}: {said}'
        f'</header><div class="sides">{shown}</div></section>'
    )


def _note(side: Side, seat: Seat | None) -> Note | None:
    return side.note(seat) if seat else None


def marked_cards(note: Note, other: Note | None, mark: Sign, deck: str) -> str:
    """Return the answer sides of a note's cards, with the words marked that the other note does not have.

    ``deck`` is the Anki deck's full name.
    """
    fields = dict(note.fields)
    if other:
        was = dict(other.fields)
        marked = {
            name: marked_html(fields[name], was.get(name, ""), mark) for name in fields if _is_prose(name)
        }
        fields |= marked
    page = "".join(
        f'<div class="card cs-day">{faces.back(note, number, deck, fields)}</div>' for number in note.ords
    )
    is_marked = any(fields.get(name) != dict(note.fields).get(name) for name in ("Quote", "Source"))
    return page.replace("<details ", "<details open ") if is_marked else page


def _is_prose(name: str) -> bool:
    return name not in ("Id", "Reverse", "Kind", "Retired", "Spare2", "Spare3")


def marked_html(here: str, there: str, mark: Sign) -> str:
    """Return one side's HTML with the words that the other side does not have in ``del`` (old) or ``ins`` (new).

    Tags and the marks of a cloze are never wrapped, so the result is well-formed where the input is.
    """
    if here == there:
        return here
    pair = (_tokens(here), _tokens(there))
    old, new = pair if mark == "-" else pair[::-1]
    tag = "del" if mark == "-" else "ins"
    parts = []
    for run in token_runs(old, new):
        if run.mark == "=":
            parts.append(run.text)
        elif run.mark == mark:
            parts += _wrapped(run.text, tag)
    return "".join(parts)


def _wrapped(text: str, tag: str) -> Iterator[str]:
    for piece, is_markup in _pieces(text):
        yield piece if is_markup or not piece.strip() else f"<{tag}>{piece}</{tag}>"


def _tokens(page: str) -> list[str]:
    tokens: list[str] = []
    for piece, is_markup in _pieces(page):
        tokens += [piece] if is_markup else words(piece)
    return tokens


def _pieces(page: str) -> Iterator[tuple[str, bool]]:
    """Return what is markup of a field and what is not; a formula is never cut."""
    is_cloze = "{{c" in page
    whole = [f for f in find_formulas(page) if _is_whole(page[f.start : f.end], is_cloze=is_cloze)]
    for piece, formula in pieces(page, whole):
        if formula:
            yield piece, False
            continue
        for part in filter(None, _TOKEN.split(piece)):
            yield part, bool(_TOKEN.fullmatch(part))


def _is_whole(formula: str, *, is_cloze: bool) -> bool:
    """Tell whether a formula of rendered HTML holds no tag (its own signs are escaped) and no half of a cloze."""
    return "<" not in formula and (not is_cloze or formula.count("{{c") == formula.count("}}"))


def mathjax_settings() -> str:
    r"""Return the statement that sets MathJax up as Anki does, without ``\href``, which may run a script.

    In a page of class ``plain`` it looks for formulas on cards only: what else strangers write there, such as titles, no
    safety has judged.
    """
    return r'MathJax = {tex: {inlineMath: [["\\(", "\\)"]], displayMath: [["\\[", "\\]"]], processEscapes: false, packages: {"[-]": ["html", "require"]}}, options: {ignoreHtmlClass: "plain", processHtmlClass: "card"}}'


def mathjax() -> str:
    """Return Anki's MathJax with its fonts inside, to stand in a script element or a file."""
    home = files("cardsmith") / "vendor" / "mathjax"
    fonts = home / "output" / "chtml" / "fonts" / "woff-v2"
    script = (home / "tex-chtml-full.js").read_text(encoding="utf-8").replace("</script", r"<\/script")

    def inline(name: re.Match[str]) -> str:
        data = (fonts / name.group(1)).read_bytes()
        return f"data:font/woff;base64,{base64.b64encode(data).decode()}"

    return re.sub(r"%%URL%%/(MathJax_[\w-]+\.woff)", inline, script)
