"""A real git repository for tests: no configuration but its own, fixed author and dates."""

import os
import subprocess

QUIET = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_MERGE_AUTOEDIT": "no",
}


def git(root, *arguments, send="", check=True):
    """Run git; returns its exit code and what it prints."""
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        input=send.encode(),
        capture_output=True,
        env=os.environ | QUIET,
    )
    assert not check or done.returncode == 0, done.stderr.decode()
    return done.returncode, done.stdout.decode()


def repository(root):
    """Make a folder a repository on branch main."""
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "core.autocrlf", "false")


def commit(root, message="change"):
    """Commit everything."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
