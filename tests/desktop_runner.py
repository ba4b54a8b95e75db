"""Drives the real Anki desktop, in a process of its own: any Python with ``aqt`` can run it.

``desktop_runner.py BASE PACKAGE PICTURE FACTS``: opens a new profile in BASE, imports PACKAGE through the import dialog,
reviews until a card with a formula shows its answer, saves a picture of the reviewer and what it saw.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ |= {
    "QT_QPA_PLATFORM": "offscreen",
    "QTWEBENGINE_DISABLE_SANDBOX": "1",
    "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --disable-gpu",
    "ANKI_SINGLE_INSTANCE_KEY": f"cardsmith-{os.getpid()}",
}

import aqt
from aqt.import_export.import_dialog import ImportDialog
from aqt.import_export.importing import import_file
from aqt.profiles import ProfileManager
from aqt.qt import QApplication


def wait(holds, what, seconds=90):
    """Let the desktop work until something holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        if value := holds():
            return value
        time.sleep(0.02)
    raise SystemExit(f"the desktop did not come to: {what}")


def ask(web, script):
    """Return what a page says to a script."""
    answer = []
    web.page().runJavaScript(script, answer.append)
    wait(lambda: answer, script)
    return answer[0]


def import_through_the_dialog(window, package):
    import_file(window, package)
    dialog = wait(
        lambda: next((w for w in QApplication.topLevelWidgets() if isinstance(w, ImportDialog)), None),
        "the dialog",
    )
    button = "document.querySelector('.sticky-header button, button.btn-primary, .action-bar button, button')"
    wait(lambda: ask(dialog.web, f"!!{button}"), "the dialog's Import button")
    label = ask(dialog.web, f"{button}.innerText")
    ask(dialog.web, f"{button}.click(); true")
    wait(lambda: window.col.note_count() > 0, "notes in the collection")
    wait(lambda: "class" in (ask(dialog.web, "document.body.innerHTML") or ""), "the log")
    dialog.reject()
    return label.strip()


def main():
    base, package, picture, facts = sys.argv[1:]
    ProfileManager.setDefaultLang = lambda manager, _: manager.setLang("en_US")  # the first run's question
    aqt._run(["anki", "-b", base, "-l", "en_US"], exec=False)
    window = aqt.mw
    wait(lambda: window.col is not None and window.state == "deckBrowser", "an open profile")
    label = import_through_the_dialog(window, package)
    window.col.decks.select(window.col.decks.id("cardsmith::大语言模型"))
    window.resize(900, 800)
    window.moveToState("review")
    wait(lambda: window.state == "review" and window.reviewer.card, "a card")
    while "\\(" not in window.reviewer.card.question() + window.reviewer.card.answer():
        window.reviewer._showAnswer()
        window.reviewer._answerCard(3)
        wait(lambda: window.reviewer.state == "question", "the next card")
    window.reviewer._showAnswer()
    formula = "document.querySelectorAll('#qa mjx-container').length"
    wait(lambda: ask(window.reviewer.web, formula) > 0, "a typeset formula")
    wait(lambda: ask(window.reviewer.web, "document.fonts.status == 'loaded'"), "the fonts")
    seen = {
        "button": label,
        "notes": window.col.note_count(),
        "card": window.reviewer.card.note()["Id"],
        "formulas": ask(window.reviewer.web, formula),
        "red": ask(window.reviewer.web, "document.querySelectorAll('mjx-merror, [data-mjx-error]').length"),
        "wide": ask(window.reviewer.web, "document.documentElement.scrollWidth > innerWidth"),
        "scrollbars": ask(
            window.reviewer.web,
            "[...document.querySelectorAll('mjx-container')].filter(m => m.scrollWidth > m.clientWidth).length",
        ),
        "text": ask(window.reviewer.web, "document.getElementById('qa').innerText"),
        "paper": ask(window.reviewer.web, "getComputedStyle(document.body).backgroundColor"),
    }
    end = time.monotonic() + 1
    wait(lambda: time.monotonic() > end, "a painted window")
    window.reviewer.web.grab().save(picture)
    Path(facts).write_text(json.dumps(seen, ensure_ascii=False), encoding="utf-8")
    os._exit(0)  # the profile is thrown away: closing it would ask questions


if __name__ == "__main__":
    main()
