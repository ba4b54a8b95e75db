"""Take the pictures of docs/img: the answer of one card of each kind, on a desktop and a phone, light and night.

Run it from a checkout with the test extra and Chromium installed: ``python docs/make_pictures.py``. The cards are
those of ``tests/gallery.py``; the real Anki renders them, Anki's MathJax typesets them.
"""

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

PICTURES = (
    ("definition.0", "definition", 420, False),
    ("formula.0", "formula", 900, False),
    ("formula.0", "formula-night", 420, True),
    ("claim.0", "claim", 420, False),
    ("enumeration.0", "enumeration", 420, True),
    ("progression.0", "progression", 900, True),
    ("english.0", "english", 420, False),
    ("long-display.0", "wide-night", 420, True),
)
"""Card, name of the picture, width in pixels, night."""


def main() -> None:
    """Write each picture; the source is folded, as learners first see it, but on the definition."""
    from playwright.sync_api import sync_playwright

    from conftest import chromium_path
    from gallery import open_reviewer, rendered, show, write_gallery

    target = ROOT / "docs" / "img"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        sides = rendered(write_gallery(folder / "project"), folder)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        for card, picture, width, night in PICTURES:
            page = open_reviewer(browser, folder, width, night=night, height=200, scale=1.5)
            show(page, sides[card][1], unfold=picture == "definition")
            page.screenshot(path=target / f"{picture}.png", full_page=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    if shutil.which("chromium") is None:
        sys.stderr.write("Chromium is not on the PATH; continuing with any other that is\n")
    main()
