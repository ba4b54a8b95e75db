"""Texts of strangers in every field and on every page: what is parsed as markup, runs, or calls out, is a fault.

A project says each text in every place that people write; one place a card, so that what is refused hides nothing else.
The real Anki renders what ships; a real Chromium parses and runs every page and Anki's own HTML, with Anki's MathJax.
"""

import json
import math
import random
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import cmarkgfm
from click.testing import CliRunner
from cmarkgfm.cmark import Options

from ankilab import import_package, profile
from attacks.table import Row, judged, not_run
from attacks.texts import TEXTS
from cardsmith.cli.main import main
from cardsmith.cli.printing import say_colours
from cardsmith.decks.deckfile import parse_topics
from cardsmith.decks.project import Project, read_project
from cardsmith.diff.as_html import emit_html, mathjax
from cardsmith.diff.as_markdown import emit_markdown
from cardsmith.diff.as_text import emit_text
from cardsmith.diff.compare import compare
from cardsmith.diff.effects import effects
from cardsmith.errors import CardsmithError
from cardsmith.pipeline import build, release
from cardsmith.review import page as site
from cardsmith.review.desk import Desk
from cardsmith.review.server import Server
from chromium import REASON, chromium, chromium_path

ELEMENTS = {
    "a", "article", "aside", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "footer",
    "h1", "h2", "h3", "h4", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "ol", "p", "pre", "s", "section",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul", "wbr",
}  # fmt: skip
"""What a card may consist of, with the templates around it."""
ATTRIBUTES = {
    "align", "alt", "class", "data-ordinal", "href", "id", "open", "rel", "src", "start", "target", "title",
    "data-cloze", "dir", "lang",
}  # fmt: skip
PLACES = (
    "front", "back", "extra", "cite", "quote", "symbol", "meaning", "aka", "tags", "around", "answer", "hint",
)  # fmt: skip
"""Of a card, where a text may stand; the last three of a cloze."""
HEADS = ("title", "source", "topic", "description")
"""Of a file and a topic."""
SHEET = 25
"""Cards that a page of the preview's sheet shows."""


def indented(text: str, columns: int = 4) -> str:
    """Return a text as a block of YAML that keeps all of it."""
    return "|2-\n" + "\n".join(" " * columns + line for line in text.split("\n"))


def card(identity: str, place: str, text: str) -> str:
    """Return a card whose text of one place is a stranger's."""
    head = f"- id: {identity}\n  kind: claim\n"
    cloze = {
        "around": f"甲{{{{c1::乙}}}} {text}",
        "answer": f"甲{{{{c1::{text}}}}}",
        "hint": f"甲{{{{c1::乙::{text}}}}}",
    }
    if place in cloze:
        return f"{head}  text: {indented(cloze[place])}\n  cite: 书\n"
    values = {"front": "甲", "back": "乙", "cite": "书"}
    lists = {"aka": f"\n    - {indented(text, 6)}", "tags": f"\n    - {indented(text, 6)}"}
    where = {"symbol": f"\n    ? {indented(text, 6)}\n    : 乙", "meaning": f"\n    甲: {indented(text, 6)}"}
    if place in lists:
        values[place] = lists[place]
    elif place in where:
        values["where"] = where[place]
    else:
        values[place] = indented(text)
    return head + "".join(f"  {name}: {value}\n" for name, value in values.items())


@dataclass
class World:
    """A project that says each of some texts in each place, one topic and one file a text."""

    root: Path
    texts: Mapping[str, str]
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Names of texts, each with a place where ``build`` refuses it."""

    def slug(self, name: str) -> str:
        """Return what a text's topic is called."""
        return f"t{list(self.texts).index(name):03}"

    def name(self, slug: str) -> str:
        """Return whose topic it is."""
        return list(self.texts)[int(slug[1:4])]

    def lay_down(self, *, more: str = "") -> Project:
        """Write all of it but what was refused; ``more`` follows each text."""
        topics = []
        for name, text in self.texts.items():
            said = {place: "t" if (name, place) in self.refused else text + more for place in HEADS}
            slug = self.slug(name)
            topics.append(
                f"  {slug}:\n    title: {indented(said['topic'], 6)}\n    deck: a::{slug}\n"
                f"    description: {indented(said['description'], 6)}\n"
            )
            shown = [card(f"{slug}-{p}", p, text + more) for p in PLACES if (name, p) not in self.refused]
            self.write(slug, "all", "title: t", "".join(shown or [card(f"{slug}-none", "front", "甲")]))
            for head in ("title", "source"):
                heads = "\n".join(
                    f"{key}: {indented(said[key] if key == head else 't', 2)}" for key in ("title", "source")
                )
                self.write(slug, head, heads, card(f"{slug}-{head}", "quote", "丙"))
        (self.root / "decks/topics.yaml").write_text("topics:\n" + "".join(topics), encoding="utf-8")
        return read_project(self.root)

    def write(self, slug: str, stem: str, heads: str, cards: str) -> None:
        """Write a deck file."""
        path = self.root / f"decks/{slug}/{stem}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{heads}\ncards:\n{cards}", encoding="utf-8")

    def without_unreadable(self) -> None:
        """Refuse what no YAML can say, so that the rest of the topics file can be read."""
        for name, text in self.texts.items():
            try:
                parse_topics(
                    f"topics:\n  a:\n    title: {indented(text, 6)}\n    deck: a\n    description: a\n", ""
                )
            except CardsmithError:
                self.refused |= {(name, place) for place in (*HEADS, *PLACES)}

    def refuse(self, error: CardsmithError) -> None:
        """Note down which texts a command has refused, and where."""
        for problem in error.problems:
            lines = (self.root / problem.path).read_text(encoding="utf-8").split("\n")[: problem.line]
            if problem.path == "decks/topics.yaml":
                slug = next(line.strip(" :") for line in reversed(lines) if re.match(r"  t\d+:", line))
                self.refused |= {(self.name(slug), place) for place in ("topic", "description")}
                continue
            _, slug, stem = problem.path.removesuffix(".yaml").split("/")
            ids = [line.rpartition("-")[2] for line in lines if line.startswith("- id: ")]
            self.refused |= {
                (self.name(slug), place) for place in ([stem] if stem in HEADS else ids[-1:] or PLACES)
            }

    def ship(self, out: Path) -> Project:
        """Write all that ``build`` takes, as packages in every format and as a release."""
        for _ in range(12):
            project = self.lay_down()
            try:
                project.whole()
                for output_format in ("json", "tsv", "apkg"):
                    build(project, (), out, output_format=output_format)
                release(project, out)
            except CardsmithError as error:
                self.refuse(error)
            else:
                return project
        raise RuntimeError("build goes on refusing")


Page = tuple[str, str]
"""Where a piece of HTML is from, as ``slug-place page``, and the piece."""


def shipped(out: Path, folder: Path) -> Iterator[Page]:
    """Return what learners get: both sides of each card as Anki renders them, descriptions, fields of other formats."""
    with profile(folder / "anki") as collection:
        for path in sorted(out.glob("*.apkg")):
            import_package(collection, path)
        for number in collection.find_cards(""):
            one = collection.get_card(number)
            side = one.render_output()
            yield f"{one.note()['Id']} question", side.question_text
            yield f"{one.note()['Id']} answer", side.answer_text
        for deck in collection.decks.all():
            yield f"{deck['name'].rpartition(':')[2]} deck", plain(deck["desc"])
    for path in sorted(out.glob("*.json")):
        for note in json.loads(path.read_text(encoding="utf-8"))["notes"]:
            for name, page in note["fields"].items():
                yield f"{note['id']} field {name}", page


def as_github(text: str) -> str:
    """Return Markdown as GitHub renders it, before it takes scripts out: raw HTML stays."""
    return str(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))


def markdown_faults(page: str) -> Iterator[str]:
    """Find what GitHub would make of a stranger's Markdown: mentions, references, links, pictures."""
    prose = re.sub(r"<(pre|code)\b.*?</\1>", "", page, flags=re.DOTALL)
    for found in re.finditer(r"(?<![\w&;/])[@#]\w+|\bwww\.\w|<(?:a|img)\b[^>]*", prose):
        yield f"GitHub acts on {found.group()[:60]!r}"


RUN = "window.ran = []; for (const name of ['alert', 'confirm', 'prompt']) window[name] = (...a) => window.ran.push(a.join());"
AUDIT = r"""
async ({pieces, elements, attributes}) => {
  const faults = [];
  const parsed = value => { try { return new URL(value, "http://here/"); } catch { return new URL("http://here/"); } };
  window.ran = [];
  document.body.replaceChildren();
  document.addEventListener("click", event => event.preventDefault(), {capture: true});
  const boxes = pieces.map(([label, html]) => {
    const box = document.createElement("div");
    document.body.append(box);
    box.innerHTML = html;
    for (const dead of box.querySelectorAll("script")) {  // as Anki's reviewer does
      const alive = document.createElement("script");
      for (const {name, value} of dead.attributes) alive.setAttribute(name, value);
      alive.textContent = dead.textContent;
      dead.replaceWith(alive);
    }
    for (const one of box.querySelectorAll("*")) {
      const tag = one.localName;
      if (!elements.includes(tag)) faults.push(`${label}: <${tag}>`);
      for (const {name, value} of one.attributes) {
        if (!attributes.includes(name)) faults.push(`${label}: <${tag} ${name}>`);
        if (["href", "src"].includes(name)) {
          const scheme = parsed(value).protocol;
          if (!["http:", "https:", "mailto:"].includes(scheme)) faults.push(`${label}: <${tag} ${name}=${value}>`);
          if (name === "src" && parsed(value).host !== "here") faults.push(`${label}: <${tag} src=${value}>`);
        }
      }
      one.focus();
      for (const event of ["mouseover", "click", "focus", "load", "error", "toggle", "animationstart"])
        one.dispatchEvent(new Event(event, {bubbles: true, cancelable: true}));
    }
    return box;
  });
  for (const [n, box] of boxes.entries()) {
    try { await MathJax.typesetPromise([box]); } catch (error) { continue; }
    for (const one of box.querySelectorAll("mjx-container, mjx-container *")) {
      const loud = [...one.attributes].filter(({name, value}) =>
        /^on|href|src$/.test(name) || value.includes("url(") || /javascript:/.test(value) || (name === "style" && /position: *fixed/.test(value)));
      for (const {name, value} of loud) faults.push(`${pieces[n][0]}: MathJax draws ${name}=${value}`);
    }
  }
  await new Promise(done => setTimeout(done, 60));
  if (window.ran.length) faults.push(`${pieces[0][0]} … ${pieces.at(-1)[0]}: ran ${window.ran}`);
  return faults;
}
"""
LOOK = r"""
() => {
  const faults = [];
  for (const one of document.querySelectorAll("*")) {
    for (const {name, value} of one.attributes) {
      if (/^on/.test(name)) faults.push(`<${one.localName} ${name}>`);
      if (["href", "src", "action"].includes(name) && /^[\s\x00-\x20]*(javascript|vbscript|data:text)/i.test(value)) faults.push(`<${one.localName} ${name}=${value}>`);
      if (name === "style" && value.includes("url(")) faults.push(`<${one.localName} style=${value}>`);
    }
    if (["iframe", "object", "embed", "base", "applet", "svg", "video", "audio", "portal"].includes(one.localName)) faults.push(`<${one.localName}>`);
  }
  for (const one of document.querySelectorAll("mjx-container")) if (!one.closest(".card")) faults.push("a formula outside of cards");
  for (const one of document.body.querySelectorAll("script, style, link, meta, title")) faults.push(`<${one.localName}> in the page`);
  for (const one of document.querySelectorAll(".pv-card *, .card *")) one.dispatchEvent(new Event("mouseover", {bubbles: true}));
  return [...faults, ...(window.ran || []).map(what => `ran ${what}`)];
}
"""
DRAWN = """
async () => {
  const stage = document.querySelector(".pv-stage");
  do await new Promise(done => setTimeout(done, 100)); while (stage.hasChildNodes());
}
"""
"""Wait until a page of ours has drawn its cards, which it does out of sight."""
ANKI_PAGE = """<!doctype html><html><head><meta charset="utf-8"><script>
MathJax = {tex: {inlineMath: [["\\\\(", "\\\\)"]], displayMath: [["\\\\[", "\\\\]"]], processEscapes: false}, startup: {typeset: false}, options: {enableMenu: false, ignoreHtmlClass: "plain", processHtmlClass: "card"}};
</script><script src="mathjax.js"></script></head><body></body></html>"""
"""As Anki's reviewer is set up: nothing is forbidden to a page, and MathJax has all its packages but ``noundefined``."""


class Browser:
    """A real Chromium whose pages are watched; its own files stand apart from those of a project's site."""

    def __init__(self, running: object, folder: Path) -> None:
        self.running, self.folder, self.faults = running, folder / "anki-page", []
        self.folder.mkdir()
        (self.folder / "anki.html").write_text(ANKI_PAGE, encoding="utf-8")
        (self.folder / "mathjax.js").write_text(mathjax(), encoding="utf-8")

    def page(self, address: str) -> object:
        """Open a page; what it asks of the network and what its policy had to stop are faults."""
        page = self.running.new_page()
        page.set_default_timeout(600_000)
        page.add_init_script(RUN)
        local = ("file:", "data:", "about:", "blob:", "http://127.0.0.1:")
        page.on("request", lambda r: r.url.startswith(local) or self.faults.append(f"asks for {r.url[:80]}"))
        page.on("dialog", lambda d: (self.faults.append(f"dialog {d.message}"), d.dismiss()))
        page.on("console", lambda m: "Content Security Policy" in m.text and self.faults.append(m.text[:200]))
        page.goto(address)
        return page

    def taken(self) -> list[str]:
        """Return the faults since the last time."""
        faults, self.faults = self.faults, []
        return faults

    def audit(
        self, pieces: list[Page], elements: Iterable[str] = (), attributes: Iterable[str] = ()
    ) -> list[str]:
        """Return what Chromium and MathJax make of pieces of HTML that no card may have."""
        page = self.page((self.folder / "anki.html").as_uri())
        allowed = {"elements": [*ELEMENTS, *elements], "attributes": [*ATTRIBUTES, *attributes]}
        faults = []
        for start in range(0, len(pieces), 200):
            faults += page.evaluate(AUDIT, {"pieces": pieces[start : start + 200], **allowed})
        page.close()
        return faults + self.taken()

    def look(
        self,
        address: str,
        keys: Iterable[str] = (),
        ready: str = "body[data-ready]",
        *,
        patient: bool = False,
    ) -> list[str]:
        """Return what is wrong with a page, at first and after each key; ``patient``, once its cards are drawn."""
        page = self.page(address)
        page.wait_for_selector(ready)
        faults = page.evaluate(LOOK)
        for key in keys:
            page.keyboard.press(key)
            if patient:
                page.evaluate(DRAWN)
            faults += page.evaluate(LOOK)
        for _ in range(20):
            page.keyboard.press("Tab")
        faults += page.evaluate(LOOK)
        page.close()
        return [*dict.fromkeys(faults + self.taken())]


ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|(?m:^\\s*::(?!error file|warning file|notice file))|##\\["
)


def printed(root: Path, difference: str) -> Iterator[Page]:
    """Return what commands print about a project, of which a difference is given: it is under no git."""
    with redirect_stdout(StringIO()) as stdout:
        say_colours(difference, colour=False)
    yield "diff", stdout.getvalue()
    for arguments in (["check"], ["check", "--format", "github"], ["stats"], ["diff"], ["doctor"]):
        done = CliRunner().invoke(main, ["--project", str(root), *arguments])
        yield " ".join(arguments), done.output


def files(root: Path) -> dict[str, str]:
    """Return a project's decks as ``compare`` takes them."""
    return {
        p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in root.glob("decks/**/*.yaml")
    }


def plain(page: str) -> str:
    """Return a page in which MathJax reads cards only, or nothing at all: the overview of a deck, or none of Anki's."""
    return f'<div class="plain">{page}</div>'


def by_text(world: World, faults: Iterable[str]) -> Iterator[str | None]:
    """Return one verdict for each text and place: the fault that names it; what names none counts for all."""
    found: dict[tuple[str, str], str] = {}
    for fault in faults:
        named = re.match(r"(t\d{3})-?(\w*)", fault)
        key = (named.group(1), named.group(2) or "topic") if named else ("", "")
        said = (
            f"{world.texts[world.name(key[0])]!r}: "
            if key[0]
            else f"one of {len(world.texts)} texts from {next(iter(world.texts))!r}: "
        )
        found.setdefault(key, f"{said}{fault}")
    for name in world.texts:
        for place in (*PLACES, *HEADS):
            yield found.pop((world.slug(name), place), None)
    yield from found.values()


def pages(world: World, browser: Browser, folder: Path, *, walk: int) -> Iterator[tuple[str, list[str]]]:
    """Return the faults of each page, by its name; ``walk`` is how many cards the reviewer looks at."""
    world.without_unreadable()
    project = world.lay_down()
    before = files(world.root)
    desk = Desk(world.root)
    for name, content in site.static_site(desk.view).items():
        (folder / name).write_bytes(content)
    sheets = ["s", *"j" * math.ceil(sum(1 for _ in desk.view.seats()) / SHEET)]
    yield "preview, exported", browser.look((folder / "index.html").as_uri(), sheets, patient=True)
    for mode, keys in (("preview", "s"), ("review", ["e", "Escape", *("Space", "j") * walk])):
        server = Server(desk, mode)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{mode}, served", browser.look(server.url, keys)
        server.stop()
    world.lay_down(more=" 改")
    difference = compare(files(world.root), before)
    (folder / "diff.html").write_text(emit_html(difference, effects(difference)), encoding="utf-8")
    page = (
        (folder / "diff.html")
        .read_text(encoding="utf-8")
        .rpartition('<body class="plain">')[2]
        .removesuffix("</body></html>\n")
    )
    found = browser.look((folder / "diff.html").as_uri(), ready="body")
    yield (
        "`diff`, HTML",
        [fault for fault in found if "mjx" not in fault] + browser.audit([("diff", plain(page))]),
    )
    shown = as_github(emit_markdown(difference, effects(difference)))
    yield (
        "`diff`, Markdown on GitHub",
        [*markdown_faults(shown), *browser.audit([("diff", plain(shown))], attributes=["lang"])],
    )
    told = printed(world.root, emit_text(difference, effects(difference)))
    yield (
        "terminal and workflow",
        [f"{where} prints {found.group()!r}" for where, text in told for found in ACTS.finditer(text)],
    )
    out = folder / "dist"
    project = world.ship(out)
    yield "cards in the real Anki, exports", browser.audit(list(shipped(out, folder)))
    notes = as_github((out / "release-notes.md").read_text(encoding="utf-8"))
    stats = CliRunner().invoke(main, ["--project", str(project.root), "stats", "--format", "markdown"]).output
    yield "release notes, `stats` on GitHub", [
        *markdown_faults(notes), *markdown_faults(as_github(stats)), *browser.audit([("notes", plain(notes)), ("stats", plain(as_github(stats)))], attributes=["lang"]),
    ]  # fmt: skip


def run(full: bool, seed: int, folder: Path) -> Iterator[Row]:
    """Try every text everywhere, or in the short form some that the seed chooses."""
    if chromium_path() is None:
        yield not_run("payloads", REASON)
        return
    names = list(TEXTS) if full else random.Random(seed).sample(list(TEXTS), 20)
    verdicts: dict[str, list[str | None]] = {}
    refused = 0
    with chromium() as running:
        for start in range(0, len(names), 40):
            here = folder / f"{start:03}"
            here.mkdir()
            world = World(here / "project", {name: TEXTS[name] for name in names[start : start + 40]})
            for page, faults in pages(world, Browser(running, here), here, walk=400 if full else 40):
                verdicts.setdefault(page, []).extend(by_text(world, faults))
            refused += len(world.refused)
    note = f"{len(names)} texts in {len(PLACES) + len(HEADS)} places, {refused:,} of them refused by `build`"
    for page, found in verdicts.items():
        yield judged(f"strangers' texts: {page}", found, note if "Anki" in page else "")
