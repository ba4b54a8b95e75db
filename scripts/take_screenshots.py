"""Take the pictures of docs/img: the repository's own decks in Chromium.

python scripts/take_screenshots.py [PATH OF CHROMIUM]

Nothing is decided: the pages are only looked at, on a copy, where a review has its cards as drafts that nobody has yet.
"""

import shutil
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

from cardsmith.propose.run import read_scores
from cardsmith.review.desk import Desk
from cardsmith.review.server import Server

ROOT = Path(__file__).parent.parent
PICTURES = (
    ("preview", "preview", 1200, 760, "light", ("/", "\\(", "Escape", "j", "Space")),
    ("preview-phone", "preview", 390, 760, "dark", ("/", "SDE", "Escape", "j", "Space")),
    ("preview-sheet", "preview", 1200, 760, "light", ("/", "\\(", "Escape", "s")),
    ("review", "review", 1200, 760, "light", ("Enter", "Enter", "Enter")),
    ("review-edit", "review", 1200, 860, "light", ("/", "\\(", "Escape", "e")),
)
"""Name, mode, width, height, scheme, keys; a key of more than one sign is typed unless Playwright knows its name."""

NAMED = ("Enter", "Escape", "Space")


def draft_all(root: Path) -> None:
    """Make every card a draft."""
    (root / "decks" / "released.json").unlink(missing_ok=True)
    for path in (root / "decks").glob("*/*.yaml"):
        text = path.read_text(encoding="utf-8")
        if "  draft: true\n" not in text:
            path.write_text(text.replace("\n  kind:", "\n  draft: true\n  kind:"), encoding="utf-8")


def take(browser, root: Path, picture) -> None:
    """Open a page, press the keys, and save what is seen."""
    name, mode, width, height, scheme, keys = picture
    desk = Desk(root)
    if mode == "review":
        draft_all(root)
        desk.refresh()
        desk.set_scores(read_scores(desk.view.project))
    server = Server(desk, mode)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(server.url)
    page.wait_for_selector("body[data-ready]")
    for key in keys:
        if len(key) == 1 or key in NAMED:
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)
        page.wait_for_timeout(700)
    page.screenshot(path=ROOT / "docs" / "img" / f"{name}.png")
    page.close()
    server.stop()


def main() -> None:
    """Take all pictures."""
    path = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        for name in ("seeds", "decks"):
            shutil.copytree(ROOT / name, root / name)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for picture in PICTURES:
            take(browser, root, picture)
            print(f"docs/img/{picture[0]}.png")
        browser.close()


if __name__ == "__main__":
    main()
