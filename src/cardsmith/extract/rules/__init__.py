"""The rules, in the order in which they are tried: of two cards for one fact the earlier rule's is kept."""

from cardsmith.extract.rules import (
    acronym,
    apposition,
    bilingual_item,
    definition,
    enumeration,
    formula,
    key_claim,
    listing,
    number,
    plain_formula,
    progression,
    reversed_definition,
    statement,
    steps,
)
from cardsmith.extract.rules.base import Draft, Rule

RULES: tuple[Rule, ...] = (
    formula.RULE,
    plain_formula.RULE,
    progression.RULE,
    enumeration.RULE,
    steps.RULE,
    listing.RULE,
    definition.RULE,
    reversed_definition.RULE,
    apposition.RULE,
    bilingual_item.RULE,
    key_claim.RULE,
    number.RULE,
    statement.RULE,
    acronym.RULE,
)

__all__ = ["RULES", "Draft", "Rule"]
