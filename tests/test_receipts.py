"""Receipts: a kept answer checked later, against the library that serves and the snapshot it was made from."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.reply import Desk, reply_to
from assistant.cli import main
from assistant.errors import QuestionError, SnapshotError
from assistant.index.past import find_snapshot, load_past_library
from assistant.index.sealed import FORMAT, MANIFEST, encode_json
from assistant.index.shelf import library_to_json
from assistant.index.snapshot import LIBRARY
from assistant.library.differences import Difference, differences_between
from assistant.library.model import Library
from assistant.library.parse import Stated, parse_entry
from assistant.serving.receipts import check_copy, read_copy
from assistant.serving.wire import answer_json

Json = dict[str, Any]
FOODS = "Which foods are rich in magnesium?"


def keep(index: Path, library: Library) -> str:
    """Write what a past snapshot needs to be looked up in: its manifest and its library."""
    data = encode_json(library_to_json(library))
    files = {LIBRARY: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}}
    manifest = encode_json({"format": FORMAT, "encoder": {"name": "x"}, "files": files})
    name = hashlib.sha256(manifest).hexdigest()
    (index / name).mkdir(parents=True)
    (index / name / LIBRARY).write_bytes(data)
    (index / name / MANIFEST).write_bytes(manifest)
    return name


def edited(library: Library, old: str, new: str) -> Library:
    """The library after its given entry was edited and read anew."""
    entry = library.entry("magnesium-stress")
    assert old in entry.text
    stated = Stated(id=entry.id, file=entry.file, title=entry.title, url=entry.url, subjects=entry.subjects)
    parsed = parse_entry(entry.text.replace(old, new).encode(), stated)
    return Library(tuple(parsed if each.id == entry.id else each for each in library.entries), library.withdrawn)


def test_an_answer_is_checked_against_the_snapshot_it_names_too(desk: Desk, library: Library, tmp_path: Path) -> None:
    kept = answer_json(reply_to(FOODS, [], desk)) | {"snapshot": keep(tmp_path, library)}
    now = edited(library, "pumpkin seeds", "sesame seeds")
    receipt = check_copy(kept, now, "f" * 64, tmp_path)
    assert receipt["then"] == {"snapshot": kept["snapshot"], "held": "on disk"}
    assert [(each["outcome"], each["then"]) for each in receipt["results"]] == [
        ("changed", "found"),
        ("moved", "found"),
    ]
    forged = json.loads(json.dumps(kept))
    forged["quotes"][0] = {"text": "Magnesium cures all.", "entry": "magnesium-stress"}
    assert check_copy(forged, now, "f" * 64, tmp_path)["results"][0]["then"] == "changed"
    assert check_copy(kept, now, kept["snapshot"], tmp_path)["then"]["held"] == "serving"
    unnamed = check_copy(kept["quotes"], now, "f" * 64, tmp_path)
    assert (unnamed["then"], unnamed["results"][1]["then"]) == (None, None)


@pytest.mark.parametrize("named", ["0" * 64, "../" * 21 + "x", "", 7, None, "F" * 64])
def test_a_snapshot_that_is_not_held_is_said_to_be_so_or_passed_over(
    library: Library, desk: Desk, tmp_path: Path, named: object
) -> None:
    kept = answer_json(reply_to(FOODS, [], desk)) | {"snapshot": named}
    receipt = check_copy(kept, library, "f" * 64, tmp_path)
    assert receipt["then"] == ({"snapshot": "0" * 64, "held": "no longer"} if named == "0" * 64 else None)
    assert {each["then"] for each in receipt["results"]} == {None}


def test_an_altered_past_is_not_believed(library: Library, tmp_path: Path) -> None:
    name = keep(tmp_path, library)
    assert load_past_library(tmp_path, name) == library
    path = tmp_path / name / LIBRARY
    path.write_bytes(path.read_bytes().replace(b"pumpkin", b"poppies"))
    with pytest.raises(SnapshotError, match="is not what its manifest"):
        load_past_library(tmp_path, name)
    path.unlink()
    with pytest.raises(SnapshotError, match="has lost library"):
        load_past_library(tmp_path, name)
    with pytest.raises(SnapshotError, match="not the id of a snapshot"):
        load_past_library(tmp_path, "../x")


def test_a_snapshot_is_found_by_how_its_id_begins(library: Library, tmp_path: Path) -> None:
    name = keep(tmp_path, library)
    assert find_snapshot(tmp_path, name[:4]) == find_snapshot(tmp_path, name) == name
    for beginning in ("", name[:3], "zzzz", "../..", name + "0"):
        with pytest.raises(SnapshotError, match="no snapshot in"):
            find_snapshot(tmp_path, beginning)
    (tmp_path / (name[:8] + "0" * 56)).mkdir()
    with pytest.raises(SnapshotError, match="2 snapshots in"):
        find_snapshot(tmp_path, name[:8])
    with pytest.raises(SnapshotError, match="cannot be read"):
        find_snapshot(tmp_path / "none", "abcd")


def test_differences_name_what_was_added_removed_changed_and_moved(library: Library) -> None:
    def brief(found: list[Difference]) -> list[tuple[str, str]]:
        return [(each.what, each.entry_id) for each in found]

    assert differences_between(library, library) == []
    changed = differences_between(library, edited(library, "pumpkin seeds", "sesame seeds"))
    (one,) = [each for each in changed if each.what != "moved"]
    assert (one.what, "pumpkin" in (one.then or ""), "sesame" in (one.now or "")) == ("changed", True, True)
    assert {each.what for each in changed[1:]} == {"moved"}
    grown = differences_between(library, edited(library, "Stress mobilises", "Water is wet and cold. Stress mobilises"))
    assert [each.now for each in grown if each.what == "added"] == ["Water is wet and cold."]
    assert {each.what for each in grown} == {"added", "moved"}
    assert all(each.then == each.now for each in grown if each.what == "moved")
    fewer = Library(library.entries[1:], frozenset({"magnesium-stress"}))
    units = sum(unit.quotable for unit in library.entry("magnesium-stress").units)
    assert brief(differences_between(library, fewer)) == [("removed", "magnesium-stress")] * units
    assert brief(differences_between(fewer, library)) == [("added", "magnesium-stress")] * units
    back = differences_between(edited(library, "pumpkin seeds", "sesame seeds"), library)
    swapped = {"added": "removed", "removed": "added"}
    assert sorted(swapped.get(each.what, each.what) for each in back) == sorted(each.what for each in changed)


def test_the_command_lists_the_differences(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    then, now = keep(tmp_path, library), keep(tmp_path, edited(library, "pumpkin seeds", "sesame seeds"))
    assert main(["diff", then[:12], now[:12], "--index", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("changed magnesium-stress unit ")
    assert ("pumpkin" in lines[1], lines[1][:4]) == (True, "  - ")
    assert ("sesame" in lines[2], lines[2][:4]) == (True, "  + ")
    assert lines[-1].startswith(f"{then[:12]} -> {now[:12]}: 0 added, 0 removed, 1 changed, ")
    assert main(["diff", then, now, "--json", "--index", str(tmp_path)]) == 0
    listed = [Difference(**each) for each in json.loads(capsys.readouterr().out)]
    assert listed == differences_between(load_past_library(tmp_path, then), load_past_library(tmp_path, now))
    assert main(["diff", "0000", now, "--index", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("assistant: no snapshot in ")
    assert dataclasses.is_dataclass(listed[0])


def test_a_copy_is_json_or_says_that_it_is_a_text(library: Library, tmp_path: Path) -> None:
    assert read_copy(b'{"a": 1}', "") == {"a": 1}
    assert read_copy("> é".encode(), "text/markdown; charset=utf-8") == "> é"
    for data, kind in ((b"> a", "application/json"), (b"\xff", "text/plain"), (b"", ""), (b"[" * 100_000, "")):
        with pytest.raises(QuestionError, match="the body is not JSON"):
            read_copy(data, kind)
