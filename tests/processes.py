"""Real processes for tests of writing: the real command in a child, each of its file operations seen, or killed at one."""

import builtins
import os
import pickle
import signal
import traceback

from cardsmith.cli.main import main

OPERATIONS = ("open", "fsync", "replace", "unlink", "mkdir", "chmod")
"""Every way in which we change names or force data down; what lies between two of them is memory."""


def command(*arguments):
    """A command line as something that a child can do."""

    def do():
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        main(list(arguments), prog_name="cardsmith")

    return do


def start(work):
    """Do something in a child; returns its process id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except SystemExit as done:
        os._exit(done.code or 0)
    except BaseException:  # noqa: BLE001 - a child must never go on as its parent
        traceback.print_exc()
        os._exit(99)
    os._exit(0)


def wait(child):
    """The child's exit code; that of a killed one is negative."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(work):
    return wait(start(work))


def tapped(work, see):
    """The same work with ``see(name, arguments)`` called before each file operation of its process."""

    def do():
        for name in OPERATIONS:
            real = getattr(os, name)

            def seen(*arguments, _real=real, _name=name, **options):
                see(_name, arguments)
                return _real(*arguments, **options)

            setattr(os, name, seen)
        work()

    return do


def killed_at(work, number):
    """The same work, ended by SIGKILL right before its n-th file operation (from 0)."""
    count = iter(range(10**6))
    return tapped(work, lambda *_: next(count) == number and os.kill(os.getpid(), signal.SIGKILL))


def operations(work, into):
    """Do the work in a child; return its operations in order: (name, path, other path or what is in the file)."""
    real_open, log = builtins.open, []

    def see(name, arguments):
        if name == "fsync":
            path = os.readlink(f"/proc/self/fd/{arguments[0]}")
            log.append((name, path, None if os.path.isdir(path) else real_open(path, "rb").read()))
        elif name == "open" and not arguments[1] & os.O_CREAT:
            return
        else:
            log.append(
                (name, os.path.abspath(arguments[0]), str(arguments[1]) if name == "replace" else None)
            )

    def do():
        try:
            tapped(work, see)()
        finally:
            with real_open(into, "wb") as file:
                pickle.dump(log, file)

    assert run(do) in (0, 1)
    return pickle.loads(into.read_bytes())
