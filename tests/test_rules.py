"""Every rule proposes from its own `yes` examples and stays silent on its `no` examples."""

import pytest

from cardsmith.extract.candidates import extract
from cardsmith.extract.rules import RULES
from cardsmith.sources.reading import parse_source

YES = [(rule, text, wanted) for rule in RULES for text, wanted in rule.yes]
NO = [(rule, text) for rule in RULES for text in rule.no]


def candidates(rule, text):
    (excerpt,) = parse_source(text, "example.txt")
    return extract(excerpt, [rule]).candidates


@pytest.mark.parametrize(("rule", "text", "wanted"), YES, ids=lambda value: getattr(value, "name", None))
def test_a_rule_proposes_the_card_of_its_example(rule, text, wanted):
    proposed = candidates(rule, text)
    assert wanted in [card.front or card.text for card in proposed]
    assert all(card.quote == text[card.span.start : card.span.end] for card in proposed)


@pytest.mark.parametrize(("rule", "text"), NO, ids=lambda value: getattr(value, "name", None))
def test_a_rule_is_silent_on_its_counter_example(rule, text):
    assert [card.front or card.text for card in candidates(rule, text)] == []


def test_every_rule_has_examples_both_ways():
    assert [rule.name for rule in RULES if not rule.yes or not rule.no] == []
    assert len({rule.name for rule in RULES}) == len(RULES)
