"""Preview and review in a real browser: what is seen is what stands on disk, what is decided is written at once."""

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import axe_playwright_python
import pytest
from click.testing import CliRunner

from cardsmith.cli.main import main
from cardsmith.errors import CardsmithError
from cardsmith.ids import excerpt_id
from cardsmith.review.desk import Desk
from cardsmith.review.near_duplicates import near_duplicates
from cardsmith.review.server import Server, open_server
from conftest import DECK
from repositories import commit, repository

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PATH = "decks/llm/dpo.yaml"
RULES = "decks/llm/rules.yaml"
DRAFTS = DECK.replace("  kind:", "  draft: true\n  kind:")
RULE_DECK = """\
excerpt: x00000000
title: 规则
cards:
# a comment above
- id: rule-one
  kind: definition
  front: 什么是剪枝？  # a remark
  # a comment inside
  back: 删去不重要的权重
  reverse: true
  cite: 规则书

# a comment between


- id: rule-two
  kind: definition
  front: 什么是模型剪枝？
  back: 删去不重要的权重
  cite: 规则书
"""


class Visit:
    """A served project with pages on it, and all that went wrong in them."""

    def __init__(self, root, browser, mode, **options):
        self.root, self.browser = root, browser
        self.desk = Desk(root, **options)
        self.server = Server(self.desk, mode)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.errors, self.requests, self.pages = [], [], []

    def page(self, width=1200, scheme="light"):
        page = self.browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on(
            "console", lambda message: self.errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.set_default_timeout(10_000)
        page.goto(self.server.url)
        page.wait_for_selector("body[data-ready]")
        self.pages.append(page)
        return page

    def text(self, path=PATH):
        return (self.root / path).read_text(encoding="utf-8")

    def write(self, text, path=PATH):
        (self.root / path).write_text(text, encoding="utf-8")

    def close(self):
        for page in self.pages:
            page.close()
        self.server.stop()


@pytest.fixture
def visit(root, browser):
    """Open a mode on the small project; afterwards nothing may have gone wrong or left the machine."""
    visits = []

    def start(mode, **options):
        visits.append(Visit(root, browser, mode, **options))
        return visits[-1]

    (root / RULES).write_text(RULE_DECK.replace("excerpt: x00000000\n", ""), encoding="utf-8")
    yield start
    for one in visits:
        one.close()
        conflicts = [text for text in one.errors if "409" not in text and "422" not in text]
        assert conflicts == []
        assert [url for url in one.requests if not url.startswith((one.server.address, "data:"))] == []


def shown(page):
    return page.locator(".pv-left .pv-card")


def title(page):
    return page.locator(".pv-left .pv-title")


def show_all(page):
    page.locator('select[name="show"]').select_option("all")


def waiting(page):
    return page.locator(".pv-waiting").inner_text()


def violations(page):
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found]


def wait_title(page, words):
    page.locator(".pv-title", has_text=words).first.wait_for()


@pytest.mark.browser
def test_a_card_flips_by_key_and_by_click(visit):
    page = visit("preview").page()
    assert shown(page).get_attribute("data-side") == "front"
    assert "最优策略" not in shown(page).inner_text()
    page.keyboard.press("Space")
    page.locator("[data-side=back]").wait_for()
    assert "最优策略" in shown(page).inner_text()
    shown(page).click()
    page.locator("[data-side=front]").wait_for()


@pytest.mark.browser
def test_each_cloze_and_the_reverse_is_a_face(visit):
    page = visit("preview").page()
    page.keyboard.press("/")
    page.keyboard.type("671B")
    wait_title(page, "v3-size")
    assert page.locator(".pv-faces button").all_inner_texts() == ["c1", "c2"]
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.locator('[data-face="1"][aria-pressed="true"]').wait_for()
    assert "671B" in shown(page).inner_text()
    assert "37B" not in shown(page).inner_text()


@pytest.mark.browser
def test_filters_leave_what_was_asked_for(visit):
    page = visit("preview").page()
    page.locator('select[name="kind"]').select_option("formula")
    wait_title(page, "dpo-reward")
    assert page.locator(".pv-count").inner_text() == "1 / 1"
    page.locator('select[name="kind"]').select_option("")
    page.locator('select[name="show"]').select_option("twins")
    wait_title(page, "rule-one")
    assert page.locator(".pv-count").inner_text() == "1 / 2"
    assert "rule-two" in page.locator(".pv-twins").inner_text()
    page.locator('input[name="q"]').fill("nothing has this")
    page.get_by_text("No card passes the filters.").wait_for()


@pytest.mark.browser
def test_a_saved_file_shows_without_losing_the_place(visit):
    at = visit("preview")
    page = at.page()
    page.keyboard.press("j")
    wait_title(page, "dpo-reward")
    page.keyboard.press("Space")
    page.locator("[data-side=back]").wait_for()
    at.write(DECK.replace("KL 惩罚强度", "惩罚的强度"))
    page.locator(".pv-left", has_text="惩罚的强度").wait_for()
    assert "dpo-reward" in title(page).inner_text()
    assert shown(page).get_attribute("data-side") == "back"


@pytest.mark.browser
def test_a_broken_file_shows_its_problem_and_the_rest_stays(visit):
    at = visit("preview")
    page = at.page()
    at.write(DECK.replace("front: DPO 的关键发现是什么？", "front: a: b: c"))
    page.locator(".pv-broken", has_text=f"{PATH}:8").wait_for()
    wait_title(page, "rule-one")
    at.write(DECK)
    page.locator(".pv-broken").wait_for(state="hidden")


@pytest.mark.browser
def test_a_problem_of_a_card_stands_beside_it_with_its_line(visit):
    at = visit("preview")
    page = at.page()
    at.write(DECK.replace("  cite: arXiv:2305.18290, sec. 4\n", ""))
    page.locator(".pv-side .pv-problem", has_text=f"{PATH}:6").wait_for()
    assert "untraced" in title(page).inner_text()


@pytest.mark.browser
def test_formulas_are_typeset_before_they_are_seen(visit):
    page = visit("preview").page()
    page.evaluate(
        "new PerformanceObserver(l => { for (const e of l.getEntries()) "
        "if (!e.hadRecentInput) window.shift = (window.shift || 0) + e.value; })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.keyboard.press("j")
    wait_title(page, "dpo-reward")
    assert page.locator(".pv-left mjx-container").count() == 1
    page.keyboard.press("Space")
    page.locator("[data-side=back] mjx-container").first.wait_for()
    assert page.evaluate("window.shift || 0") < 0.1


@pytest.mark.browser
def test_scripts_in_fields_never_run(visit):
    at = visit("preview")
    evil = r'<img src=x onerror="window.hit=1"><script>window.hit=1</script>\(x\)'
    at.write(
        DECK.replace("DPO 的关键发现是什么？", "|-\n    " + evil)
        .replace("title: 直接偏好优化", "title: <b onclick=x>题</b>")
        .replace("DPO 的重参数化：", r"\(\href{javascript:window.hit=1}{x}\)")
    )
    at.desk.refresh()
    page = at.page()
    page.keyboard.press("s")
    page.locator(".pv-sheet .pv-card").first.wait_for()
    assert "onerror" in page.locator(".pv-sheet").inner_text()
    assert page.locator(".pv-view :is(script, [onerror], [onclick], [href^=javascript])").count() == 0
    assert page.evaluate("window.hit") is None


@pytest.mark.browser
def test_formulas_are_drawn_on_cards_only(visit):
    """What else is shown, no safety has judged: drawn, this one takes all the memory that a tab may have."""
    at = visit("preview")
    bomb = r"\(\begin{alignat}{999999999} x \end{alignat}\) \(x\)"
    at.write(DECK.replace("arXiv:2412.19437", f"'{bomb}'"))
    at.write(at.text(RULES).replace("title: 规则", f"title: '{bomb}'"), RULES)
    at.desk.refresh()
    page = at.page()
    page.keyboard.press("j")
    page.locator(".card mjx-container").first.wait_for()
    page.keyboard.press("j")
    wait_title(page, "v3-size")
    assert r"\begin{alignat}" in page.locator(".pv-excerpt").inner_text()
    page.keyboard.press("s")
    page.locator(".pv-sheet .card").first.wait_for()
    assert r"\begin{alignat}" in page.locator(".pv-sheet > h3").last.inner_text()
    assert page.locator("mjx-container").count() == page.locator(".card mjx-container").count()


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["preview", "review"])
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(visit, mode, width, scheme):
    at = visit(mode)
    at.write(at.text(RULES).replace("- id: rule-one\n", "- id: rule-one\n  draft: true\n"), RULES)
    at.desk.refresh()
    page = at.page(width, scheme)
    night = page.evaluate("getComputedStyle(document.querySelector('.pv-card')).backgroundColor")
    assert (night == "rgb(29, 31, 35)") == (scheme == "dark")
    found = []
    for key in ("j", "s", "?"):
        page.keyboard.press(key)
        page.wait_for_timeout(150)
        found += violations(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.keyboard.press("Escape")
    if mode == "review":
        page.keyboard.press("s")
        page.locator(".pv-one").wait_for()
        page.keyboard.press("e")
        page.locator(".pv-form").wait_for()
        found += violations(page)
        page.keyboard.press("Escape")
        for _ in range(2):
            page.keyboard.press("j")
        page.locator(".pv-end").wait_for()
        found += violations(page)
    else:
        page.keyboard.press("s")
        page.locator('select[name="show"]').select_option("drafts")
        page.locator(".pv-left .pv-card.draft").wait_for()
        assert page.locator(".pv-problem.advice").count() == 1
        found += violations(page)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert found == []


@pytest.mark.browser
def test_night_and_phone_are_a_key_away(visit):
    page = visit("preview").page()
    page.keyboard.press("t")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.pv-card')).backgroundColor")
        == "rgb(29, 31, 35)"
    )
    page.keyboard.press("w")
    assert shown(page).bounding_box()["width"] == 390


@pytest.mark.browser
def test_changes_since_a_revision_stand_side_by_side(root, visit):
    repository(root)
    commit(root)
    (root / PATH).write_text(DECK.replace("任何奖励函数", "每个奖励函数"), encoding="utf-8")
    page = visit("preview", since="HEAD").page()
    page.locator('select[name="show"]').select_option("changed")
    page.locator(".pv-compare").wait_for()
    assert page.locator(".pv-compare del").all_inner_texts() == ["任何"]
    assert page.locator(".pv-compare ins").all_inner_texts() == ["每个"]
    assert page.locator(".pv-count").inner_text() == "1 / 1"


@pytest.mark.browser
def test_a_static_site_works_without_a_server(root, browser):
    done = CliRunner().invoke(main, ["preview", "--export", "site"], catch_exceptions=False)
    assert done.exit_code == 0
    page = browser.new_page()
    errors, requests = [], []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto((root / "site" / "index.html").as_uri())
    page.wait_for_selector("body[data-ready]")
    page.keyboard.press("j")
    page.locator(".pv-left mjx-container").wait_for()
    page.close()
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


# ---- review


@pytest.fixture
def drafts(root, visit):
    """A review of three drafts, with nothing else that waits."""
    (root / RULES).unlink()
    (root / PATH).write_text(DRAFTS, encoding="utf-8")
    return lambda **options: visit("review", **options)


def decided(page, words):
    page.locator(".pv-status", has_text=words).wait_for()


@pytest.mark.browser
def test_accepting_takes_the_mark_off_and_goes_on(drafts):
    at = drafts()
    page = at.page()
    wait_title(page, "dpo-finding")
    assert (waiting(page), page.locator(".pv-count").inner_text()) == ("3 drafts wait", "1 / 3")
    assert title(page).locator(".pv-chip.draft").inner_text() == "draft"
    page.keyboard.press("Enter")
    decided(page, "accepted: dpo-finding")
    wait_title(page, "dpo-reward")
    assert at.text() == DRAFTS.replace("  draft: true\n", "", 1)
    assert (waiting(page), page.locator(".pv-count").inner_text()) == ("2 drafts wait", "1 / 2")
    assert page.locator(".pv-progress").get_attribute("aria-valuenow") == "1"
    assert page.locator(".pv-progress").get_attribute("aria-valuemax") == "3"
    other = at.page()
    wait_title(other, "dpo-reward")
    assert waiting(other) == "2 drafts wait", "what was decided is in the file, so every page knows"


@pytest.mark.browser
def test_the_end_of_the_queue_says_what_to_do_next(drafts):
    at = drafts()
    page = at.page()
    wait_title(page, "dpo-finding")
    page.keyboard.press("j")
    wait_title(page, "dpo-reward")
    for card in ("dpo-reward", "v3-size"):
        page.keyboard.press("Enter")
        decided(page, f"accepted: {card}")
    end = page.locator(".pv-end")
    end.wait_for()
    assert "1 draft waits." in end.inner_text(), "the one that was passed over"
    page.keyboard.press("k")
    wait_title(page, "dpo-finding")
    page.keyboard.press("Enter")
    end.wait_for()
    assert "No draft waits." in end.inner_text()
    assert "cardsmith build" in end.inner_text()
    assert "git add decks" in end.inner_text()
    assert waiting(page) == "No draft waits"
    assert page.locator(".pv-decisions button:not(:disabled)").all_inner_texts() == ["Undo"]
    for key in ("Enter", "e", "d", "x", "Space", "c", "j"):
        page.keyboard.press(key)
    assert at.text() == DECK
    assert violations(page) == []
    page.reload()
    page.locator(".pv-end").wait_for()


@pytest.mark.browser
def test_a_card_that_is_no_draft_is_not_written_when_it_is_accepted(visit):
    at = visit("review")
    before = at.text(RULES)
    page = at.page()
    wait_title(page, "rule-one")
    assert "cite-unknown" in title(page).inner_text()
    page.keyboard.press("Enter")
    decided(page, "no draft, nothing to accept: rule-one")
    wait_title(page, "rule-two")
    assert at.text(RULES) == before
    assert page.locator('[data-do="undo"]').is_disabled()
    page.keyboard.press("Enter")
    page.locator(".pv-end", has_text="2 other cards have problems.").wait_for()


@pytest.mark.browser
def test_undo_takes_each_decision_back_also_after_a_reload(drafts):
    at = drafts()
    page = at.page()
    texts = [at.text()]
    wait_title(page, "dpo-finding")
    page.keyboard.press("Enter")
    decided(page, "accepted: dpo-finding")
    texts.append(at.text())
    wait_title(page, "dpo-reward")
    page.keyboard.press("x")
    decided(page, "rejected: dpo-reward")
    texts.append(at.text())
    show_all(page)
    wait_title(page, "dpo-finding")
    page.keyboard.press("d")
    decided(page, "a draft again: dpo-finding")
    texts.append(at.text())
    assert texts[3] == texts[2].replace("- id: dpo-finding\n", "- id: dpo-finding\n  draft: true\n")
    page.keyboard.press("e")
    page.locator('textarea[name="front"]').fill("问？")
    page.keyboard.press("Control+Enter")
    decided(page, "saved and accepted: dpo-finding")
    assert at.text() == texts[2].replace("DPO 的关键发现是什么？", "问？")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    for text, card in zip(
        reversed(texts), ("dpo-finding", "dpo-finding", "dpo-reward", "dpo-finding"), strict=True
    ):
        page.keyboard.press("u")
        decided(page, f"taken back: {card}")
        page.locator(".pv-status").evaluate("node => node.textContent = ''")
        assert at.text() == text
    assert page.locator('[data-do="undo"]').is_disabled()


@pytest.mark.browser
def test_a_card_that_was_taken_back_stands_where_it_stood(drafts):
    page = drafts().page()
    wait_title(page, "dpo-finding")
    page.keyboard.press("x")
    decided(page, "rejected: dpo-finding")
    page.keyboard.press("u")
    wait_title(page, "dpo-finding")
    assert page.locator(".pv-count").inner_text() == "1 / 3"


@pytest.mark.browser
def test_a_saved_draft_is_accepted_unless_its_editor_says_no(drafts):
    at = drafts()
    page = at.page()
    for box, words, mark in (
        (True, "saved: dpo-finding", "  draft: true\n"),
        (False, "saved and accepted: dpo-finding", ""),
    ):
        wait_title(page, "dpo-finding")
        page.keyboard.press("e")
        assert not page.locator('input[name="draft"]').is_checked()
        page.locator('input[name="draft"]').set_checked(box)
        page.locator('textarea[name="front"]').fill(f"问 {box}？")
        page.keyboard.press("Control+Enter")
        decided(page, words)
        wanted = DRAFTS.replace("DPO 的关键发现是什么？", f"问 {box}？").replace("  draft: true\n", mark, 1)
        assert at.text() == wanted
    wait_title(page, "dpo-reward")


RELEASED = '{\n"v3-size": {"hash": "0f", "mod": 1700000000, "topic": "llm", "type": "cloze"}\n}\n'


@pytest.mark.browser
def test_what_learners_have_is_no_draft_again_and_is_rejected_on_two_words_only(root, visit):
    (root / "decks/released.json").write_text(RELEASED, encoding="utf-8")
    at = visit("review")
    page = at.page()
    show_all(page)
    page.locator('input[name="q"]').fill("v3-size")
    wait_title(page, "v3-size")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.locator(".pv-status.bad", has_text="v3-size: learners have it, and a draft does not ship").wait_for()
    dialog = page.locator(".pv-retire")
    for leave in ("Escape", "Enter"):
        page.keyboard.press("x")
        dialog.wait_for()
        assert "v3-size" in dialog.inner_text()
        assert "learners lose it" in dialog.inner_text()
        assert violations(page) == []
        page.keyboard.press(leave)
        dialog.wait_for(state="hidden")
        assert at.text() == DECK
    page.keyboard.press("x")
    dialog.get_by_text("Reject it").click()
    decided(page, "rejected: v3-size")
    assert at.text() == DECK[: DECK.index("\n- id: v3-size")]


@pytest.mark.browser
def test_a_card_that_changes_while_its_rejection_is_confirmed_stays(root, visit):
    (root / "decks/released.json").write_text(RELEASED, encoding="utf-8")
    at = visit("review")
    page = at.page()
    show_all(page)
    page.locator('input[name="q"]').fill("v3-size")
    wait_title(page, "v3-size")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    at.write(DECK.replace("671B", "670B"))
    page.locator(".pv-left", has_text="670B").wait_for()
    page.locator(".pv-retire").get_by_text("Reject it").click()
    page.locator(".pv-status.bad", has_text="changed meanwhile").wait_for()
    assert "v3-size" in at.text()


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["preview", "review"])
def test_drafts_are_seen_to_be_drafts(root, visit, mode):
    faulty = DECK.replace("- id: v3-size\n", "- id: v3-size\n  draft: true\n").replace(
        "  cite: arXiv:2412.19437\n", ""
    )
    (root / PATH).write_text(faulty, encoding="utf-8")
    page = visit(mode).page()
    assert waiting(page) == {"preview": "1 draft does not ship", "review": "1 draft waits"}[mode]
    page.locator('select[name="show"]').select_option("drafts")
    wait_title(page, "v3-size")
    assert page.locator(".pv-count").inner_text() == "1 / 1"
    assert title(page).locator(".pv-chip.draft").count() == 1
    assert "untraced" in page.locator(".pv-problem.advice").inner_text()
    page.locator('select[name="show"]').select_option("all" if mode == "review" else "")
    page.keyboard.press("s")
    page.locator(".pv-sheet").wait_for()
    assert page.locator(".pv-sheet .pv-title").all_inner_texts() == ["v3-size\ndraft"]
    assert {
        *page.locator(".pv-sheet .pv-card.draft").evaluate_all(
            "nodes => nodes.map((node) => node.dataset.id)"
        )
    } == {"v3-size"}


@pytest.mark.browser
def test_a_static_site_says_which_cards_do_not_ship(root, browser):
    (root / PATH).write_text(DRAFTS, encoding="utf-8")
    done = CliRunner().invoke(main, ["preview", "--export", "site"], catch_exceptions=False)
    assert "3 cards (3 of them drafts, which do not ship)" in done.stdout
    page = browser.new_page()
    page.goto((root / "site" / "index.html").as_uri())
    page.wait_for_selector("body[data-ready]")
    assert waiting(page) == "3 drafts do not ship"
    assert title(page).locator(".pv-chip.draft").count() == 1
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("late", ["**/api/cards?ids=dpo-reward*", "**/mathjax.js"], ids=["card", "MathJax"])
def test_what_arrives_late_takes_no_ones_place(visit, late):
    """A card whose data or typesetting lags behind the reader is not shown any more, and never decided on."""
    at = visit("review")
    page = at.page()
    held = []

    def hold(request):
        held.append(request)

    page.route(late, hold)
    show_all(page)
    page.locator('input[name="q"]').fill("dpo-")
    wait_title(page, "dpo-finding")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.locator(".pv-count", has_text="2 / 2").wait_for()
    while not held:
        page.wait_for_timeout(20)
    if "cards" in late:
        page.keyboard.press("Enter")
    with page.expect_response("**/api/cards?ids=dpo-finding*"):
        page.keyboard.press("k")
    page.locator(".pv-count", has_text="1 / 2").wait_for()
    with page.expect_response(late):
        held[0].continue_()
    page.evaluate("loading")
    page.wait_for_timeout(300)
    assert page.evaluate("state.full.id") == "dpo-finding"
    assert "dpo-finding" in title(page).inner_text()
    assert [url for url in at.requests if url.endswith("/api/accept")] == []


@pytest.mark.browser
def test_reject_deletes_the_card_and_undo_brings_back_every_byte(visit):
    at = visit("review")
    before = at.text(RULES)
    page = at.page()
    wait_title(page, "rule-one")
    page.keyboard.press("x")
    page.locator(".pv-status", has_text="rejected: rule-one").wait_for()
    assert (
        at.text(RULES)
        == "title: 规则\ncards:\n# a comment above\n# a comment between\n\n\n"
        + before[before.index("- id: rule-two") :]
    )
    page.keyboard.press("u")
    wait_title(page, "rule-one")
    assert at.text(RULES) == before


@pytest.mark.browser
def test_an_edit_is_rendered_while_typed_and_written_in_its_own_line(visit):
    at = visit("review")
    before = at.text(RULES)
    page = at.page()
    wait_title(page, "rule-one")
    page.keyboard.press("e")
    page.locator('textarea[name="back"]').fill(r"删去 \(w\approx 0\) 的权重")
    page.locator(".pv-left mjx-container").wait_for()
    assert at.text(RULES) == before
    page.keyboard.press("Control+Enter")
    page.locator(".pv-status", has_text="saved: rule-one").wait_for()
    assert at.text(RULES) == before.replace("删去不重要的权重", r"删去 \(w\approx 0\) 的权重", 1)


@pytest.mark.browser
def test_an_edit_that_makes_no_card_cannot_be_saved(visit):
    at = visit("review")
    before = at.text(RULES)
    page = at.page()
    page.keyboard.press("e")
    page.locator('textarea[name="back"]').fill("")
    page.locator(".pv-form .pv-problem", has_text="back is missing").wait_for()
    assert page.locator('[data-do="save"]').is_disabled()
    page.keyboard.press("Control+Enter")
    page.locator(".pv-status.bad").wait_for()
    assert at.text(RULES) == before


@pytest.mark.browser
def test_a_file_changed_meanwhile_is_never_overwritten(visit):
    at = visit("review")
    page = at.page()
    wait_title(page, "rule-one")
    page.keyboard.press("e")
    page.locator('textarea[name="back"]').fill("我的话")
    theirs = at.text(RULES).replace("删去不重要的权重", "别人的话", 1)
    at.write(theirs, RULES)
    page.keyboard.press("Control+Enter")
    page.locator(".pv-status.bad", has_text="changed in the file in the meantime").wait_for()
    assert at.text(RULES) == theirs
    assert page.locator('textarea[name="back"]').input_value() == "我的话"


@pytest.mark.browser
def test_two_tabs_do_not_fight(visit):
    at = visit("review")
    one, two = at.page(), at.page()
    seen = two.evaluate("({id: state.full.id, hash: state.full.hash})")
    one.keyboard.press("x")
    one.locator(".pv-status", has_text="rejected: rule-one").wait_for()
    wait_title(two, "rule-two")
    after = at.text(RULES)
    assert two.evaluate("seen => post('reject', seen).then(a => a.status)", seen) == 409
    assert at.text(RULES) == after


@pytest.mark.browser
def test_from_extract_to_build_without_a_text_editor(root, visit):
    note = "# 剪枝\n\n剪枝是指删去神经网络中不重要的权重的方法。\n\n量化是指用更少的位数表示权重的方法。\n"
    (root / "seeds" / "notes.md").write_text(note, encoding="utf-8")
    run = CliRunner().invoke
    assert run(main, ["extract"]).exit_code == 0
    at = visit("review")
    page = at.page()
    show_all(page)
    page.locator('input[name="q"]').fill("量化")
    page.locator(".pv-excerpt mark", has_text="量化").wait_for()
    card_id = page.evaluate("state.full.id")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.locator(".pv-status", has_text=f"rejected: {card_id}").wait_for()
    again = run(main, ["extract", "--check"])
    assert again.exit_code == 0
    assert "nothing to propose" in again.output
    assert run(main, ["build"]).exit_code == 0


@pytest.mark.browser
def test_a_review_since_a_revision_asks_for_what_changed(root, visit):
    repository(root)
    commit(root)
    (root / PATH).write_text(DECK.replace("671B", "670B"), encoding="utf-8")
    page = visit("review", since="HEAD").page()
    wait_title(page, "v3-size")
    assert page.locator(".pv-count").inner_text() == "1 / 1"
    show_all(page)
    page.locator(".pv-count", has_text="1 / 5").wait_for()


def test_drafts_and_what_has_problems_wait(root):
    (root / PATH).write_text(DRAFTS.replace("  draft: true\n", "", 1), encoding="utf-8")
    (root / RULES).write_text(RULE_DECK.replace("excerpt: x00000000\n", ""), encoding="utf-8")
    rows = Desk(root).index(is_review=True)["cards"]
    assert {row["id"]: (row["waits"], row["draft"]) for row in rows} == {
        "rule-one": (True, False),
        "rule-two": (True, False),
        "dpo-finding": (False, False),
        "dpo-reward": (True, True),
        "v3-size": (True, True),
    }


def test_flagged_cards_come_first_then_near_duplicates(root):
    sound = RULE_DECK.replace("excerpt: x00000000\n", "").replace("规则书", "规则书第一版")
    (root / RULES).write_text(sound, encoding="utf-8")
    (root / PATH).write_text(DECK.replace("  cite: arXiv:2412.19437\n", ""), encoding="utf-8")
    order = [row["id"] for row in Desk(root).index(is_review=True)["cards"]]
    assert order == ["v3-size", "rule-one", "rule-two", "dpo-finding", "dpo-reward"]


def test_cards_are_alike_by_what_few_others_say():
    """What more than twenty cards share is a phrase of the field, not a sign that two of them ask the same."""
    asked = {f"card-{n:02}": "什么是模型剪枝？" for n in range(21)}
    assert near_duplicates(asked) == {}
    asked.popitem()
    found = near_duplicates(asked)
    assert set(found) == set(asked)
    assert found["card-00"] == tuple(f"card-{n:02}" for n in range(1, 20))


def test_the_likest_near_duplicate_comes_first():
    found = near_duplicates(
        {"a": "甲乙丙丁戊己庚辛壬癸", "b": "甲乙丙丁戊己庚辛", "c": "甲乙丙丁戊己庚辛壬", "d": "甲乙丙丁戊己"}
    )
    assert found["a"] == ("c", "b")


def row_of(desk, card):
    return next(row for row in desk.index(is_review=True)["cards"] if row["id"] == card)


def test_a_desk_asks_the_record_as_it_stands_now(root):
    """A release that was made while a review was open counts, a card that was retired does not."""
    desk = Desk(root)
    seen = row_of(desk, "v3-size")["hash"]
    record = root / "decks/released.json"
    record.write_text(RELEASED, encoding="utf-8")
    for decide, code in (
        (desk.reject, "reject-released"),
        (desk.back_to_draft, "draft-released"),
        (lambda card, seen: desk.edit(card, seen, {"draft": True}), "draft-released"),
    ):
        with pytest.raises(CardsmithError) as caught:
            decide("v3-size", seen)
        assert [(p.path, p.line, p.code) for p in caught.value.problems] == [(PATH, 23, code)]
    record.write_text("{", encoding="utf-8")
    with pytest.raises(CardsmithError, match="released-shape"):
        desk.reject("v3-size", seen)
    assert (root / PATH).read_text(encoding="utf-8") == DECK
    assert desk.refresh(), "the page learns of a release"
    record.write_text(RELEASED.replace('"type"', '"retired": true, "type"'), encoding="utf-8")
    desk.reject("v3-size", seen)
    assert "v3-size" not in (root / PATH).read_text(encoding="utf-8")


def test_undo_takes_back_an_edit_with_its_mark(root):
    (root / PATH).write_text(DRAFTS, encoding="utf-8")
    desk = Desk(root)
    hash_ = desk.edit("v3-size", row_of(desk, "v3-size")["hash"], {"tags": ["a"]})
    assert hash_ == row_of(desk, "v3-size")["hash"]
    assert not row_of(desk, "v3-size")["draft"]
    desk.undo()
    assert (root / PATH).read_text(encoding="utf-8") == DRAFTS


def test_what_an_edit_would_be_is_judged_as_accepted(root):
    (root / PATH).write_text(DRAFTS.replace("  cite: arXiv:2412.19437\n", ""), encoding="utf-8")
    desk = Desk(root)
    seen = row_of(desk, "v3-size")["hash"]
    for fields, severity in (({}, "error"), ({"draft": True}, "advice")):
        found = desk.attempt("v3-size", seen, fields)["problems"]
        assert [(p["code"], p["severity"]) for p in found] == [("untraced", severity)]


def test_undo_never_overwrites_what_was_written_since(root):
    desk = Desk(root)
    desk.reject(
        "v3-size", next(row["hash"] for row in desk.index(is_review=True)["cards"] if row["id"] == "v3-size")
    )
    theirs = (root / PATH).read_text(encoding="utf-8") + "\n# 别人的话\n"
    (root / PATH).write_text(theirs, encoding="utf-8")
    with pytest.raises(CardsmithError, match="changed-on-disk"):
        desk.undo()
    assert (root / PATH).read_text(encoding="utf-8") == theirs


@pytest.mark.parametrize("around", [600, 601])
def test_a_quote_is_shown_with_six_hundred_characters_on_either_side(root, around):
    text = "前" * around + "注意力是加权求和。" + "后" * around
    (root / "seeds" / "notes.txt").write_text(text, encoding="utf-8")
    deck = f"excerpt: {excerpt_id(text)}\n{RULE_DECK.partition(chr(10))[2]}"
    deck = deck.replace("  cite: 规则书\n", "  quote: 注意力是加权求和。\n", 1)
    (root / RULES).write_text(deck, encoding="utf-8")
    shown = Desk(root).details(["rule-one"])["rule-one"]["excerpt"]
    cut = "…" if around > 600 else ""
    assert (shown["before"], shown["quote"], shown["after"]) == (
        cut + "前" * 600,
        "注意力是加权求和。",
        "后" * 600 + cut,
    )


def test_a_broken_topics_file_is_said_once_and_the_cards_stay(root):
    desk = Desk(root)
    (root / "decks" / "topics.yaml").write_text("topics: [", encoding="utf-8")
    assert desk.refresh()
    assert not desk.refresh()
    index = desk.index(is_review=False)
    assert [problem["where"].split(":")[0] for problem in index["problems"]] == ["decks/topics.yaml"]
    assert len(index["cards"]) == 3


def heed_interrupts():
    """Undo what a shell does to jobs in the background, which ignore interrupts and so would their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_the_command_names_its_address_and_ends_on_interrupt(root):
    command = [sys.executable, "-u", "-m", "cardsmith", "preview", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - no thread runs in this test
    ) as process:
        line = process.stdout.readline()
        port, link = re.search(r"http://127\.0\.0\.1:(\d+)(/\?key=\S+)", line).groups()
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
        connection.request("GET", link)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (303, b"")
        connection.request("GET", "/", headers={"Cookie": answer.headers["Set-Cookie"].split(";")[0]})
        answer = connection.getresponse()
        assert (answer.status, b"cardsmith" in answer.read()) == (200, True)
        connection.close()
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()
        assert "Traceback" not in process.stderr.read()


# ---- the server itself


def ask(server, method, path, headers=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    content = body.encode() if body is not None else b""
    given = {
        "Host": f"127.0.0.1:{server.server_port}",
        "Content-Length": str(len(content)),
        "Cookie": server.cookie,
    } | (headers or {})
    for name, value in given.items():
        connection.putheader(name, value)
    connection.endheaders(content)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


@pytest.fixture
def reviewing(root):
    server = Server(Desk(root), "review")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    "path",
    [
        "/../decks/topics.yaml",
        "/%2e%2e/decks/topics.yaml",
        "//etc/passwd",
        "/decks/llm/dpo.yaml",
        "/preview.html",
        "/api",
        "/preview.js/..",
    ],
)
def test_a_path_is_a_name_in_a_table_or_404(reviewing, path):
    assert ask(reviewing, "GET", path)[0] == 404


def test_another_host_is_refused(reviewing):
    for host in ("evil.example", "127.0.0.1", "127.0.0.1:1", f"evil.example:{reviewing.server_port}"):
        assert ask(reviewing, "GET", "/", {"Host": host})[0] == 421
    assert ask(reviewing, "GET", "/", {"Host": f"localhost:{reviewing.server_port}"})[0] == 200


def decision(server, what="reject", card="dpo-finding", also=(), **changed):
    row = row_of(server.desk, card)
    headers = {
        "Content-Type": "application/json",
        "Origin": f"http://127.0.0.1:{server.server_port}",
        "X-Cardsmith-Token": server.token,
    }
    body = json.dumps({"id": row["id"], "hash": row["hash"], **dict(also)})
    return ask(server, "POST", f"/api/{what}", {**headers, **changed}, body)[0]


def test_what_learners_have_goes_only_with_a_word_of_its_own(root, reviewing):
    (root / "decks/released.json").write_text(RELEASED, encoding="utf-8")
    for also in ({}, {"retire": False}, {"retire": "true"}, {"retire": 1}):
        assert decision(reviewing, card="v3-size", also=also) == 422
    assert decision(reviewing, "draft", "v3-size", {"retire": True}) == 422
    assert (root / PATH).read_text(encoding="utf-8") == DECK
    assert decision(reviewing, card="v3-size", also={"retire": True}) == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Cardsmith-Token": ""},
        {"X-Cardsmith-Token": "wrong"},
        {"Origin": "http://evil.example"},
        {"Origin": ""},
        {"Content-Type": "text/plain"},
    ],
    ids=str,
)
def test_only_the_sessions_own_page_may_decide(root, reviewing, changed):
    assert decision(reviewing, **changed) == 403
    assert (root / PATH).read_text(encoding="utf-8") == DECK
    assert decision(reviewing) == 200
    assert (root / PATH).read_text(encoding="utf-8") != DECK


def test_a_preview_takes_no_decision(root):
    server = Server(Desk(root), "preview")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert decision(server) == 404
    server.stop()


@pytest.mark.parametrize(
    "body", ["", "[]", "{", "null", '{"id": 1, "hash": []}', '{"id": "../../x", "hash": "y"}']
)
def test_nonsense_is_answered_and_writes_nothing(root, reviewing, body):
    headers = {
        "Content-Type": "application/json",
        "Origin": f"http://127.0.0.1:{reviewing.server_port}",
        "X-Cardsmith-Token": reviewing.token,
    }
    assert ask(reviewing, "POST", "/api/reject", headers, body)[0] in (400, 409)
    assert (root / PATH).read_text(encoding="utf-8") == DECK


def test_a_port_in_use_is_answered_with_a_free_one(root, reviewing):
    server, is_wanted = open_server(Desk(root), "preview", reviewing.server_port)
    assert not is_wanted
    assert server.server_port not in (0, reviewing.server_port)
    server.stopping.set()
    server.server_close()


def test_the_policy_allows_nothing_from_outside(reviewing):
    from cardsmith.review.page import POLICY

    assert "default-src 'none'" in POLICY
    assert "'unsafe-inline'" not in re.search(r"script-src [^;]*", POLICY).group()
    assert "http" not in POLICY
