"""The JSON Schemas: what the model says, committed, no stricter and hardly laxer than ``check``; in a real editor's server."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from cardsmith.cli.main import main
from cardsmith.decks.deckfile import Head, parse_deck
from cardsmith.decks.emit import emit_deck
from cardsmith.decks.schema import DESCRIPTIONS, deck_schema, schemas, topics_schema
from cardsmith.errors import CardsmithError
from cardsmith.model import Card
from cardsmith.topics import Topic, Topics
from conftest import DECK, ROOT


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_the_committed_schemas_are_what_the_model_says():
    for path, text in schemas().items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, "run `cardsmith schema --write`"


def test_every_key_explains_itself():
    for model in (Head, Card, Topic, Topics):
        assert set(model.model_fields) == set(DESCRIPTIONS[model]), model.__name__


def test_the_schemas_are_schemas():
    for schema in (deck_schema(), topics_schema()):
        jsonschema.Draft7Validator.check_schema(schema)


def fits(text, schema):
    return jsonschema.Draft7Validator(schema).is_valid(yaml.load(text, Loader=yaml.CSafeLoader))


def test_our_own_decks_fit():
    for path in (ROOT / "decks").rglob("*.yaml"):
        schema = topics_schema() if path.name == "topics.yaml" else deck_schema()
        assert fits(path.read_text(encoding="utf-8"), schema), path


ONE = "title: t\ncards:\n- id: a\n  kind: claim\n  front: f\n  back: b\n"


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        "title: 2024\ncards: []\n",
        "title: t\ncards:\n",
        ONE.replace("front: f", "front: 12").replace("back: b", "back: 0.5"),
        ONE + "  tags: [x, 7]\n  where:\n    x: 1\n  reverse: true\n",
        ONE.replace("front: f\n  back: b", "text: '{{c1::x}}'"),
        ONE.replace("  front: f\n", ""),
        ONE.replace("  back: b\n", ""),
        ONE + "  text: '{{c1::x}}'\n",
        ONE + "  fornt: x\n",
        ONE + "  tags: x\n",
        ONE + "  where: [x]\n",
        ONE.replace("claim", "fact"),
        ONE.replace("id: a", "id: A b"),
        ONE.replace("id: a\n", "kind: claim\n", 1).replace("kind: claim\n  kind", "kind"),
        ONE.replace("title: t\n", ""),
        ONE.replace("title", "titel"),
        "excerpt: nope\n" + ONE,
        ONE.replace("front: f", "front: ''"),
    ],
)
def test_the_schema_says_what_the_parser_says(text):
    try:
        parse_deck(text, "decks/llm/a.yaml")
        accepted = True
    except CardsmithError:
        accepted = False
    assert fits(text, deck_schema()) == accepted


def test_write_gives_each_deck_its_line_once_and_check_finds_drift(root):
    assert run("schema", "--check").exit_code == 1
    done = run("schema", "--write")
    assert set(done.stdout.split()) == {*schemas(), "decks/llm/dpo.yaml", "decks/topics.yaml"}
    text = (root / "decks/llm/dpo.yaml").read_text(encoding="utf-8")
    assert text == "# yaml-language-server: $schema=../deck.schema.json\n" + DECK
    assert run("schema", "--check").exit_code == 0
    assert run("schema", "--write").stdout == ""
    assert run("check").exit_code == 0
    stale = root / "decks/deck.schema.json"
    stale.write_text(stale.read_text(encoding="utf-8").replace("front", "vorn"), encoding="utf-8")
    done = run("schema", "--check")
    assert (done.exit_code, "decks/deck.schema.json" in done.stderr) == (1, True)


def test_a_new_deck_names_its_schema():
    assert emit_deck(None, "t", None, []).startswith("# yaml-language-server: $schema=../deck.schema.json\n")


def test_the_command_prints_either_schema(root):
    assert json.loads(run("schema").stdout) == deck_schema()
    assert json.loads(run("schema", "topics").stdout) == topics_schema()


# --- the real yaml-language-server, over its protocol


class Server:
    """A language server on its standard streams; see https://microsoft.github.io/language-server-protocol."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number, self.diagnostics = 0, {}
        self.ask(
            "initialize",
            {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": {"workspace": {"configuration": True}}},
        )  # fmt: skip
        self.tell("initialized", {})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.number and "method" not in message:
                return message["result"]

    def read(self):
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            assert line, "the server has ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message = json.loads(self.process.stdout.read(length))
        if message.get("method") == "workspace/configuration":
            settings = {
                "yaml": {
                    "validate": True,
                    "hover": True,
                    "completion": True,
                    "schemaStore": {"enable": False},
                }
            }
            asked = [settings.get(item.get("section")) for item in message["params"]["items"]]
            self.send({"id": message["id"], "result": asked})
        elif message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            self.send({"id": message["id"], "result": None})
        return message

    def open(self, path, text):
        path.write_text(text, encoding="utf-8")
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        while path.as_uri() not in self.diagnostics:
            self.read()
        return {"textDocument": {"uri": path.as_uri()}}

    def close(self):
        self.ask("shutdown", None)
        self.tell("exit", None)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


@pytest.fixture(scope="session")
def server_command(pytestconfig):
    """How to start yaml-language-server: the one on the path, else npm's in pytest's cache."""
    if found := shutil.which("yaml-language-server"):
        return [found, "--stdio"]
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("no node and npm on this machine, so no yaml-language-server")
    home = Path(pytestconfig.cache.mkdir("yaml-language-server"))
    script = home / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    if not script.exists():
        install = [
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(home),
            "yaml-language-server@1",
        ]
        done = subprocess.run(install, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"npm cannot fetch yaml-language-server: {done.stderr.strip()[-200:]}")
    return ["node", str(script), "--stdio"]


@pytest.fixture
def server(server_command, root):
    run("schema", "--write")
    server = Server(server_command, root)
    yield server
    server.close()


def test_an_editor_completes_explains_and_underlines(server, root):
    text = (root / "decks/llm/dpo.yaml").read_text(encoding="utf-8")
    document = server.open(root / "decks" / "llm" / "dpo.yaml", text)
    assert server.diagnostics[document["textDocument"]["uri"]] == []
    lines = text.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("  cite:"))
    shown = server.ask("textDocument/hover", document | {"position": {"line": at, "character": 4}})
    assert "arXiv id, DOI, URL or title" in json.dumps(shown["contents"], ensure_ascii=False)

    broken = "\n".join([*lines[:at], "  fornt: x", *lines[at:]])
    document = server.open(root / "decks" / "llm" / "broken.yaml", broken)
    (found,) = server.diagnostics[document["textDocument"]["uri"]]
    assert found["range"]["start"] == {"line": at, "character": 2}
    assert "fornt" in found["message"]

    begun = "\n".join([*lines[:at], "  ", *lines[at + 1 :]])
    document = server.open(root / "decks" / "llm" / "begun.yaml", begun)
    offered = server.ask("textDocument/completion", document | {"position": {"line": at, "character": 2}})
    labels = {item["label"] for item in offered["items"]}
    assert {"quote", "cite", "after", "tags", "extra"} <= labels
    assert "front" not in labels, "it stands there already"
