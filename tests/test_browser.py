"""Cards in a real browser: nothing overflows a phone, day and night are readable, nothing is fetched."""

import pytest

from cardsmith.anki.notetypes import note_types
from conftest import ROOT
from gallery import KINDS, open_reviewer, rendered, show, write_gallery

pytestmark = pytest.mark.browser

CONTRAST = """() => {
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const numbers = c => {
    const all = c.match(/[\\d.]+/g).map(Number);
    return c.startsWith("color(") ? [...all.slice(0, 3).map(v => v * 255), all[3] ?? 1] : all;
  };
  const over = (front, back) => {
    const [a, b] = [numbers(front), numbers(back)], share = a[3] ?? 1;
    return `rgb(${[0, 1, 2].map(i => a[i] * share + b[i] * (1 - share))})`;
  };
  const light = c => { const [r, g, b] = numbers(c).map(channel); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => {
    if (!e) return "rgb(255, 255, 255)";
    const c = getComputedStyle(e).backgroundColor;
    return (numbers(c)[3] ?? 1) === 1 ? c : over(c, behind(e.parentElement));
  };
  let worst = 21;
  for (const e of document.querySelectorAll(".card *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const ground = behind(e);
    const pair = [light(over(getComputedStyle(e).color, ground)), light(ground)];
    worst = Math.min(worst, (Math.max(...pair) + .05) / (Math.min(...pair) + .05));
  }
  return worst;
}"""


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """Both sides of each card of the gallery and of the repository, as the real Anki renders them."""
    gallery, decks = tmp_path_factory.mktemp("gallery"), tmp_path_factory.mktemp("decks")
    return rendered(write_gallery(gallery / "project"), gallery) | rendered(ROOT, decks)


def chosen(sides, width, *, night):
    """The sides to look at: the gallery's and all answers on the narrowest page by day; else a sixth of the decks."""
    shift = (390, 420, 900).index(width) * 2 + night
    for number, (card, (front, back)) in enumerate(sides.items()):
        if number < GALLERY:
            yield card, front
        if number < GALLERY or shift == 0 or number % 6 == shift:
            yield card, back


GALLERY = 12
"""How many sides come first in ``sides``: the gallery has at least as many cards; answers show their questions too."""


def test_the_gallery_shows_every_kind(sides):
    for kind in KINDS:
        assert f"cs-kind cs-{kind}" in sides[f"{kind}.0"][0]


FAULTS = """() => ({
  wide: document.documentElement.scrollWidth > innerWidth,
  red: [...document.querySelectorAll("mjx-merror, [data-mjx-error], mjx-mtext[style*='red'], mjx-mstyle[style*='red']")].length,
  raw: /\\\\[(\\[]|\\{\\{/.test(document.getElementById("qa").innerText),
})"""


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("width", [390, 420, 900])
def test_no_card_overflows_shows_red_or_is_hard_to_read(browser, sides, tmp_path, width, night):
    page = open_reviewer(browser, tmp_path, width, night=night)
    requests, errors, found = [], [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    for card, side in chosen(sides, width, night=night):
        show(page, side)
        if (faults := page.evaluate(FAULTS)) != {"wide": False, "red": 0, "raw": False}:
            found.append((card, faults))
        if (contrast := page.evaluate(CONTRAST)) < 4.5:
            found.append((card, contrast))
    page.close()
    assert (found, errors, [url for url in requests if not url.startswith("file:")]) == ([], [], [])


def test_red_and_overflow_would_be_seen(browser, tmp_path):
    page = open_reviewer(browser, tmp_path, 390, night=False)
    show(page, r"\\(\bm{x}\\)".replace("\\\\", "\\"))
    assert page.evaluate(FAULTS)["red"] > 0
    show(page, "<div style='width: 500px'>x</div>")
    assert page.evaluate(FAULTS)["wide"]
    show(page, "<p style='color: #aaa; background: #fff'>x</p>")
    assert page.evaluate(CONTRAST) < 4.5
    page.close()


def test_a_long_formula_scrolls_inside_itself_and_the_column_has_one_width(browser, sides, tmp_path):
    page = open_reviewer(browser, tmp_path, 390, night=False)
    for card in ("long-inline.0", "long-display.0"):
        show(page, sides[card][1])
        assert page.evaluate(
            "[...document.querySelectorAll('mjx-container')].some(m => m.scrollWidth > m.clientWidth)"
        )
    page.set_viewport_size({"width": 900, "height": 800})
    show(page, sides["formula.0"][1])
    wider = (
        "[...document.querySelectorAll('mjx-container')].filter(m => m.scrollWidth > m.clientWidth).length"
    )
    assert page.evaluate(wider) == 0
    edges = """[...document.querySelectorAll('.cs-front, .cs-back, .cs-where, hr')].map(
      e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right].map(Math.round).join())"""
    assert len(set(page.evaluate(edges))) == 1
    page.close()


def test_the_night_is_ours_and_the_source_is_folded_away(browser, sides, tmp_path):
    page = open_reviewer(browser, tmp_path, 420, night=True)
    show(page, sides["definition.0"][1], unfold=False)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(29, 31, 35)"
    assert not page.locator("blockquote").is_visible()
    page.locator("summary").click()
    assert page.locator("blockquote").is_visible()
    assert page.locator(".cs-cite a").first.get_attribute("href") == "https://arxiv.org/abs/2202.03629"
    assert page.locator(".cs-path").inner_text() == "大语言模型 › 大模型的幻觉"
    page.close()


def test_words_follow_the_note_and_the_breadcrumb_stands_above_the_question(browser, sides, tmp_path):
    page = open_reviewer(browser, tmp_path, 390, night=False)
    words = """pairs => pairs.map(([selector, part]) =>
      getComputedStyle(document.querySelector(selector), part).content.replaceAll('"', ""))"""
    labels = [[".cs-kind", "::after"], [".cs-aka", "::before"]]
    show(page, sides["english.0"][1])
    assert page.evaluate(words, labels) == ["Key point", "Also: "]
    assert page.locator("summary").inner_text().strip() == "Source"
    assert page.locator(".cs-crumbs").inner_text() == "Self-attention › Why it is scaled"
    assert page.evaluate(
        "document.querySelector('.cs-crumbs').getBoundingClientRect().bottom <= document.querySelector('.cs-front').getBoundingClientRect().top"
    )
    assert page.locator(".cs-report").count() == 0
    show(page, sides["definition.0"][1])
    assert page.evaluate(words, labels) == ["定义", "又称 "]
    assert page.locator("summary").inner_text().strip() == "出处"
    assert page.locator(".cs-crumbs").count() == 0
    page.close()


FADES = """[...document.querySelectorAll("mjx-container, .cs table, .cs pre")].map(e => {
  const style = getComputedStyle(e);
  return [e.scrollWidth > e.clientWidth, style.getPropertyValue("--cs-before"), style.getPropertyValue("--cs-behind")];
})"""


def test_what_is_wider_than_its_place_fades_where_more_follows_and_nothing_else_does(
    browser, sides, tmp_path
):
    page = open_reviewer(browser, tmp_path, 390, night=False)
    for card in ("long-display.0", "long-inline.0", "wide-table.0", "code.0", "english.0"):
        show(page, sides[card][1])
        page.wait_for_timeout(50)
        fades = page.evaluate(FADES)
        assert [True, "0px", "32px"] in fades, card
        assert {tuple(fade) for fade in fades} <= {(True, "0px", "32px"), (False, "0px", "0px")}, card
    page.evaluate("document.querySelector('.cs-back mjx-container[display]').scrollLeft = 1e6")
    page.wait_for_timeout(50)
    assert [True, "32px", "0px"] in page.evaluate(FADES)
    page.close()


def test_a_wide_formula_uses_the_free_width_of_a_desktop(browser, sides, tmp_path):
    page = open_reviewer(browser, tmp_path, 1200, night=False)
    show(page, sides["long-display.0"][1])
    formula = "document.querySelector('.cs-back mjx-container')"
    assert page.evaluate(f"{formula}.scrollWidth <= {formula}.clientWidth")
    middle = f"(e => (e.left + e.right) / 2)({formula}.getBoundingClientRect())"
    assert abs(page.evaluate(middle) - 600) < 1
    assert not page.evaluate(FAULTS)["wide"]
    page.close()


def test_a_picture_behind_text_has_air(browser, sides, tmp_path):
    page = open_reviewer(browser, tmp_path, 390, night=False)
    show(page, sides["picture.0"][0])
    page.wait_for_function("document.querySelector('.cs-front img').complete")
    gap = """() => {
      const text = document.createRange(); text.selectNodeContents(document.querySelector(".cs-front").firstChild);
      return document.querySelector(".cs-front img").getBoundingClientRect().top - text.getBoundingClientRect().bottom;
    }"""
    assert page.evaluate(gap) > 12
    page.close()


@pytest.mark.parametrize(
    ("ground", "ink"), [("#212529", "#dee2e6"), ("#fff", "#212529")], ids=["night", "day"]
)
def test_inside_another_page_without_a_night_class_a_card_takes_its_ground_and_ink(
    browser, sides, tmp_path, ground, ink
):
    """As on AnkiWeb, where nothing says whether it is night, and boxes are measured with their borders."""
    page = open_reviewer(browser, tmp_path, 390, night=False)
    page.evaluate(
        """([ground, ink]) => {
          document.body.className = "";
          document.body.style.cssText = `background: ${ground}; color: ${ink}`;
          document.getElementById("qa").className = "card card1";
          document.head.insertAdjacentHTML("beforeend", "<style>* { box-sizing: border-box; }</style>");
        }""",
        [ground, ink],
    )
    for card in (*(f"{kind}.0" for kind in KINDS), "english.0", "code.0"):
        show(page, sides[card][1])
        symbols = "[...document.querySelectorAll('.cs-where mjx-container')].every(m => m.scrollWidth <= m.clientWidth)"
        assert page.evaluate(symbols), card
        assert (
            page.evaluate("getComputedStyle(document.getElementById('qa')).backgroundColor")
            == "rgba(0, 0, 0, 0)"
        )
        assert page.evaluate(CONTRAST) >= 4.5, card
    page.close()


def test_a_formula_stands_where_mathjax_alone_would_put_it(browser, tmp_path):
    page = open_reviewer(browser, tmp_path, 900, night=False)
    line = r"<p><span>x</span> \(y_i\)</p>"
    show(page, f"<style>{note_types()[0].css}</style><div class=cs>{line}</div><div>{line}</div>")
    drops = page.evaluate(
        """[...document.querySelectorAll("#qa p")].map(p =>
          p.querySelector("mjx-c").getBoundingClientRect().bottom - p.querySelector("span").getBoundingClientRect().bottom)"""
    )
    assert abs(drops[0] - drops[1]) < 1
    page.close()


def test_the_pictures_of_the_readme_are_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for picture in (*KINDS, "english", "wide-night"):
        assert f"docs/img/{picture}.png" in readme
        assert (ROOT / f"docs/img/{picture}.png").stat().st_size > 5_000
