"""Silence is no consent: a draft is seen everywhere and ships nowhere."""

import json
import re
import shutil

import pytest
from click.testing import CliRunner

from ankilab import import_package, profile, review, reviews
from cardsmith.cli.main import main
from conftest import DECK, ROOT, TOPICS

MARK = "- id: dpo-finding\n", "- id: dpo-finding\n  draft: true\n"


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def deck(root):
    path = root / "decks/llm/dpo.yaml"
    path.write_text(DECK.replace(*MARK), encoding="utf-8")
    return path


def test_a_draft_does_not_ship_and_build_says_so(root, deck):
    done = run("build")
    assert done.exit_code == 0
    assert "2 notes" in done.stdout
    assert "llm: 1 draft waits: cardsmith review" in done.stderr
    deck.write_text(DECK.replace("  kind:", "  draft: true\n  kind:"), encoding="utf-8")
    done = run("build", "--topic", "llm")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (
        0,
        "llm: 0 cards, 3 drafts wait: cardsmith review",
    )
    assert not (root / "dist/llm.apkg").exists()


@pytest.mark.parametrize("output_format", ["tsv", "json"])
def test_no_export_holds_a_draft(root, deck, output_format):
    assert run("build", "--format", output_format).exit_code == 0
    text = (root / f"dist/llm.{output_format}").read_text(encoding="utf-8")
    assert "dpo-finding" not in text
    assert "dpo-reward" in text


def test_a_release_leaves_drafts_out_of_the_record(root, deck):
    assert run("release").exit_code == 0
    record = json.loads((root / "decks/released.json").read_text(encoding="utf-8"))
    assert record.keys() == {"dpo-reward", "v3-size"}


def test_a_released_card_cannot_become_a_draft_again(root, deck):
    deck.write_text(DECK, encoding="utf-8")
    assert run("release").exit_code == 0
    deck.write_text(DECK.replace(*MARK), encoding="utf-8")
    for command in ("check", "build", "release"):
        done = run(command)
        assert done.exit_code == 1, command
        assert (
            "dpo.yaml:7:10: dpo-finding: learners have it, and a draft does not ship [draft-released]"
            in done.stderr
        )


def test_what_is_wrong_with_a_draft_is_advice_and_comes_last(root, deck):
    faulty = (
        DECK.replace(*MARK)
        .replace("任何奖励函数都对应一个最优策略；", r"\(\frac{1}\)")
        .replace("front: DPO 的重参数化：", "front: DPO 是否重参数化：")
    )
    deck.write_text(faulty.replace("DPO 的关键发现是什么？", "它是什么？"), encoding="utf-8")
    done = run("check", "--strict")
    lines = [line for line in done.stderr.splitlines() if not line.startswith("  hint")]
    assert any("draft: dpo-finding" in line and "[math]" in line for line in lines)
    assert "1 draft waits: cardsmith review" in lines[-1]
    ranks = ["draft:" in line for line in lines[:-1]]
    assert ranks == sorted(ranks)
    assert run("check").exit_code == 0
    assert run("build").exit_code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [(r"\(\href{javascript:alert(1)}{x}\)", "math-unsafe"), ("甲\u202e乙", "misleading-character")],
)
def test_a_draft_that_is_unsafe_is_an_error(root, deck, words, code):
    deck.write_text(DECK.replace(*MARK).replace("任何奖励函数都对应一个最优策略；", words), encoding="utf-8")
    done = run("check")
    assert done.exit_code == 1
    assert f"[{code}]" in done.stderr


def test_an_id_twice_is_an_error_also_of_drafts(root, deck):
    (root / "decks/vision").mkdir()
    (root / "decks/vision/again.yaml").write_text(
        "title: t\ncards:\n- id: dpo-finding\n  draft: true\n  kind: claim\n  front: f？\n  back: b\n  cite: 手册\n",
        encoding="utf-8",
    )
    assert "[duplicate-id]" in run("check").stderr
    assert run("build").exit_code == 1


def test_a_card_may_come_after_a_draft(root, deck):
    deck.write_text(
        DECK.replace(*MARK).replace("- id: v3-size\n", "- id: v3-size\n  after: [dpo-finding]\n"),
        encoding="utf-8",
    )
    done = run("check")
    assert done.exit_code == 0
    assert "warning: v3-size comes after dpo-finding, which is a draft [after-draft]" in done.stderr
    assert run("build").exit_code == 0


def test_trial_packages_are_notes_and_decks_of_their_own(root, deck, tmp_path):
    assert run("build").exit_code == 0
    done = run("build", "--drafts")
    assert done.exit_code == 0
    assert "llm-drafts.apkg: 1 notes" in done.stdout
    assert "do not carry over" in done.stderr
    ledger = (root / ".cardsmith/ledger.json").read_text(encoding="utf-8")
    assert "dpo-finding" not in ledger
    with profile(tmp_path / "anki") as collection:
        assert import_package(collection, root / "dist/llm-drafts.apkg")["new"] == 1
        (card_id,) = collection.find_cards("")
        card = collection.get_card(card_id)
        assert collection.decks.name(card.did) == "cardsmith::大语言模型 (drafts)"
        assert "do not carry over" in collection.decks.get(card.did)["desc"]
        assert "cardsmith::draft" in card.note().tags
        review(collection, card_id)

        deck.write_text(DECK, encoding="utf-8")  # accepted: a card of its own, beside the one that was tried
        assert run("build").exit_code == 0
        assert import_package(collection, root / "dist/llm.apkg")["new"] == 3
        assert reviews(collection) == 1
        assert len(collection.find_notes('"Id:dpo-finding"')) == 2
    assert "removed" in run("build", "--drafts").stdout


def test_a_draft_that_cannot_be_shown_is_left_out_of_a_trial_and_told(root, deck):
    deck.write_text(
        deck.read_text(encoding="utf-8").replace(
            "- id: v3-size\n  kind: claim\n  text: DeepSeek-V3",
            "- id: v3-size\n  draft: true\n  kind: claim\n  media: [gone.png]\n  text: 见 ![](gone.png) DeepSeek-V3",
        ),
        encoding="utf-8",
    )
    done = run("build", "--drafts")
    assert done.exit_code == 0
    assert "llm-drafts.apkg: 1 notes" in done.stdout
    assert "draft: v3-size: no file gone.png [media-missing]" in done.stderr


@pytest.mark.parametrize("option", ["--locked", "--retire"])
def test_a_trial_takes_no_option_of_releases(root, deck, option):
    assert run("build", "--drafts", option).exit_code == 2


def test_the_mark_stands_behind_the_id_whoever_writes_it(root, deck):
    deck.write_text(
        DECK.replace(
            "  kind: claim\n  front: DPO 的关键", "  kind: claim\n  draft: true\n  front: DPO 的关键"
        ),
        encoding="utf-8",
    )
    deck.write_text(
        deck.read_text(encoding="utf-8").replace("- id: dpo-reward\n", "- id: dpo-reward\n  reverse: true\n")
    )
    assert run("fmt").exit_code == 0
    assert "\n  reverse: true\n" in deck.read_text(encoding="utf-8")
    assert MARK[1] in deck.read_text(encoding="utf-8")


def test_stats_count_drafts_apart(root, deck):
    (llm, vision) = json.loads(run("stats", "--format", "json").stdout)
    assert (llm["cards"], llm["drafts"], vision["drafts"]) == (2, 1, 0)
    assert sum(llm[kind] for kind in ("definition", "formula", "claim", "enumeration", "progression")) == 2
    table = run("stats", "--format", "markdown").stdout.splitlines()
    assert table[:3] == [
        "| topic | | articles | cards | drafts |",
        "|---|---|---|---|---|",
        "| `llm` | 大语言模型 | 1 | 2 | 1 |",
    ]
    assert run("stats").stdout.splitlines()[0].split()[:4] == ["topic", "articles", "cards", "drafts"]
    deck.write_text(DECK, encoding="utf-8")
    assert "drafts" not in run("stats", "--format", "markdown").stdout


def test_topics_without_a_card_or_a_draft_are_still_refused(root, deck):
    assert TOPICS.count("vision")
    assert "[empty-topic]" in run("build", "--topic", "vision").stderr


def test_whole_notes_ship_nothing_that_nobody_has_read(root):
    """22 notes once became 589 cards, half of them junk, and all of them shipped."""
    (root / "decks/llm/dpo.yaml").unlink()
    shutil.copytree(ROOT / "seeds", root / "seeds", dirs_exist_ok=True)
    assert run("extract").exit_code == 0
    done = run("check", "--strict")
    assert done.exit_code == 0
    waiting = int(re.search(r"0 cards in \d+ articles: .*?(\d+) drafts wait", done.stderr)[1])
    assert waiting > 100
    done = run("build")
    assert done.exit_code == 0
    assert sum(map(int, re.findall(r"0 cards, (\d+) drafts wait: cardsmith review", done.stdout))) == waiting
    assert not list((root / "dist").glob("*.apkg"))
    assert run("accept", "--min", "0.9").exit_code == 0
    assert run("build").exit_code == 0
    shipped = [json.loads((root / f"dist/{name}.json").read_text())["notes"] for name in ("llm", "vision") if run("build", "--format", "json").exit_code == 0 and (root / f"dist/{name}.json").exists()]  # fmt: skip
    accepted = [path.read_text(encoding="utf-8") for path in (root / "decks").glob("*/*.yaml")]
    cards = sum(text.count("\n- id:") for text in accepted) - sum(
        text.count("draft: true") for text in accepted
    )
    assert 0 < sum(map(len, shipped)) == cards < waiting
