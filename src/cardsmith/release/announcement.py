"""What accompanies a package: the deck's description in Anki, and the learners' notes of a release."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from cardsmith import __version__
from cardsmith.anki.render import visible_text
from cardsmith.anki.sides import cloze
from cardsmith.model import Topic, Topics
from cardsmith.release.records import Record
from cardsmith.release.stamps import Stamped
from cardsmith.text.escape import as_content


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


def release_notes(topics: Topics, notes: Sequence[Stamped], before: Mapping[str, Record]) -> str:
    """Return what a release changes for learners, as Markdown, topic by topic; ``before`` is the last release."""
    moved = [s for s in notes if not s.released]
    lines = [f"# 更新 {day_of(notes)}", ""]
    if not moved:
        return "\n".join([*lines, "没有变化。", ""])
    for name, topic in topics.topics.items():
        own = [s for s in moved if s.note.topic == name]
        if own:
            lines += [f"## {topic.title}（`{name}.apkg`）", "", *_sections(own, before, topics)]
    lines += [
        "在 Anki 中用「文件 → 导入」，选项保持默认：复习进度、标签和没有列出的笔记都不会变。",
        "停用的卡片、被删去的填空会变成空白卡片，用「工具 → 空白卡片」（Tools → Empty Cards）清理。",
        "",
    ]
    return "\n".join(lines)


def _sections(notes: Sequence[Stamped], before: Mapping[str, Record], topics: Topics) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for stamped in notes:
        record = before.get(stamped.note.identity)
        groups.setdefault(_change(stamped, record), []).append(_line(stamped, record, topics))
    for title in ("新增", "恢复", "修订", "移入", "停用"):
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


def _line(stamped: Stamped, record: Record | None, topics: Topics) -> str:
    fields = dict(stamped.note.fields)
    shown = " ".join(visible_text(fields.get("Front") or cloze(fields.get("Text", ""), 0)).split())
    text = f"- {shown[:100]}{'…' if len(shown) > 100 else ''}" if shown else f"- `{stamped.note.identity}`"
    old = topics.topics.get(record.topic) if record and record.topic != stamped.note.topic else None
    return f"{text}（原在「{old.title}」；已有的卡片留在原来的牌组）" if old else text
