"""Whatever happens to a deck file: no traceback, no silent loss, always a place. And the proof that this test bites."""

import pytest

from cardsmith.checks.table import Context, check_project
from cardsmith.decks import strict_yaml as nodes
from cardsmith.decks.deckfile import parse_deck, read_deck
from cardsmith.decks.project import Project
from cardsmith.decks.strict_yaml import Composed
from cardsmith.errors import CardsmithError
from cardsmith.model import Excerpt
from cardsmith.topics import Topics
from mutations import DECK, HUGE, RICH, corpus, lost

NAME = "decks/llm/a.yaml"
COUNT = 2000
TOPICS = Topics(topics={})
EXCERPT = Excerpt("x01234567", "每个头: 关注 #不同 的子空间", (), (), truncated=False)
NO_LINE = {"yaml-empty", "yaml-too-long", "deck-place"}


def read(path, raw):
    """What ``check`` says of a file, and the data that was read from it if it was."""
    path.write_bytes(raw)
    try:
        deck = read_deck(path, NAME)
    except CardsmithError as error:
        return list(error.problems), None
    context = Context(Project(path.parent, TOPICS, (deck,)), {EXCERPT.id: EXCERPT}, {}, lambda _: None)
    head = {"excerpt": deck.excerpt, "title": deck.title, "source": deck.source}
    cards = [entry.card.model_dump(exclude_unset=True) for entry in deck.entries]
    data = {name: value for name, value in head.items() if value} | {"cards": cards}
    return check_project(context), data


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Of each mutation: the bytes, what was done, the problems, and the data if the file was accepted."""
    path = tmp_path_factory.mktemp("mutations") / "a.yaml"
    return [(raw, done, *read(path, raw)) for raw, done in corpus(COUNT)]


def silent_losses(outcomes):
    for raw, done, problems, data in outcomes:
        if data is not None and not problems:
            characters, words = lost(raw.decode(), data)
            if characters or words:
                yield done, dict(characters), dict(words)


@pytest.mark.parametrize("text", [DECK, RICH])
def test_the_files_are_sound_before_they_are_damaged(tmp_path, text):
    problems, data = read(tmp_path / "a.yaml", text.encode())
    assert (problems, *lost(text, data)) == ([], {}, {})


def test_no_mutation_loses_a_word_in_silence(outcomes):
    assert len(outcomes) == COUNT
    assert list(silent_losses(outcomes)) == []


def test_every_problem_of_a_mutation_has_a_place(outcomes):
    homeless = [
        (done, problem)
        for _, done, problems, _ in outcomes
        for problem in problems
        if problem.path != NAME or (not problem.line and problem.code not in NO_LINE) or not problem.message
    ]
    assert homeless == []


def test_the_corpus_is_worth_running(outcomes):
    """Most files are refused or warned about, a good part is still fine, and many different checks answer."""
    accepted = [problems for _, _, problems, data in outcomes if data is not None]
    fine = sum(not problems for problems in accepted)
    codes = {problem.code for _, _, problems, _ in outcomes for problem in problems}
    assert 0.1 < fine / COUNT < 0.6
    assert len(codes) >= 25


GUARDS = [
    "yaml-comment", "yaml-escape", "yaml-duplicate-key", "yaml-key",
    "unknown-key", "empty-field", "bad-type", "bad-name", "bad-value", "card-shape",
]  # fmt: skip
"""Mutants of the checker: each is the reader without one of its guards. (An alias needs an anchor, which has its own.)"""


@pytest.mark.parametrize("guard", GUARDS)
def test_a_reader_without_one_guard_is_caught(outcomes, tmp_path, monkeypatch, guard):
    report = Composed.report

    def forgetful(self, mark, code, *words):
        if code != guard:
            report(self, mark, code, *words)

    monkeypatch.setattr(Composed, "report", forgetful)
    only = [(raw, done) for raw, done, problems, _ in outcomes if {p.code for p in problems} == {guard}]
    assert only, "no mutation is caught by this guard alone"
    again = [(raw, done, *read(tmp_path / "a.yaml", raw)) for raw, done in only]
    assert list(silent_losses(again))


class Everything:
    def __contains__(self, _):
        return True


def test_a_reader_that_does_not_look_for_anchors_and_tags_is_caught(outcomes, tmp_path, monkeypatch):
    monkeypatch.setattr(nodes, "_indicator", lambda _node, _document: "")
    monkeypatch.setattr(nodes, "_PLAIN_TAGS", Everything())
    for guard in ("yaml-anchor", "yaml-tag"):
        only = [(raw, done) for raw, done, problems, _ in outcomes if {p.code for p in problems} == {guard}]
        assert list(silent_losses([(raw, done, *read(tmp_path / "a.yaml", raw)) for raw, done in only])), (
            guard
        )


TRAPS = ["_FORBIDDEN", "_ODD_LINE_END", "_DIRECTIVE"]


@pytest.mark.parametrize("trap", TRAPS)
def test_a_reader_without_one_trap_is_caught(outcomes, tmp_path, monkeypatch, trap):
    """Without its trap a character is either lost or still refused, but then no longer by the trap's code."""
    import re

    code = {"_FORBIDDEN": "yaml-character", "_ODD_LINE_END": "yaml-line-end", "_DIRECTIVE": "yaml-directive"}[
        trap
    ]
    caught = [(raw, done) for raw, done, problems, _ in outcomes if code in {p.code for p in problems}]
    assert caught
    monkeypatch.setattr(nodes, trap, re.compile("(?!)"))
    again = [(raw, done, *read(tmp_path / "a.yaml", raw)) for raw, done in caught]
    missing_place = [p for _, _, problems, _ in again for p in problems if not p.column]
    assert list(silent_losses(again)) or missing_place or any(not problems for _, _, problems, _ in again)


@pytest.mark.parametrize("name", HUGE)
def test_a_file_made_to_exhaust_is_answered_with_a_place(tmp_path, name):
    problems, _ = read(tmp_path / "a.yaml", HUGE[name]().encode())
    assert problems
    assert all(problem.line for problem in problems)
    assert len(problems) < 200


def test_a_file_that_is_read_is_read_the_same_by_its_canonical_form(outcomes):
    from cardsmith.decks.layout import format_deck

    for raw, done, _, data in outcomes:
        if data is None:
            continue
        deck = parse_deck(raw.decode(), NAME)
        neat = format_deck(deck)
        assert [e.card for e in parse_deck(neat, NAME).entries] == [e.card for e in deck.entries], done
        assert format_deck(parse_deck(neat, NAME)) == neat, done
