"""The matrix: every mutation an editor can make, under every combination of Anki's import options, in real Ankis.

A learner has reviewed v1 in the first look, flagged every card, edited some notes, moved and suspended cards; then v2
comes, in today's look or still in the first.
"""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from ankis import REQUIRED, environment, python_of
from anyanki import OPTIONS
from cardsmith.anki import notetypes
from cardsmith.decks.project import read_project
from cardsmith.release.build import make_release
from conftest import TOPICS, UPGRADES
from looks import of_version

ALWAYS, NEVER = 1, 2
V1, V2, V3 = 1_790_000_000, 1_790_100_000, 1_790_200_000

DECKS = {
    "llm/a": r"""title: 甲
cards:
- {id: plain, kind: claim, front: 问一, back: 答一, cite: c}
- {id: both, kind: definition, front: 问二, back: 答二, reverse: true, cite: c}
- {id: gaps, kind: claim, text: '{{c1::一}} 与 {{c2::二}}', cite: c}
- {id: quiet, kind: claim, front: 问三, back: 答三, cite: c}
""",
    "llm/b": r"""title: 乙
cards:
- {id: other, kind: formula, front: 问四, back: '\(x\)', cite: c}
- {id: doomed, kind: claim, front: 问五, back: 答五, cite: c}
- {id: silent, kind: claim, text: '{{c1::三}}', cite: c}
""",
    "vision/c": "title: 丙\ncards:\n- {id: seen, kind: claim, front: 问六, back: 答六, cite: c}\n",
}
EDITED = ("quiet", "silent")
"""Notes that no mutation touches; the learner edits them."""


@dataclass
class Mutation:
    edits: tuple = ()
    """(deck, old, new): replaced once; an old of None appends."""
    updated: tuple = ()
    added: tuple = ()
    new_cards: int = 0
    blank: tuple = ()
    undone: bool = False
    """A third package restores v1."""
    look: bool = False
    blank_if_never: tuple = ()


DOOMED = "- {id: doomed, kind: claim, front: 问五, back: 答五, cite: c}\n"
OTHER = "- {id: other, kind: formula, front: 问四, back: '\\(x\\)', cite: c}\n"
MUTATIONS = {
    "nothing": Mutation(),
    "typo": Mutation((("llm/a", "问一", "问一？"),), ("plain",)),
    "answer": Mutation((("llm/a", "答一", "另一个答案"),), ("plain",)),
    "tags": Mutation((("llm/a", "back: 答一", "back: 答一, tags: [x::y]"),), ("plain",)),
    "symbols": Mutation((("llm/b", "back: '\\(x\\)'", "back: '\\(x\\)', where: {x: 甲}"),), ("other",)),
    "cloze added": Mutation(
        (("llm/a", "{{c2::二}}", "{{c2::二}} {{c3::三}}"),),
        ("gaps",),
        new_cards=1,
        blank_if_never=("gaps.2",),
    ),
    "cloze removed": Mutation((("llm/a", "{{c2::二}}", "二"),), ("gaps",), blank=("gaps.1",)),
    "cloze renumbered": Mutation(
        (("llm/a", "{{c1::一}} 与 {{c2::二}}", "{{c2::一}} 与 {{c1::二}}"),), ("gaps",)
    ),
    "reverse on": Mutation(
        (("llm/a", "back: 答一", "back: 答一, reverse: true"),),
        ("plain",),
        new_cards=1,
        blank_if_never=("plain.1",),
    ),
    "reverse off": Mutation((("llm/a", ", reverse: true", ""),), ("both",), blank=("both.1",)),
    "moved to another article": Mutation((("llm/b", OTHER, ""), ("llm/a", None, OTHER)), ("other",)),
    "moved to another topic": Mutation((("llm/b", OTHER, ""), ("vision/c", None, OTHER)), ("other",)),
    "id renamed": Mutation((("llm/a", "id: plain", "id: simple, was: plain"),), ("simple",)),
    "card added": Mutation(
        (("llm/a", None, "- {id: fresh, kind: claim, front: 新, back: 新, cite: c}\n"),),
        added=("fresh",),
        new_cards=1,
    ),
    "deleted": Mutation((("llm/b", DOOMED, ""),), ("doomed",), blank=("doomed.0",)),
    "deleted and restored": Mutation((("llm/b", DOOMED, ""),), (), undone=True),
    "article retitled": Mutation((("vision/c", "title: 丙", "title: 丁"),), ("seen",)),
    "topic retitled": Mutation((("topics", "title: 大语言模型", "title: LLM"),)),
    "order changed": Mutation((("llm/a", "back: 答一", "back: 答一, after: [both]"),)),
    "look changed": Mutation(look=True),
    "breadcrumb and language told": Mutation(
        (
            ("llm/a", "back: 答一", "back: 答一, heading: [一, 二]"),
            ("vision/c", "title: 丙", "title: 丙\nlanguage: en"),
        ),
        ("plain", "seen"),
        look=True,
    ),
    "everything": Mutation(
        (
            ("llm/a", "问一", "问一？"),
            ("llm/a", ", reverse: true", ""),
            ("llm/a", "{{c2::二}}", "{{c2::二}} {{c3::三}}"),
            ("llm/b", DOOMED, ""),
            ("llm/b", OTHER, ""),
            ("vision/c", None, OTHER),
            ("llm/a", None, "- {id: fresh, kind: claim, front: 新, back: 新, cite: c}\n"),
            ("topics", "title: 大语言模型", "title: LLM"),
        ),
        ("both", "doomed", "gaps", "other", "plain"),
        added=("fresh",),
        new_cards=2,
        blank=("both.1", "doomed.0"),
        blank_if_never=("gaps.2",),
        look=True,
    ),
}


def write(root, mutation):
    texts = {"topics": TOPICS, **DECKS}
    for name, old, new in mutation.edits:
        assert old is None or texts[name].count(old) == 1
        texts[name] = texts[name] + new if old is None else texts[name].replace(old, new)
    for name, text in texts.items():
        path = root / "decks" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def packages(root, out, when, patch):
    patch.setenv("SOURCE_DATE_EPOCH", str(when))
    make_release(read_project(root), out)  # also what `check` refuses: what would learners see?
    return [str(path) for path in sorted(out.glob("*.apkg"))]


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """What the runner is to do: one upgrade per mutation and combination of options.

    All 72 combinations where every Anki is required; else for "everything", and three for each other mutation.
    """
    folder = tmp_path_factory.mktemp("upgrades")
    jobs, bases = [], []
    with pytest.MonkeyPatch.context() as patch:
        for number, (name, mutation) in enumerate(MUTATIONS.items()):
            root = folder / str(number)
            write(root, Mutation())
            with pytest.MonkeyPatch.context() as look:
                of_version(1, look)
                first = packages(root, root / "v1", V1, patch)
                if mutation.look:
                    look.undo()
                write(root, mutation)
                steps = packages(root, root / "v2", V2, patch)
                if mutation.undone:
                    write(root, Mutation())
                    steps += packages(root, root / "v3", V3, patch)
            if not bases:
                bases.append(
                    {"folder": str(folder / "base"), "packages": first, "when": V1 + 1, "edited": EDITED}
                )
            else:
                assert [Path(p).read_bytes() for p in first] == [
                    Path(p).read_bytes() for p in bases[0]["packages"]
                ]
            jobs += [
                {
                    "mutation": name,
                    "option": option,
                    "packages": steps,
                    "when": V2 + 1,
                    "base": str(folder / "base"),
                }
                for option, chosen in enumerate(OPTIONS)
                if REQUIRED
                or name == "everything"
                or chosen == OPTIONS[0] | {"update_notes": chosen["update_notes"]}
            ]
    return {"bases": bases, "jobs": jobs}


@pytest.fixture(scope="module")
def results(request, importer, plan, tmp_path_factory):
    """The facts of every upgrade by one importer; one without options does each mutation once."""
    python = python_of(importer.anki)
    folder = tmp_path_factory.mktemp("profiles")
    own = json.loads(json.dumps(plan).replace(plan["bases"][0]["folder"], str(folder / "base")))
    own["way"] = importer.way
    own["jobs"] = [job for job in own["jobs"] if importer.has_options or OPTIONS[job["option"]] == OPTIONS[0]]
    runner = Path(__file__).with_name("upgrade_runner.py")
    (folder / "plan.json").write_text(json.dumps(own), encoding="utf-8")
    command = [python, str(runner), str(folder / "plan.json"), str(folder / "facts.json")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    before, after = (sum(fact["reviews"][side] for fact in facts) for side in (0, 1))
    duplicates = sum(fact["duplicates"] for fact in facts)
    request.config.stash[UPGRADES].append(
        f"anki {importer}: {len(facts)} upgrades, {after}/{before} reviews kept "
        f"({100 * after / before:.0f} %), {duplicates} duplicates"
    )
    return facts


def wrong(results, holds):
    """The first upgrades of which something does not hold."""
    facts = [
        SimpleNamespace(
            **fact, mutation=MUTATIONS[fact["job"]["mutation"]], options=OPTIONS[fact["job"]["option"]]
        )
        for fact in results
    ]
    return [(fact.job["mutation"], fact.options, fact) for fact in facts if not holds(fact)][:3]


def look(kind):
    """The hash of a note type's style sheet and of both sides of its templates."""
    sides = [side for template in kind.templates for side in (template.front, template.back)]
    return hashlib.sha256("\0".join([kind.css, *sides]).encode()).hexdigest()


def test_every_mutation_ran(results, importer, plan):
    assert len(plan["jobs"]) >= 72 + len(MUTATIONS)
    assert len(results) == (len(plan["jobs"]) if importer.has_options else len(MUTATIONS))
    assert {fact["job"]["mutation"] for fact in results} == set(MUTATIONS)


def test_no_review_is_lost_and_every_history_stays_with_its_card(results):
    assert wrong(results, lambda f: f.reviews[0] == f.reviews[1] > 0 and not f.histories_lost) == []


def test_schedule_deck_flag_and_suspension_of_every_card_stay(results):
    assert wrong(results, lambda f: not f.cards_changed) == []


def test_there_are_no_duplicates_and_no_conflicts(results):
    assert wrong(results, lambda f: f.duplicates == 0) == []
    assert wrong(results, lambda f: all(count["conflicting"] == 0 for count in f.counts)) == []


def test_no_note_type_appears(results):
    assert wrong(results, lambda f: f.types_added == []) == []


def test_exactly_the_changed_notes_are_updated(results):
    def holds(fact):
        changed = set(fact.mutation.updated)
        expected = (changed, {*changed, *EDITED}, set())[fact.options["update_notes"]]
        return set(fact.updated) == expected and fact.added == list(fact.mutation.added)

    assert wrong(results, holds) == []


def test_the_learners_own_edits_and_tags_stay_unless_they_ask_for_always(results):
    assert wrong(results, lambda f: f.options["update_notes"] == ALWAYS or f.mine == sorted(EDITED)) == []


def test_empty_cards_finds_exactly_what_was_taken_away(results):
    """Under "never" Anki adds a new gap's card to a note that has no such gap yet."""

    def holds(fact):
        never = fact.options["update_notes"] == NEVER
        return fact.blank == list(fact.mutation.blank_if_never if never else fact.mutation.blank)

    assert wrong(results, holds) == []


def test_cards_are_added_for_what_was_added(results):
    assert wrong(results, lambda f: f.new_cards == f.mutation.new_cards) == []


def test_a_new_look_arrives_unless_it_is_refused(results, monkeypatch):
    """Style sheet and templates, of every template of both note types."""
    new = [look(kind) for kind in notetypes.note_types()]
    of_version(1, monkeypatch)
    old = [look(kind) for kind in notetypes.note_types()]

    def holds(fact):
        arrives = fact.mutation.look and fact.options["update_notetypes"] != NEVER
        return fact.looks == (new if arrives else old)

    assert wrong(results, holds) == []
