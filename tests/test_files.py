"""Files are written whole or not at all, and belong to whom the user's umask says."""

import os
import stat

import pytest

from cardsmith.errors import CardsmithError
from cardsmith.files import read_text, write_bytes, write_text


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_file_is_readable_as_the_umask_says(tmp_path, umask, mode):
    """A temporary file is its owner's alone; the file that it becomes is a colleague's and a web server's too."""
    before = os.umask(umask)
    try:
        write_bytes(tmp_path / "new" / "a.yaml", b"x")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new" / "a.yaml").stat().st_mode) == mode


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    for words in ("第一稿\n", "二"):
        write_text(tmp_path / "a.yaml", words)
        assert read_text(tmp_path / "a.yaml", "a.yaml") == words
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_what_cannot_be_written_leaves_the_old_file_and_no_other(tmp_path):
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(CardsmithError, match="unwritable"):
        write_text(tmp_path / "a.yaml", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_a_byte_that_is_no_text_is_named_by_line_and_column(tmp_path):
    (tmp_path / "a.yaml").write_bytes("甲乙\n丙丁".encode() + b"\xff")
    with pytest.raises(CardsmithError, match=r"^a.yaml:2:3: not UTF-8: byte 0xff at offset 13"):
        read_text(tmp_path / "a.yaml", "a.yaml")
