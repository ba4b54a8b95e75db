"""The diff of decks: card by card, word by word, and what it does to learners; safe wherever it is shown."""

import html
import json
import re
import time

import cmarkgfm
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ankilab import import_package, profile
from cardsmith.anki import sides as faces
from cardsmith.cli.main import main
from cardsmith.decks.project import read_project
from cardsmith.diff import compare as compare_module
from cardsmith.diff.as_html import emit_html, marked_html
from cardsmith.diff.as_markdown import emit_markdown
from cardsmith.diff.as_text import as_data, emit_text, summary
from cardsmith.diff.compare import compare
from cardsmith.diff.effects import deletions, effects
from cardsmith.diff.words import Run, word_runs
from cardsmith.pipeline import build
from cardsmith.release.assembly import all_notes
from cardsmith.text.github import escape, github_math
from cardsmith.text.terminal import spelt
from conftest import DECK, ROOT, TOPICS
from repositories import QUIET, commit, git, repository

PATH = "decks/llm/dpo.yaml"
BASE = {"decks/topics.yaml": TOPICS, PATH: DECK}
RECORD = json.dumps(
    {
        i: {"hash": "0" * 16, "mod": 1, "type": "cloze" if i == "v3-size" else "basic", "topic": "llm"}
        for i in ("dpo-finding", "dpo-reward", "v3-size")
    }
)
RELEASED = BASE | {"decks/released.json": RECORD}


def changed(*pairs, base=RELEASED):
    """The difference that replacing words in the deck makes."""
    text = base[PATH]
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return compare(base | {PATH: text}, base)


def learners(difference):
    found = effects(difference)
    return {i: [e.text for e in found[i]] for i in found}


def without(identity, text=DECK):
    """A deck without one card."""
    return re.sub(rf"\n- id: {identity}\n(?:  .*\n)*", "", text)


# --- what it does to learners

CLOZE = "{{c1::671B}}，每个 token 激活 {{c2::37B}}"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("{{c1::685B}}，每个 token 激活 {{c2::37B}}", ["keeps history"]),
        (
            "{{c1::671B}}，每个 token 激活 {{c3::37B}}",
            ["history moves: cloze 2 → 3 (37B)"],
        ),
        (
            "{{c2::671B}}，每个 token 激活 {{c1::37B}}",
            ["history moves: cloze 1 → 2 (671B)", "history moves: cloze 2 → 1 (37B)"],
        ),
        ("671B，每个 token 激活 {{c1::37B}}", ["history moves: cloze 2 → 1 (37B)"]),
        ("{{c1::671B}}，每个 token 激活 37B", ["keeps history", "retires 1 card: cloze 2 (37B)"]),
        (
            "{{c1::671B}}，每个 {{c3::token}} 激活 {{c2::37B}}",
            ["keeps history", "new card: cloze 3"],
        ),
        (
            "{{c1::671B}}，每个 token 激活 {{c2::很少一部分}}",
            ["keeps history", "cloze 2 asks for other words: 37B → 很少一部分"],
        ),
        ("{{c1::671B::多少}}，每个 token 激活 {{c2::37B}}", ["keeps history"]),
    ],
)
def test_a_changed_cloze_says_where_its_history_goes(new, said):
    assert learners(changed((CLOZE, new))) == {"v3-size": said}


def test_other_words_keep_history():
    assert learners(changed(("反之亦然", "反过来也成立"))) == {"dpo-finding": ["keeps history"]}


def test_what_learners_cannot_see_is_said_so():
    new = "  after: [dpo-finding]\n  cite: arXiv:2305.18290, eq. 5"
    assert learners(changed(("  cite: arXiv:2305.18290, eq. 5", new))) == {
        "dpo-reward": ["keeps history; learners see no change"]
    }


def test_a_new_card_and_a_removed_one():
    added = BASE[PATH] + "\n- id: neu\n  kind: claim\n  front: f\n  back: b\n  reverse: true\n  cite: 书\n"
    assert learners(compare(BASE | {PATH: added}, BASE)) == {"neu": ["2 new cards"]}
    gone = {PATH: without("v3-size")}
    assert learners(compare(BASE | gone, BASE)) == {"v3-size": ["never released: nothing to retire"]}
    assert learners(compare(RELEASED | gone, RELEASED)) == {"v3-size": ["retires 2 cards"]}


def test_the_reverse_makes_and_retires_a_card():
    with_reverse = (
        "  cite: arXiv:2305.18290, sec. 4",
        "  reverse: true\n  cite: arXiv:2305.18290, sec. 4",
    )
    assert learners(changed(with_reverse)) == {"dpo-finding": ["keeps history", "new card: the reverse"]}
    text = DECK.replace(*with_reverse)
    assert learners(compare(RELEASED, RELEASED | {PATH: text})) == {
        "dpo-finding": ["keeps history", "retires 1 card: the reverse"]
    }


def test_another_note_type_is_a_conflict_in_anki_once_released():
    pair = (f"  text: DeepSeek-V3 总参数量 {CLOZE}", "  front: 多少参数？\n  back: 671B")
    (said,) = learners(changed(pair))["v3-size"]
    assert said.startswith("conflict: cloze → basic; Anki skips the note for ever")
    assert learners(changed(pair, base=BASE))["v3-size"] == ["cloze → basic: never released, so no conflict"]


def test_a_changed_id_is_recognised_as_lost_history():
    assert learners(changed(("id: dpo-finding", "id: dpo-key-finding"))) == {
        "dpo-key-finding": ["loses history: the same card was dpo-finding; keep the id"],
        "dpo-finding": ["loses history: the same card is now dpo-key-finding; keep the id", "retires 1 card"],
    }


def test_a_moved_file_and_a_moved_topic():
    renamed = {p: t for p, t in RELEASED.items() if p != PATH} | {"decks/llm/neu.yaml": DECK}
    difference = compare(renamed, RELEASED)
    assert {c.kind for c in difference.cards} == {"moved"}
    assert learners(difference)["dpo-finding"] == [
        "keeps history",
        "article dpo → neu: only the tag changes",
    ]
    moved = {p: t for p, t in RELEASED.items() if p != PATH} | {"decks/vision/dpo.yaml": DECK}
    assert learners(compare(moved, RELEASED))["dpo-finding"] == [
        "keeps history",
        "ships in vision now: learned cards stay in the deck of llm",
    ]


def test_a_reused_id_is_told():
    retired = json.loads(RECORD) | {
        "neu": {"hash": "0" * 16, "mod": 1, "type": "basic", "topic": "llm", "retired": True}
    }
    base = BASE | {"decks/released.json": json.dumps(retired)}
    added = {PATH: DECK + "\n- id: neu\n  kind: claim\n  front: f\n  back: b\n  cite: 书\n"}
    assert "reuses a retired id" in learners(compare(base | added, base))["neu"][0]


def test_heads_of_files_and_topics_are_compared():
    new = RELEASED | {
        "decks/topics.yaml": TOPICS.replace("deck: cardsmith::视觉", "deck: cardsmith::看"),
        PATH: DECK.replace("title: 直接偏好优化", "title: DPO"),
    }
    assert [(h.path, h.name, h.old, h.new, h.notes) for h in compare(new, RELEASED).heads] == [
        ("decks/topics.yaml", "vision: deck", "cardsmith::视觉", "cardsmith::看", 0),
        (PATH, "title", "直接偏好优化", "DPO", 3),
    ]


@pytest.mark.parametrize("state", ["not released yet", "was released: check refuses this"])
@pytest.mark.parametrize(
    ("before", "after"), [("", "ours-1f3a"), ("ours-1f3a", "theirs-0b7c"), ("ours-1f3a", "")]
)
def test_another_name_of_the_project_says_what_becomes_of_every_card(before, after, state):
    base = BASE if state.startswith("not") else RELEASED
    old, new = (
        base | {"decks/topics.yaml": (f"project: {name}\n" if name else "") + TOPICS}
        for name in (before, after)
    )
    difference = compare(new, old)
    (head,) = difference.heads
    said = f"every card is a new one: learners get it a second time, without its reviews ({state})"
    assert (head.name, head.old, head.new, head.notes, head.meaning) == ("project", before, after, 3, said)
    assert as_data(difference, {})["files"][0]["learners"] == said
    assert all(said in html.unescape(emit(difference, {})) for emit in (emit_text, emit_markdown, emit_html))
    assert compare(old, old).heads == ()


def test_changes_come_as_they_stand_in_the_files_and_not_by_id():
    def deck(*names):
        cards = (f"- {{id: {name}, kind: claim, front: {name}?, back: b, cite: 书}}\n" for name in names)
        return "title: t\ncards:\n" + "".join(cards)

    new = BASE | {"decks/vision/a.yaml": deck("c", "a"), "decks/llm/z.yaml": deck("d", "b")}
    assert [change.id for change in compare(new, BASE).cards] == ["d", "b", "c", "a"]
    assert [change.id for change in compare(BASE, new).cards] == ["d", "b", "c", "a"]


def test_nothing_but_lines_moving_is_no_change():
    shuffled = DECK.replace("# 编者的话", "# 另一句话\n").replace("\n- id: v3", "\n\n- id: v3")
    assert compare(BASE | {PATH: shuffled}, BASE).cards == ()


def test_deletions_are_read_as_anki_reads_them():
    assert deletions("{{c1::a {{c2::b}} c}} {{c1::d::hint}}") == {1: ("a {{c2::b}} c", "d"), 2: ("b",)}


def test_history_moves_where_two_clozes_with_braces_in_their_formulas_swap():
    text = r"先 {{c1::\(x_{a_{b}}+1\)}}，后 {{c2::\(x_{a_{b}}+2\)}}"
    swapped = text.replace("c1::", "c9::").replace("c2::", "c1::").replace("c9::", "c2::")

    def deck(text):
        return f"title: t\ncards:\n- id: one\n  kind: claim\n  text: |-\n    {text}\n  cite: 书\n"

    said = learners(compare(BASE | {PATH: deck(swapped)}, BASE | {PATH: deck(text)}))["one"]
    assert [line.partition(" (")[0] for line in said] == [
        "history moves: cloze 1 → 2",
        "history moves: cloze 2 → 1",
    ]


def test_a_fact_that_is_asked_twice_moves_nowhere_when_one_of_the_two_changes():
    twice = CLOZE.replace("37B", "671B")
    before = {PATH: DECK.replace(CLOZE, twice)}
    after = {PATH: DECK.replace(CLOZE, twice.replace("671B", "685B", 1))}
    assert learners(compare(RELEASED | after, RELEASED | before)) == {"v3-size": ["keeps history"]}


def test_a_card_that_names_its_first_id_is_the_same_card():
    assert learners(changed(("id: dpo-finding", "id: dpo-core\n  was: dpo-finding"))) == {
        "dpo-finding": ["keeps history"]
    }


# --- drafts

NEW = "\n- id: neu\n  kind: claim\n  front: f\n  back: b\n  reverse: true\n  cite: 书\n"
NOTHING = ["nothing: a draft does not ship"]
DRAFTS = BASE | {PATH: re.sub(r"(- id: .*\n)", r"\1  draft: true\n", DECK + NEW)}
"""All four cards are drafts; nothing was released."""


def drafts(*pairs, base=DRAFTS):
    """The one change that replacing words in drafts makes: its label and what learners get."""
    difference = changed(*pairs, base=base)
    (change,) = difference.cards
    return change.label, learners(difference)[change.id]


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("- id: neu\n  draft: true\n", "- id: neu\n")], ("accepted", ["2 new cards"])),
        (
            [("- id: neu\n  draft: true\n", "- id: neu\n"), ("front: f\n", "front: F\n")],
            ("accepted", ["2 new cards"]),
        ),
        ([("- id: v3-size\n  draft: true\n", "- id: v3-size\n")], ("accepted", ["2 new cards"])),
        ([("- id: dpo-finding\n  draft: true\n", "- id: dpo-finding\n")], ("accepted", ["new card"])),
        ([("front: f\n", "front: F\n")], ("draft changed", NOTHING)),
        ([("  reverse: true\n", "")], ("draft changed", NOTHING)),
        ([("{{c2::37B}}", "{{c3::37B}}")], ("draft changed", NOTHING)),
        ([(f"  text: DeepSeek-V3 总参数量 {CLOZE}", "  front: f\n  back: b")], ("draft changed", NOTHING)),
        ([(NEW.replace("neu\n", "neu\n  draft: true\n"), "")], ("rejected", NOTHING)),
    ],
)
def test_a_draft_reaches_learners_only_when_it_is_accepted(pairs, said):
    assert drafts(*pairs) == said


def test_a_new_draft_is_nothing_to_learners_wherever_it_moves():
    assert learners(compare(DRAFTS, BASE | {PATH: DECK})) == {
        "neu": NOTHING,
        "dpo-finding": ["ships no more until it is accepted; was never released"],
        "dpo-reward": ["ships no more until it is accepted; was never released"],
        "v3-size": ["ships no more until it is accepted; was never released"],
    }
    assert set(map(tuple, learners(compare(DRAFTS, {"decks/topics.yaml": TOPICS})).values())) == {
        tuple(NOTHING)
    }
    moved = {"decks/topics.yaml": TOPICS, "decks/vision/dpo.yaml": DRAFTS[PATH]}
    difference = compare(moved, DRAFTS)
    assert {change.label for change in difference.cards} == {"draft changed"}
    assert set(map(tuple, learners(difference).values())) == {tuple(NOTHING)}


def test_a_released_card_that_becomes_a_draft_is_bad_and_nothing_else_is_said():
    mark = ("- id: dpo-finding\n", "- id: dpo-finding\n  draft: true\n")
    label, said = drafts(mark, base=RELEASED)
    assert label == "draft again"
    assert said == ["learners have it, and a draft does not ship: take the mark out"]
    marked = RELEASED | {PATH: DECK.replace(*mark)}
    assert drafts(mark[::-1], base=marked) == (
        "accepted",
        ["keeps history; learners see no change"],
    ), "it was theirs all the time"
    assert learners(compare(marked | {PATH: without("dpo-finding", marked[PATH])}, marked)) == {
        "dpo-finding": ["retires 1 card"]
    }
    difference = changed(mark)
    assert summary(difference, effects(difference)) == (
        "0 cards change for learners; 1 made a draft again; history at risk: 1"
    )


def test_a_retired_id_is_reused_when_its_draft_is_accepted_and_not_before():
    retired = {"neu": {"hash": "0" * 16, "mod": 1, "type": "basic", "topic": "llm", "retired": True}}
    base = DRAFTS | {"decks/released.json": json.dumps(retired)}
    assert drafts(("front: f\n", "front: F\n"), base=base) == ("draft changed", NOTHING)
    label, (said,) = drafts(("- id: neu\n  draft: true\n", "- id: neu\n"), base=base)
    assert (label, said.partition(":")[0]) == ("accepted", "reuses a retired id")


def test_a_draft_under_another_id_loses_no_history():
    assert [
        learners(compare(DRAFTS | {PATH: DRAFTS[PATH].replace("id: neu", "id: neuer")}, DRAFTS))[i]
        for i in ("neu", "neuer")
    ] == [NOTHING, NOTHING]
    own = DRAFTS[PATH].replace("id: neu\n  draft: true\n", "id: neuer\n")
    assert learners(compare(DRAFTS | {PATH: own}, DRAFTS)) == {"neu": NOTHING, "neuer": ["2 new cards"]}
    accepted = DECK.replace("id: dpo-finding", "id: dpo-key-finding")
    proposed = DECK + DECK[DECK.index("- id: dpo-finding") : DECK.index("- id: dpo-reward")].replace(
        "id: dpo-finding\n", "id: dpo-key-finding\n  draft: true\n"
    )
    said = learners(compare(RELEASED | {PATH: accepted}, RELEASED | {PATH: proposed}))
    assert said["dpo-finding"][0].startswith("loses history: the same card is now dpo-key-finding")
    assert said["dpo-key-finding"] == ["loses history: the same card was dpo-finding; keep the id"]


def many(*names):
    """A deck of drafts."""
    cards = (
        f"- id: {name}\n  draft: true\n  kind: claim\n  front: f-{name}?\n  back: b-{name}\n  quote: q-{name}\n"
        for name in names
    )
    return "title: t\ncards:\n" + "".join(cards)


def after_a_review():
    """Two cards accepted, one with other words, one rejected, one edited, two new ones, and a released one changed."""
    base = RELEASED | {"decks/llm/m.yaml": many("a", "b", "c", "d")}
    text = many("a", "b", "d", "e", "g").replace("- id: a\n  draft: true", "- id: a")
    text = text.replace("- id: b\n  draft: true", "- id: b").replace("b-b", "B").replace("b-d", "D")
    new = base | {"decks/llm/m.yaml": text, PATH: DECK.replace("反之亦然", "反过来也成立")}
    difference = compare(new, base)
    return difference, effects(difference)


def test_the_summary_counts_what_learners_get_and_what_became_of_drafts():
    assert summary(*after_a_review()) == (
        "3 cards change for learners; 1 changed; "
        "2 new drafts to decide, 2 accepted, 1 rejected, 1 draft changed"
    )


def test_a_line_above_the_cards_is_in_the_summary():
    difference = changed(("title: 直接偏好优化", "title: DPO"))
    assert summary(difference, effects(difference)) == (
        "0 cards change for learners; 1 line above cards changed"
    )


def test_the_terminal_shows_drafts_last_and_says_what_became_of_them():
    text = emit_text(*after_a_review())
    assert "  ~ a  accepted: new card\n      kind: claim\n      front: f-a?\n      back: b-a\n" in text
    assert "  ~ b  accepted: new card\n      kind: claim\n      front: f-b?\n      back: [-b-b-]{+B+}" in text
    assert "  + e  new draft: nothing: a draft does not ship\n" in text
    assert "  - c  rejected: nothing: a draft does not ship\n" in text
    assert "draft:" not in re.sub("new draft:|draft changed:", "", text), "the label says it"
    assert text.index("dpo-finding") < text.index("~ b") < text.index("~ d ")


def test_json_says_of_each_card_what_became_of_it_as_a_draft():
    data = as_data(*after_a_review())
    assert {card["id"]: (card["change"], card["draft"]) for card in data["cards"]} == {
        "a": ("changed", "accepted"),
        "b": ("changed", "accepted"),
        "c": ("removed", "rejected"),
        "d": ("changed", "draft changed"),
        "e": ("added", "new draft"),
        "g": ("added", "new draft"),
        "dpo-finding": ("changed", None),
    }
    assert data["summary"] == summary(*after_a_review())


def test_markdown_has_drafts_in_a_section_in_which_they_can_be_decided():
    text = emit_markdown(*after_a_review())
    cards, drafts = text.split("### Drafts")
    assert "**`a`** accepted: new card\n\n*kind*\n\n> claim\n\n*front*\n\n> f-a?\n" in cards
    assert "**`dpo-finding`** changed: keeps history" in cards
    assert not any(f"**`{name}`**" in cards for name in "cdeg")
    assert "Delete the line `draft: true` to accept a card, delete the card to reject it" in drafts
    assert "<code>decks/llm/m.yaml</code>: 4</summary>" in drafts
    shown = drafts[drafts.index("**`e`**") : drafts.index("🟢 **`g`**")]
    assert "new draft, line 19" in shown
    words = [line for line in shown.splitlines() if line.startswith(("*", "> "))]
    assert words[1:] == ["*front*", "> f-e?", "*back*", "> b-e", "*quote*", "> q-e"]
    assert "<del>b-d</del><ins>D</ins>" in drafts
    assert "*kind*" not in drafts


def test_a_long_list_of_drafts_is_folded_and_a_short_one_is_open():
    for count, opened in ((10, True), (11, False)):
        difference = compare(BASE | {"decks/llm/m.yaml": many(*(f"n-{n}" for n in range(count)))}, BASE)
        text = emit_markdown(difference, effects(difference))
        assert ("<details open>" in text) == opened
        assert (text.count("<details"), text.count("</details>")) == (1, 1)
        page = cmarkgfm.github_flavored_markdown_to_html(text, cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
        assert page.count("<blockquote>") == 3 * count
        assert "<strong><code>n-0</code></strong>" in page


@pytest.mark.parametrize("limit", range(900, 4000, 150))
def test_a_fold_that_is_cut_is_closed(limit):
    difference = compare(BASE | {"decks/llm/m.yaml": many(*(f"n-{n}" for n in range(40)))}, BASE)
    text = emit_markdown(difference, effects(difference), limit=limit)
    shown = text.count("**`n-")
    assert text.count("<details") == text.count("</details>") == (shown > 0)
    assert text.endswith(f"… and {40 - shown} more: run `cardsmith diff` to see them.\n")


def test_a_path_cannot_write_markup():
    difference = compare(BASE | {"decks/llm/<b>&.yaml": many("a")}, BASE)
    assert "<b>" not in emit_markdown(difference, effects(difference))


def test_the_page_has_drafts_in_a_part_of_its_own():
    page = emit_html(*after_a_review())
    cards, drafts = page.split('<details class="drafts" open><summary>Drafts (4): none of these ships')
    assert 'id="a"><header><code>a</code> accepted: <span class="good">new card</span>' in cards
    assert 'id="e"><header><code>e</code> new draft: <span class="good">nothing' in drafts
    assert [name for name in "abcdeg" if f'id="{name}"' in drafts] == [*"cdeg"]


# --- word marks


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("奖励建模阶段", "奖励模型阶段", "奖励[-建模-]{+模型+}阶段"),
        ("the key finding of DPO", "the main finding of DPO", "the [-key-]{+main+} finding of DPO"),
        (r"当 \(a<b\) 时", r"当 \(a>b\) 时", r"当 [-\(a<b\)-]{+\(a>b\)+} 时"),
        ("一、二", "三、四", "[-一、二-]{+三、四+}"),
        ("", "新", "{+新+}"),
        ("a a a", "a a a a", "a a a{+ a+}"),
        ("a b b c", "a b c", "a b [-b -]c"),
    ],
)
def test_words_are_marked(old, new, marked):
    signs = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    assert "".join(signs[run.mark].format(run.text) for run in word_runs(old, new)) == marked


texts = st.text("奖励模型的训练abc 123，。\\()[]{}$:\n", max_size=40)


@given(texts, texts)
@settings(deadline=None)
def test_marks_lose_nothing(old, new):
    runs = word_runs(old, new)
    assert "".join(run.text for run in runs if run.mark != "+") == old
    assert "".join(run.text for run in runs if run.mark != "-") == new


@example("<p></p>", r"<p>{{c1::\[}}</p><b>x</b>")
@example("<p>a</p>", "<p>$a</p><p>b$</p>")
@given(texts.map(lambda t: f"<p>{t}</p>"), texts.map(lambda t: f"<p>{{{{c1::{t}}}}}</p><b>x</b>"))
@settings(deadline=None)
def test_marked_html_is_the_html_with_marks(old, new):
    for here, there, mark in ((old, new, "-"), (new, old, "+")):
        marked = marked_html(here, there, mark)
        assert re.sub(r"</?(?:ins|del)>", "", marked) == here
        for inside in re.findall(r"<(?:ins|del)>(.*?)</(?:ins|del)>", marked, re.DOTALL):
            assert not re.search(r"</?[a-z]", inside), "no tag is wrapped, so the page stays well-formed"


# --- formats


def test_the_terminal_gets_colours_only_when_it_is_one():
    difference = changed(("反之亦然", "反过来也成立"))
    plain = emit_text(difference, effects(difference))
    assert "\x1b" not in plain
    assert "[-反之亦然-]" in plain
    assert plain.endswith("\n1 card changes for learners; 1 changed\n")
    coloured = emit_text(difference, effects(difference), colour=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).count("反之亦然") == 1


def test_a_card_cannot_drive_the_terminal():
    difference = changed(("反之亦然", "反\u202e\u200b亦然"))
    assert not {"\u202e", "\u200b"} & set(emit_text(difference, effects(difference)))


def test_json_has_everything():
    difference = changed((CLOZE, CLOZE.replace("c2", "c3")))
    data = json.loads(json.dumps(as_data(difference, effects(difference))))
    (card,) = data["cards"]
    assert (card["id"], card["change"], card["path"], card["line"]) == ("v3-size", "changed", PATH, 23)
    assert card["learners"] == [
        {"code": "history-moves", "text": "history moves: cloze 2 → 3 (37B)", "severity": "bad"}
    ]
    (field,) = card["fields"]
    assert "".join(text for mark, text in field["words"] if mark != "-") == field["new"]


@pytest.mark.parametrize(
    ("ours", "githubs"),
    [
        (r"\operatorname{softmax}(x)", r"\mathop{\mathrm{softmax}}\nolimits(x)"),
        (r"\operatorname*{arg\,max}_x", r"\mathop{\mathrm{arg\,max}}\limits_x"),
        (r"\operatorname{a\operatorname{b}}", r"\mathop{\mathrm{a\mathop{\mathrm{b}}\nolimits}}\nolimits"),
        (r"\mbox{当 } x", r"\text{当 } x"),
        (r"a\phantom{\frac{1}{2}}b\vphantom{x}c", r"a\hspace{1em}bc"),
        (r"\bm{x}+\bmod", r"\boldsymbol{x}+\bmod"),
        ("a\n\n+ b", "a\n+ b"),
        (r"\phantom{", r"\hspace{1em}"),
    ],
)
def test_macros_that_github_lacks_are_mapped(ours, githubs):
    assert github_math(ours) == githubs


def test_markdown_has_formulas_as_github_wants_them():
    difference = changed((r"\(\beta\): KL 惩罚强度", r"\(\operatorname{KL}\): 惩罚强度"), ("-\\beta\\log", "-\\gamma\\log")) if "-\\beta\\log" in DECK else changed((r"\log\frac", r"\ln\frac"), (r"\(\beta\): KL", r"\(\operatorname{KL}\): KL"))  # fmt: skip
    text = emit_markdown(difference, effects(difference))
    assert r"<ins>$`\mathop{\mathrm{KL}}\nolimits`$</ins>" in text
    blocks = re.findall(r"^> ```math\n((?:> .*\n)+?)> ```$", text, re.MULTILINE)
    assert len(blocks) == 2, "the old formula and the new one"
    assert "<del>removed:</del>" in text
    assert "<ins>added:</ins>" in text
    assert r"\(" not in text
    assert r"\[" not in text


def test_a_card_cannot_write_markdown():
    assert escape("# <img src=x> @all #1 [a](b) **c** `d` $e$") == (
        "&#35; &lt;img src=x&#62; @<!-- -->all #<!-- -->1 &#91;a&#93;&#40;b&#41; &#42;&#42;c&#42;&#42; &#96;d&#96; &#36;e&#36;"
    )


@given(st.text("ab1 .*_`~#@[](){}<>&!|\\\\$:/-+=中文。，\t", max_size=40))
@settings(deadline=None)
def test_githubs_own_parser_shows_a_card_as_it_is_written(text):
    page = cmarkgfm.github_flavored_markdown_to_html(f"> <ins>x {escape(text)} x</ins>")
    shown = html.unescape(re.sub(r"<!--.*?-->|</?(?:blockquote|p|ins)>", "", page))
    assert shown.split() == ["x", *spelt(text, lines=True).split(), "x"]


def test_markdown_stops_before_the_limit_and_says_so():
    many = "".join(
        f"\n- id: n-{n}\n  kind: claim\n  front: f{n}\n  back: b\n  cite: 书\n" for n in range(300)
    )
    difference = compare(BASE | {PATH: DECK + many}, BASE)
    text = emit_markdown(difference, effects(difference), limit=10_000)
    assert len(text.encode()) < 10_200
    shown = text.count("🟢")
    assert f"… and {300 - shown} more" in text


# --- html


def normal(page):
    return re.sub(r"\s+", " ", page).strip()


def test_faces_are_what_the_real_anki_renders(tmp_path):
    project = read_project(ROOT)
    notes = {note.card_id: note for note in all_notes(project)}
    seen = 0
    with profile(tmp_path / "anki") as collection:
        for built in build(project, (), tmp_path):
            import_package(collection, built.path)
        for number in collection.find_cards(""):
            card = collection.get_card(number)
            note = notes[card.note()["Id"]]
            deck = project.topics.topics[note.topic].deck
            assert normal(faces.back(note, card.ord, deck)) == normal(card.render_output().answer_text)
            asked = re.sub(r' data-cloze="[^"]*"', "", card.render_output().question_text)
            assert normal(faces.front(note, card.ord, deck)) == normal(asked)
            seen += 1
    assert seen == sum(len(note.ords) for note in notes.values())


@pytest.mark.browser
def test_the_page_shows_old_and_new_typeset_and_fetches_nothing(browser, tmp_path):
    difference = changed((r"\log\frac", r"\ln\frac"), ("反之亦然", "反过来也成立"), (CLOZE, "{{c1::671B}}"))
    (tmp_path / "diff.html").write_text(emit_html(difference, effects(difference)), encoding="utf-8")
    page = browser.new_page()
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "diff.html").as_uri())
    page.wait_for_function("window.MathJax && MathJax.startup && MathJax.startup.promise")
    page.evaluate("MathJax.startup.promise")
    page.evaluate("document.fonts.ready")
    assert [url for url in requests if not url.startswith(("data:", (tmp_path / "diff.html").as_uri()))] == []
    assert errors == []
    assert page.locator("mjx-container").count() >= 4
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
    assert page.locator(".change").count() == 3
    assert page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').length") > 0
    assert page.locator("#dpo-reward del mjx-container").count() == 1
    assert page.locator("#dpo-reward ins mjx-container").count() == 1
    assert page.locator("#dpo-finding ins").inner_text() == "反过来也成立"
    page.close()


@pytest.mark.browser
def test_a_strangers_card_runs_and_fetches_nothing(browser, tmp_path):
    back = r"<img src=x onerror=alert(1)> \(x\)"
    difference = changed(("    任何奖励函数", f"    {back} 任何奖励函数"))
    (tmp_path / "diff.html").write_text(emit_html(difference, effects(difference)), encoding="utf-8")
    page = browser.new_page()
    sent, dialogs = [], []
    page.on("requestfailed", lambda request: sent.append(request.failure))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto((tmp_path / "diff.html").as_uri())
    page.evaluate("MathJax.startup.promise")
    assert page.locator(".change mjx-container").count() >= 1
    assert page.locator("a[href^='javascript'], [onerror]").count() == 0
    assert (sent, dialogs) == ([], [])
    assert page.evaluate("[...document.querySelectorAll('img')].every(i => i.naturalWidth === 0)")
    page.close()


def test_a_page_without_formulas_carries_no_script():
    difference = changed(("反之亦然", "反过来也成立"))
    page = emit_html(difference, effects(difference))
    assert "<script" not in page
    assert len(page) < 20_000


# --- from the command line, in git


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def repo(root, monkeypatch):
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    repository(root)
    commit(root)
    git(root, "tag", "v1")
    deck = root / "decks" / "llm" / "dpo.yaml"
    deck.write_text(DECK.replace("反之亦然", "反过来也成立"), encoding="utf-8")
    return root


def test_the_working_tree_a_revision_and_two_revisions(repo):
    assert "{+反过来也成立+}" in run("diff").stdout
    commit(repo)
    assert run("diff").stdout == "0 cards change for learners\n"
    assert run("diff", "v1").stdout == run("diff", "v1..HEAD").stdout == run("diff", "v1...").stdout
    assert "{+反之亦然+}" in run("diff", "HEAD..v1").stdout


def test_three_dots_leave_out_what_happened_on_main(repo):
    git(repo, "switch", "-q", "-c", "topic")
    commit(repo)
    git(repo, "switch", "-q", "main")
    (repo / "decks" / "llm" / "dpo.yaml").write_text(DECK.replace("671B", "685B"), encoding="utf-8")
    commit(repo)
    said = run("diff", "main...topic").stdout
    assert "反过来也成立" in said
    assert "685B" not in said


@pytest.mark.parametrize("accepts", ["main", "topic"])
def test_what_two_branches_made_of_one_draft_is_shown_on_their_merge(repo, accepts):
    deck = repo / "decks" / "llm" / "m.yaml"
    deck.write_text(many("a"), encoding="utf-8")
    commit(repo)
    git(repo, "branch", "topic")
    accepted = many("a").replace("  draft: true\n", "")
    for branch in ("main", "topic"):
        git(repo, "switch", "-q", branch)
        text = accepted if branch == accepts else many("a").replace("b-a", "other")
        deck.write_text(text, encoding="utf-8")
        commit(repo)
    git(repo, "switch", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "-m", "merge", "topic")
    assert deck.read_text(encoding="utf-8") == accepted.replace("b-a", "other"), "nobody accepted these words"
    said = run("diff", "HEAD^1..HEAD").stdout
    if accepts == "main":
        assert "~ a  keeps history\n      back: [-b-a-]{+other+}\n" in said
    else:
        assert "~ a  accepted: new card\n      kind: claim\n      front: f-a?\n      back: other\n" in said


def test_acceptance_and_rejection_of_one_draft_conflict(repo):
    deck = repo / "decks" / "llm" / "m.yaml"
    deck.write_text(many("a", "b"), encoding="utf-8")
    commit(repo)
    git(repo, "branch", "topic")
    deck.write_text(many("a", "b").replace("  draft: true\n", "", 1), encoding="utf-8")
    commit(repo)
    git(repo, "switch", "-q", "topic")
    deck.write_text(many("b"), encoding="utf-8")
    commit(repo)
    code, said = git(repo, "merge", "-q", "main", check=False)
    assert (code, "CONFLICT" in said) == (1, True)


def test_a_project_in_a_subfolder_of_its_repository(repo, tmp_path_factory, monkeypatch):
    outer = tmp_path_factory.mktemp("outer")
    (repo / "decks").rename(outer / "decks")
    inner = outer / "notes" / "cards"
    inner.mkdir(parents=True)
    (outer / "decks").rename(inner / "decks")
    repository(outer)
    commit(outer)
    deck = inner / "decks" / "llm" / "dpo.yaml"
    deck.write_text(deck.read_text(encoding="utf-8").replace("671B", "685B"), encoding="utf-8")
    monkeypatch.chdir(inner)
    assert "[-671B-]{+685B+}" in run("diff").stdout


@pytest.mark.parametrize("revision", ["nope", "v1..nope", "--output=x", "v1:decks"])
def test_an_unknown_revision_is_a_problem_with_a_hint(repo, revision):
    done = run("diff", "--", revision)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no-revision" in done.stderr
    assert "hint:" in done.stderr


def test_outside_git_there_is_a_hint(root):
    done = run("diff")
    assert (done.exit_code, "no-repository" in done.stderr) == (1, True)


def test_a_link_in_a_commit_is_no_deck(repo):
    """Git keeps of a link where it leads; read as a deck that would be an error that nobody made."""
    (repo / "decks" / "llm" / "link.yaml").symlink_to("dpo.yaml")
    commit(repo)
    done = run("diff", "v1..HEAD")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "1 changed" in done.stdout


def test_a_broken_deck_is_named_with_its_revision(repo):
    commit(repo)
    (repo / "decks" / "llm" / "dpo.yaml").write_text("title: [", encoding="utf-8")
    assert re.match(r"decks/llm/dpo.yaml:\d+", run("diff").stderr)
    commit(repo)
    git(repo, "switch", "-q", "--detach", "v1")
    assert re.match(r"main:decks/llm/dpo.yaml:\d+", run("diff", "main").stderr)


def test_every_pair_of_halves_of_our_own_decks_can_be_shown():
    texts = {
        p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8")
        for p in (ROOT / "decks").rglob("*.yaml")
    }
    topics = {"decks/topics.yaml": texts["decks/topics.yaml"]}
    for new, old in ((texts, topics), (topics, texts)):
        difference = compare(new, old)
        found = effects(difference)
        assert len(difference.cards) == sum(len(deck.entries) for deck in read_project(ROOT).decks)
        for emit in (emit_text, emit_markdown, emit_html):
            page = emit(difference, found)
            shown = [change.id for change in difference.cards if change.id in page]
            assert len(shown) == len(difference.cards) or (emit is emit_markdown and " more" in page)
        assert summary(difference, found).startswith(
            f"{len(difference.cards) if new is texts else 0} cards change for learners; {len(difference.cards)} "
        )


def test_a_card_is_rendered_once_on_each_side(monkeypatch):
    made = []
    make = compare_module.make_note
    monkeypatch.setattr(compare_module, "make_note", lambda *given: made.append(given) or make(*given))
    difference = changed(("反之亦然", "反过来也成立"))
    for emit in (emit_html, emit_html):
        emit(difference, effects(difference))
    assert len(made) == 2


def test_a_change_inside_of_a_long_text_is_found_at_once():
    old, new = ("ab, " * 8_000, "ab, " * 4_000 + "x, " + "ab, " * 4_000)
    assert [run for run in word_runs(old, new) if run.mark != "="] == [Run("+", "x, ")]


@pytest.mark.parametrize("texts", [("ab,", "ab;"), ("a ", "b "), (r"\(a\)，", r"\(a\)；")])
def test_words_that_repeat_are_matched_in_bounded_time_or_not_at_all(texts):
    old, new = (text * 1_400 for text in texts)
    began = time.process_time()
    runs = word_runs(old, new)
    assert time.process_time() - began < 5  # unbounded it takes twenty seconds
    assert "".join(run.text for run in runs if run.mark != "+") == old
    assert "".join(run.text for run in runs if run.mark != "-") == new
