"""What tests share: a small project on disk, and Chromium where there is one."""

import os
from pathlib import Path

import pytest

from ankis import IMPORTERS, Learners, python_of
from chromium import REASON, chromium, chromium_path

ROOT = Path(__file__).parent.parent

TOPICS = """\
inbox: llm

topics:
  llm:
    title: 大语言模型
    deck: cardsmith::大语言模型
    description: 测试
    keywords: [attention, dpo]
  vision:
    title: 视觉
    deck: cardsmith::视觉
    description: 测试
    keywords: [图像]
"""

DECK = r"""# 编者的话
title: 直接偏好优化

cards:

- id: dpo-finding
  kind: claim
  front: DPO 的关键发现是什么？
  back: |-
    任何奖励函数都对应一个最优策略；
    反之亦然。
  cite: arXiv:2305.18290, sec. 4

- id: dpo-reward
  kind: formula
  front: DPO 的重参数化：\(r(x,y) = ?\)
  back: \[ r(x,y)=\beta\log\frac{\pi_r(y\mid x)}{\pi_{\mathrm{ref}}(y\mid x)}+\beta\log Z(x) \]
  where:
    \(\beta\): KL 惩罚强度
    \(Z(x)\): 配分函数
  cite: arXiv:2305.18290, eq. 5

- id: v3-size
  kind: claim
  text: DeepSeek-V3 总参数量 {{c1::671B}}，每个 token 激活 {{c2::37B}}
  cite: arXiv:2412.19437
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project with two topics and one deck, as the current folder."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    (tmp_path / "decks" / "llm").mkdir(parents=True)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "notes.txt").write_text(
        "BANNER LINE\n模型很多。这里什么也没有...\n", encoding="utf-8"
    )
    (tmp_path / "decks" / "topics.yaml").write_text(TOPICS, encoding="utf-8")
    (tmp_path / "decks" / "llm" / "dpo.yaml").write_text(DECK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module", params=IMPORTERS)
def importer(request):
    """One way for a package into one Anki; python_of says whether that Anki is here."""
    return IMPORTERS[request.param]


@pytest.fixture(scope="module")
def learners(importer):
    """Learners in that Anki."""
    with Learners(python_of(importer.anki), importer) as learners:
        yield learners


@pytest.fixture(scope="session")
def browser():
    """A real Chromium; skipped with the reason where there is none, unless one is required."""
    if chromium_path() is None:
        if os.environ.get("CARDSMITH_REQUIRE_BROWSER") == "1":
            pytest.fail(REASON)
        pytest.skip(REASON)
    with chromium() as running:
        yield running


UPGRADES = pytest.StashKey[list]()
"""Lines about the upgrade matrix, for the end of the run."""


def pytest_configure(config):
    config.stash[UPGRADES] = []


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # one process of several (pytest-xdist)
        session.config.workeroutput["upgrades"] = session.config.stash[UPGRADES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    if error is None:
        node.config.stash[UPGRADES] += node.workeroutput["upgrades"]


def pytest_terminal_summary(terminalreporter, config):
    lines = config.stash[UPGRADES]
    if lines:
        terminalreporter.section("upgrades in the real Anki")
        for line in lines:
            terminalreporter.write_line(line)
