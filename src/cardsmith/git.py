"""What git knows of a project: branches, and the files of any revision. Reads only."""

import subprocess
from pathlib import Path

from cardsmith.errors import CardsmithError, Problem


def git(root: Path, *arguments: str, send: bytes = b"") -> bytes:
    """Return what a git command prints.

    Raises:
        CardsmithError: git is missing or the command fails; the message is git's own.

    """
    try:
        done = subprocess.run(  # noqa: S603 - no shell; revisions are resolved by ``commit_of`` first
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's own git
            input=send,
            capture_output=True,
            check=False,
        )
    except OSError:
        raise CardsmithError.at("", "git-missing", "git cannot be run", "install git") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0]
        message = said.removeprefix("fatal: ") or f"git {arguments[0]} failed"
        raise CardsmithError.at("", "git", message, "run this inside a git repository with that revision")
    return done.stdout


def answer(root: Path, *arguments: str) -> str | None:
    """Return what a git command prints, without its last line end; None where git has no answer, or there is no git."""
    try:
        return git(root, *arguments).decode("utf-8", "replace").rstrip("\n")
    except CardsmithError:
        return None


def commit_of(root: Path, revision: str) -> str:
    """Return a revision's commit hash.

    Raises:
        CardsmithError: there is no such commit.

    """
    try:
        found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except CardsmithError as error:
        if any(problem.code == "git-missing" for problem in error.problems):
            raise
        if not answer(root, "rev-parse", "--git-dir"):
            hint = "run `git init` and commit the decks"
            raise CardsmithError.at("", "no-repository", "the project is not in git", hint) from None
        hint = "name a branch, tag or commit that `git log` knows; in CI check out with the whole history"
        raise CardsmithError.at("", "no-revision", f"no revision {revision!r}", hint) from None
    return found.decode().split("\n")[-2]


def merge_base(root: Path, one: str, other: str) -> str:
    """Return the commit that two commits descend from."""
    return git(root, "merge-base", one, other).decode().strip()


def texts_at(root: Path, commit: str, folder: str, suffixes: tuple[str, ...]) -> dict[str, str]:
    """Return the texts of a folder's files in a commit, by their path relative to ``root``.

    Raises:
        CardsmithError: every file that is not UTF-8.

    """
    listed = git(root, "ls-tree", "-r", "-z", commit, "--", folder).decode("utf-8", "surrogateescape")
    blobs = {}
    for line in listed.split("\0")[:-1]:
        about, _, path = line.partition("\t")
        mode, kind, blob = about.split(" ")
        if kind == "blob" and mode != "120000" and path.endswith(suffixes):
            blobs[path] = blob
    answer = git(root, "cat-file", "--batch", send="".join(f"{blob}\n" for blob in blobs.values()).encode())
    texts, problems, at = {}, [], 0
    for path in blobs:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split(b" ")[2])
        content, at = answer[end + 1 : end + 1 + size], end + 2 + size
        try:
            texts[path] = content.decode("utf-8")
        except UnicodeDecodeError:
            message = f"not UTF-8 in {commit[:10]}"
            problems.append(Problem(path, 0, 0, "not-utf8", message, "compare with another revision"))
    if problems:
        raise CardsmithError(problems)
    return texts


def left_out(root: Path, folder: str) -> list[str]:
    """Return the files of a folder that git tracks and keeps out of the tree, whose absence is nobody's deletion.

    They lie outside a sparse checkout, are marked as never changed, or belong to a submodule that is empty (then the
    submodule is named). Paths are relative to ``root``; none outside git.
    """
    listed = answer(root, "ls-files", "-v", "-s", "-z", "--", folder) or ""
    found = []
    for line in listed.split("\0"):
        about, _, path = line.partition("\t")
        tag, _, mode = about[:8].partition(
            " "
        )  # a lower-case tag is assumed unchanged, S is skipped in the tree
        if mode == "160000":
            is_absent = not any((root / path).glob("*"))
        else:
            is_absent = (tag == "S" or tag.islower()) and not (root / path).exists()
        if is_absent:
            found.append(path)
    return found


def uncommitted(root: Path, folder: str) -> list[str] | None:
    """Return what differs from the last commit in a folder, a line of ``git status`` each; None outside git."""
    said = answer(root, "--no-optional-locks", "status", "--porcelain", "--", folder)
    return None if said is None else said.splitlines()


def require_branch(root: Path, wanted: str | None) -> bool:
    """Make sure that a project in git stands on the branch that releases are made on.

    That is the one wanted, else the default branch of ``origin``, else ``main`` or ``master``. A folder outside git, or
    a repository with none of these, may release from anywhere: then nothing is guarded, and the answer is False.

    Raises:
        CardsmithError: another branch is checked out, or none.

    """
    current = answer(root, "symbolic-ref", "--short", "--quiet", "HEAD")
    if not answer(root, "rev-parse", "--git-dir"):
        return False
    main = wanted or _default_branch(root)
    if main and current != main:
        message = (
            f"this is {f'the branch {current}' if current else 'no branch'}; releases are made on {main}"
        )
        hint = f"merge first, then release on {main}: pull requests never touch the record, so it never conflicts"
        raise CardsmithError.at("decks/released.json", "not-on-main", message, hint)
    return main is not None


def _default_branch(root: Path) -> str | None:
    remote = answer(root, "symbolic-ref", "--short", "--quiet", "refs/remotes/origin/HEAD")
    if remote:
        return remote.removeprefix("origin/")
    names = answer(root, "for-each-ref", "--format=%(refname:short)", "refs/heads/main", "refs/heads/master")
    return names.split("\n")[0] if names else None
