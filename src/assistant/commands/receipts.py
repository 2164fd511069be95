"""Commands for those who keep answers: is what was quoted still there, and what has changed since?"""

import argparse
import dataclasses
import json
import sys

from assistant.commands.printing import one_line
from assistant.errors import QuestionError
from assistant.settings import Settings


def verify_file(options: argparse.Namespace, settings: Settings) -> int:
    """Check the quotations of a kept answer, in any dialect; 1 when one does not stand."""
    from assistant.index.place import Place
    from assistant.index.sealed import current_id
    from assistant.index.snapshot import load_library_of
    from assistant.serving.receipts import check_copy, read_copy

    try:
        data = sys.stdin.buffer.read() if str(options.file) == "-" else options.file.read_bytes()
        text = str(options.file).endswith((".md", ".markdown", ".txt"))
        document = read_copy(data, "text/plain" if text else "application/json")
    except QuestionError:
        raise QuestionError(
            f"{options.file} is not JSON; give it an answer as `assistant ask --json` prints it, or a .md or .txt "
            "file that quotes"
        ) from None
    index = Place(settings.index, settings.database).up_to_date()
    receipt = check_copy(document, load_library_of(index), current_id(index), index)
    results = receipt["results"]
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        for number, each in enumerate(results, start=1):
            place = f" in {each['entry']}" if each["entry"] else ""
            name = one_line(each["id"]) or f"quotation {number}"
            stood = each["outcome"] != "found" and each["then"] == "found"
            then = f"; it stood in snapshot {receipt['then']['snapshot'][:12]}" if stood else ""
            print(f"{name}: {each['outcome']}{place}{then}")
    return 0 if all(each["outcome"] == "found" for each in results) else 1


def diff_snapshots(options: argparse.Namespace, settings: Settings) -> int:
    """List which units two snapshots differ in."""
    from assistant.index.past import find_snapshot, load_past_library
    from assistant.index.place import Place
    from assistant.library.differences import differences_between

    index = Place(settings.index, settings.database).up_to_date()
    then, now = (find_snapshot(index, beginning) for beginning in (options.then, options.now))
    found = differences_between(load_past_library(index, then), load_past_library(index, now))
    if options.json:
        print(json.dumps([dataclasses.asdict(each) for each in found], ensure_ascii=False, indent=2))
        return 0
    for each in found:
        places = [f"unit {number}" for number in (each.then_unit, each.now_unit) if number is not None]
        print(f"{each.what} {each.entry_id} {' -> '.join(dict.fromkeys(places))}")
        if each.then is not None and each.what != "moved":
            print(f"  - {one_line(each.then)}")
        if each.now is not None and each.what != "moved":
            print(f"  + {one_line(each.now)}")
    counts = (f"{sum(each.what == what for each in found)} {what}" for what in ("added", "removed", "changed", "moved"))
    print(f"{then[:12]} -> {now[:12]}: {', '.join(counts)}")
    return 0
