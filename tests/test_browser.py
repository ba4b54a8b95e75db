"""Cards in a real browser: nothing overflows a phone, day and night are readable, nothing is fetched."""

import pytest

from ankilab import import_package, profile
from cardsmith.pipeline import build
from cardsmith.project import read_project
from conftest import ROOT

pytestmark = pytest.mark.browser

CONTRAST = """() => {
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const numbers = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = numbers(c).map(channel); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if ((numbers(c)[3] ?? 1) > 0) return c;
    }
    return "rgb(255, 255, 255)";
  };
  let worst = 21;
  for (const e of document.querySelectorAll(".card *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const pair = [light(getComputedStyle(e).color), light(behind(e))].sort();
    worst = Math.min(worst, (Math.max(...pair) + .05) / (Math.min(...pair) + .05));
  }
  return worst;
}"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """The answer side of each card of the repository, as the real Anki renders it, by card id."""
    folder = tmp_path_factory.mktemp("anki")
    found = {}
    with profile(folder / "profile") as collection:
        for built in build(read_project(ROOT), (), folder):
            import_package(collection, built.path)
        for card_id in collection.find_cards(""):
            card = collection.get_card(card_id)
            found[card.note()["Id"]] = card.answer()
    return found


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("width", [390, 900])
def test_no_card_overflows_or_is_hard_to_read(browser, answers, width, night):
    page = browser.new_page(viewport={"width": width, "height": 800})
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    wide, pale = [], []
    for card_id, answer in answers.items():
        mode = "card nightMode" if night else "card"
        page.set_content(f'<!doctype html><meta charset="utf-8"><body class="{mode}">{answer}</body>')
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(card_id)
        if page.evaluate(CONTRAST) < 4.5:
            pale.append(card_id)
    page.close()
    assert (wide, pale, errors, requests) == ([], [], [], [])
