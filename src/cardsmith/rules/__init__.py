"""The rules, in the order in which they are tried: of two cards for one fact the earlier rule's is kept."""

from cardsmith.rules import (
    acronym,
    bilingual_item,
    definition,
    enumeration,
    formula,
    key_claim,
    number,
    progression,
    reversed_definition,
)
from cardsmith.rules.base import Draft, Rule

RULES: tuple[Rule, ...] = (
    formula.RULE,
    progression.RULE,
    enumeration.RULE,
    definition.RULE,
    reversed_definition.RULE,
    bilingual_item.RULE,
    key_claim.RULE,
    number.RULE,
    acronym.RULE,
)

__all__ = ["RULES", "Draft", "Rule"]
