"""What accompanies a package: the deck's description in Anki, and the learners' notes of a release.

Both are in the language of the topic: what is stated for it, else what most of its notes are in.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from cardsmith import __version__
from cardsmith.anki.notes import stated_language
from cardsmith.anki.render import visible_text
from cardsmith.anki.sides import cloze
from cardsmith.model import Card
from cardsmith.release.last_cards import question
from cardsmith.release.records import Record
from cardsmith.release.retirement import LIFETIME, ending
from cardsmith.release.stamps import Stamped
from cardsmith.text.clozes import read_clozes
from cardsmith.text.escape import as_content
from cardsmith.text.github import one_line
from cardsmith.text.language import DEFAULT, Language, find_language
from cardsmith.text.messages import CHANGES, MESSAGES, Messages, counted
from cardsmith.topics import Topic, Topics

LIMIT = 100
"""Characters of a question, title or answer in the learners' notes."""


def day_of(notes: Iterable[Stamped]) -> str:
    """Return the UTC day on which the latest of some notes changed: a property of the notes, not of the clock."""
    return datetime.fromtimestamp(max((s.mod for s in notes), default=0), UTC).strftime("%Y-%m-%d")


def topic_language(slug: str, topics: Topics, notes: Iterable[Stamped]) -> Language:
    """Return the language in which a topic's learners are told: the stated one, else that of most of its notes.

    A topic of nothing but stubs has its title's; of as many notes in two languages, the first one's counts.
    """
    used = Counter(s.note.language for s in notes if s.note.topic == slug and not s.note.is_retired)
    stated, topic = stated_language(slug, topics), topics.topics.get(slug)
    titled = find_language(topic.title, topic.description) if topic else None
    return stated or (used.most_common(1)[0][0] if used else None) or titled or DEFAULT


def deck_description(topic: Topic, licence: str | None, notes: Sequence[Stamped], language: Language) -> str:
    """Return the HTML that Anki shows above a deck: what it is, from how many sources, under which terms, how old."""
    alive = [s for s in notes if not s.note.is_retired]
    articles = {s.note.article for s in alive}
    words = MESSAGES[language]
    facts = [
        words.described.format(
            notes=counted(words.notes, len(alive)), sources=counted(words.sources, len(articles))
        ),
        *([words.licence.format(licence)] if licence else ()),
        words.version.format(day_of(notes)),
        words.made_with.format(__version__),
    ]
    head = f"<b>{as_content(topic.title)}</b><br>{as_content(topic.description)}"
    return f"{head}<br><br>{as_content(' · '.join(facts))}"


def release_notes(
    topics: Topics, notes: Sequence[Stamped], before: Mapping[str, Record], last: Mapping[str, Card]
) -> str:
    """Return what a release changes for learners, as Markdown, topic by topic; a part in each language they are in.

    ``before`` is what they have, ``last`` the cards as they have them, as far as git knows them. Whatever people wrote
    is shown as they wrote it, and formulas are typeset.
    """
    moved = [s for s in notes if _has_moved(s, before)]
    parts: dict[Language, list[str]] = {}
    for name, topic in topics.topics.items():
        language = topic_language(name, topics, notes)
        told = parts.setdefault(language, [])
        own = [s for s in moved if s.note.topic == name]
        if own:
            title = MESSAGES[language].package.format(title=one_line(topic.title, LIMIT), file=f"{name}.apkg")
            told += [f"## {title}", "", *_sections(own, before, topics, last, MESSAGES[language])]
    changed = {language: told for language, told in parts.items() if told}
    changed = changed or {next(iter(parts), DEFAULT): []}
    day, ended = day_of(notes), len(ending(notes))
    lines = [
        line for language, told in changed.items() for line in _part(MESSAGES[language], day, told, ended)
    ]
    return "\n".join(lines)


def _part(words: Messages, day: str, told: Sequence[str], ended: int) -> Iterator[str]:
    """Yield what is told in one language, with what there is to do; nothing told is no change."""
    yield from (f"# {words.update.format(day)}", "")
    if not told:
        yield from (words.no_change, "")
        return
    yield from told
    yield from (line.format(LIFETIME) for line in words.advice)
    if ended:
        yield counted(words.ended, ended)
    yield ""


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
    notes: Sequence[Stamped],
    before: Mapping[str, Record],
    topics: Topics,
    last: Mapping[str, Card],
    words: Messages,
) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for stamped in notes:
        identity = stamped.note.identity
        record, card = before.get(identity), last.get(identity)
        line = _line(stamped, record, topics, card, words)
        groups.setdefault(_change(stamped, record), []).append(line)
        for gone in _gone_clozes(stamped, record, card, words):
            groups.setdefault("clozes", []).append(words.gone_cloze.format(line=line, gone=gone))
    for change in CHANGES:
        if change in groups:
            yield from (f"### {words.changes[change]} {len(groups[change])}", "", *groups[change], "")


def _change(stamped: Stamped, record: Record | None) -> str:
    """Return the change's key in ``CHANGES``."""
    if stamped.status == "retired":
        return "retired"
    if record is None:
        return "new"
    if record.retired:
        return "restored"
    return "changed" if record.topic == stamped.note.topic else "moved"


def _gone_clozes(
    stamped: Stamped, record: Record | None, card: Card | None, words: Messages
) -> Iterator[str]:
    """Find the numbers that a cloze note no longer has, each with what it deleted where that is known."""
    if record is None or stamped.note.is_retired:
        return
    deletions = read_clozes(card.text).deletions if card and card.text else ()
    for number in _gone_numbers(stamped, record):
        hidden = one_line(words.and_.join(d.answer for d in deletions if d.number == number), LIMIT)
        yield words.gone_answer.format(number=f"c{number}", words=hidden) if hidden else f"c{number}"


def _gone_numbers(stamped: Stamped, record: Record) -> list[int]:
    had = {int(number) for number in record.clozes if number.isdecimal()}
    return sorted(had - {index + 1 for index in stamped.note.ords})


def _line(stamped: Stamped, record: Record | None, topics: Topics, card: Card | None, words: Messages) -> str:
    fields = dict(stamped.note.fields)
    asked = visible_text(fields.get("Front") or cloze(fields.get("Text", ""), 0))
    if not asked and card:
        asked = question(card)
    line = f"- {one_line(asked or stamped.note.identity, LIMIT)}"
    old = topics.topics.get(record.topic) if record and record.topic != stamped.note.topic else None
    return words.moved.format(line=line, title=one_line(old.title, LIMIT)) if old else line
