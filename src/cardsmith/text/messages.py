"""What cardsmith itself says to learners, in each language: on cards, below decks, in the notes of a release.

One table, so that a further language is one more entry here and its name in ``language.Language``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cardsmith.text.language import Language

Forms = tuple[str, str]
"""For one and for any other number, with ``{}`` for the number."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The words of one language."""

    kinds: Mapping[str, str]
    """The label of each kind of card."""
    aka: str
    """Before the other names of what a card is about."""
    source: str
    """Above quote and citation, which are folded away."""
    report: str
    """The link by which a learner tells of a mistake."""

    notes: Forms
    sources: Forms
    described: str
    """Below a deck's name: how much, from how much."""
    licence: str
    version: str
    made_with: str

    update: str
    """The heading of a release's notes, with its day."""
    no_change: str
    package: str
    """The heading of a topic: its title and its package's file."""
    changes: Mapping[str, str]
    """The heading of each kind of change."""
    gone_cloze: str
    """A question and what it no longer asks."""
    gone_answer: str
    """A cloze's number and the words it hid."""
    and_: str
    """Between the words of one cloze's deletions."""
    moved: str
    """A question and the title of the topic that it has left."""
    advice: tuple[str, ...]
    """What to do in Anki; one has the number of releases that a retired card is told in."""
    ended: Forms
    """How many retired cards are told no longer."""


CHANGES = ("new", "restored", "changed", "moved", "clozes", "retired")
"""The keys of ``Messages.changes``, in the order in which a release tells them."""

MESSAGES: Mapping[Language, Messages] = {
    "zh": Messages(
        kinds={
            "definition": "定义",
            "formula": "公式",
            "claim": "要点",
            "enumeration": "列举",
            "progression": "演变",
        },
        aka="又称 ",
        source="出处",
        report="报告错误",
        notes=("{} 条笔记", "{} 条笔记"),
        sources=("{} 个来源", "{} 个来源"),
        described="{notes}，{sources}",
        licence="许可：{}",
        version="版本 {}",
        made_with="由 cardsmith {} 制作",
        update="更新 {}",
        no_change="没有变化。",
        package="{title}（`{file}`）",
        changes={
            "new": "新增",
            "restored": "恢复",
            "changed": "修订",
            "moved": "移入",
            "clozes": "删去的填空",
            "retired": "停用",
        },
        gone_cloze="{line}（{gone}）",
        gone_answer="{number}：{words}",
        and_="；",
        moved="{line}（原在「{title}」；已有的卡片留在原来的牌组）",
        advice=(
            "在 Anki 中用「文件 → 导入」，选项保持默认：复习进度、标签和没有列出的笔记都不会变。",
            "停用的卡片、被删去的填空会变成空白卡片，用「工具 → 空白卡片」清理。",
            "停用的卡片在此后 {} 次更新里还会提醒 Anki，再往后就不再提醒：请不要隔得更久才导入。",
        ),
        ended=(
            "很久以前停用的 {} 张卡片从这次更新起不再提醒。",
            "很久以前停用的 {} 张卡片从这次更新起不再提醒。",
        ),
    ),
    "en": Messages(
        kinds={
            "definition": "Definition",
            "formula": "Formula",
            "claim": "Key point",
            "enumeration": "List",
            "progression": "Progression",
        },
        aka="Also: ",
        source="Source",
        report="Report a mistake",
        notes=("{} note", "{} notes"),
        sources=("{} source", "{} sources"),
        described="{notes} from {sources}",
        licence="licence: {}",
        version="version {}",
        made_with="made with cardsmith {}",
        update="Update of {}",
        no_change="Nothing has changed.",
        package="{title} (`{file}`)",
        changes={
            "new": "New",
            "restored": "Restored",
            "changed": "Revised",
            "moved": "Moved here",
            "clozes": "Deletions taken out",
            "retired": "Retired",
        },
        gone_cloze="{line} ({gone})",
        gone_answer="{number}: {words}",
        and_="; ",
        moved="{line} (was in “{title}”; cards that you have stay in their deck)",
        advice=(
            "Import with “File → Import” in Anki and keep its options: reviews, tags and notes not listed stay as they are.",
            "Retired cards and deletions that were taken out become blank cards; “Tools → Empty Cards” removes them.",
            "Anki is told of a retired card in the next {} updates too, then no longer: do not wait longer to import.",
        ),
        ended=(
            "{} card that was retired long ago is told no longer from this update on.",
            "{} cards that were retired long ago are told no longer from this update on.",
        ),
    ),
}


def counted(forms: Forms, number: int) -> str:
    """Return a number with what it counts."""
    return forms[number != 1].format(number)
