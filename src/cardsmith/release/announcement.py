"""What accompanies a package: the deck's description in Anki, and the learners' notes of a release."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from cardsmith import __version__
from cardsmith.anki.render import visible_text
from cardsmith.anki.sides import cloze
from cardsmith.model import Card, Topic, Topics
from cardsmith.release.last_cards import question
from cardsmith.release.records import Record
from cardsmith.release.retirement import LIFETIME, ending
from cardsmith.release.stamps import Stamped
from cardsmith.text.clozes import read_clozes
from cardsmith.text.escape import as_content
from cardsmith.text.github import one_line

LIMIT = 100
"""Characters of a question, title or answer in the learners' notes."""


def day_of(notes: Iterable[Stamped]) -> str:
    """Return the UTC day on which the latest of some notes changed: a property of the notes, not of the clock."""
    return datetime.fromtimestamp(max((s.mod for s in notes), default=0), UTC).strftime("%Y-%m-%d")


def deck_description(topic: Topic, licence: str | None, notes: Sequence[Stamped]) -> str:
    """Return the HTML that Anki shows above a deck: what it is, from how many sources, under which terms, how old."""
    alive = [s for s in notes if not s.note.is_retired]
    articles = {s.note.article for s in alive}
    facts = [
        f"{_counted(len(alive), 'note')} from {_counted(len(articles), 'source')}",
        *([f"licence: {licence}"] if licence else ()),
        f"version {day_of(notes)}",
        f"made with cardsmith {__version__}",
    ]
    head = f"<b>{as_content(topic.title)}</b><br>{as_content(topic.description)}"
    return f"{head}<br><br>{as_content(' · '.join(facts))}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def release_notes(
    topics: Topics, notes: Sequence[Stamped], before: Mapping[str, Record], last: Mapping[str, Card]
) -> str:
    """Return what a release changes for learners, as Markdown, topic by topic.

    ``before`` is what they have, ``last`` the cards as they have them, as far as git knows them. Whatever people wrote
    is shown as they wrote it, and formulas are typeset.
    """
    moved = [s for s in notes if _has_moved(s, before)]
    lines = [f"# 更新 {day_of(notes)}", ""]
    if not moved:
        return "\n".join([*lines, "没有变化。", ""])
    for name, topic in topics.topics.items():
        own = [s for s in moved if s.note.topic == name]
        if own:
            title = one_line(topic.title, LIMIT)
            lines += [f"## {title}（`{name}.apkg`）", "", *_sections(own, before, topics, last)]
    lines += [
        "在 Anki 中用「文件 → 导入」，选项保持默认：复习进度、标签和没有列出的笔记都不会变。",
        "停用的卡片、被删去的填空会变成空白卡片，用「工具 → 空白卡片」（Tools → Empty Cards）清理。",
        f"停用的卡片在此后 {LIFETIME} 次更新里还会提醒 Anki，再往后就不再提醒：请不要隔得更久才导入。",
        "",
    ]
    if ended := ending(notes):
        lines[-1:] = [f"很久以前停用的 {len(ended)} 张卡片从这次更新起不再提醒。", ""]
    return "\n".join(lines)


def losing(notes: Iterable[Stamped], before: Mapping[str, Record]) -> set[str]:
    """Return the identities of cards that leave learners, in part or whole: git may know what they asked."""
    moved = (
        (s, before[s.note.identity]) for s in notes if s.note.identity in before and _has_moved(s, before)
    )
    return {s.note.identity for s, record in moved if s.note.is_retired or _gone_numbers(s, record)}


def _has_moved(stamped: Stamped, before: Mapping[str, Record]) -> bool:
    record = before.get(stamped.note.identity)
    return record is None or (record.hash, record.mod) != (stamped.note.content_hash, stamped.mod)


def _sections(
    notes: Sequence[Stamped], before: Mapping[str, Record], topics: Topics, last: Mapping[str, Card]
) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for stamped in notes:
        identity = stamped.note.identity
        record, card = before.get(identity), last.get(identity)
        line = _line(stamped, record, topics, card)
        groups.setdefault(_change(stamped, record), []).append(line)
        for gone in _gone_clozes(stamped, record, card):
            groups.setdefault("删去的填空", []).append(f"{line}（{gone}）")
    for title in ("新增", "恢复", "修订", "移入", "删去的填空", "停用"):
        if title in groups:
            yield from (f"### {title} {len(groups[title])}", "", *groups[title], "")


def _change(stamped: Stamped, record: Record | None) -> str:
    if stamped.status == "retired":
        return "停用"
    if record is None:
        return "新增"
    if record.retired:
        return "恢复"
    return "修订" if record.topic == stamped.note.topic else "移入"


def _gone_clozes(stamped: Stamped, record: Record | None, card: Card | None) -> Iterator[str]:
    """Find the numbers that a cloze note no longer has, each with what it deleted where that is known."""
    if record is None or stamped.note.is_retired:
        return
    deletions = read_clozes(card.text).deletions if card and card.text else ()
    for number in _gone_numbers(stamped, record):
        words = "；".join(d.answer for d in deletions if d.number == number)
        yield f"c{number}：{one_line(words, LIMIT)}" if words else f"c{number}"


def _gone_numbers(stamped: Stamped, record: Record) -> list[int]:
    had = {int(number) for number in record.clozes if number.isdecimal()}
    return sorted(had - {index + 1 for index in stamped.note.ords})


def _line(stamped: Stamped, record: Record | None, topics: Topics, card: Card | None) -> str:
    fields = dict(stamped.note.fields)
    asked = visible_text(fields.get("Front") or cloze(fields.get("Text", ""), 0))
    if not asked and card:
        asked = question(card)
    text = f"- {one_line(asked or stamped.note.identity, LIMIT)}"
    old = topics.topics.get(record.topic) if record and record.topic != stamped.note.topic else None
    return f"{text}（原在「{one_line(old.title, LIMIT)}」；已有的卡片留在原来的牌组）" if old else text
