"""Landing: does a citation, opened from the chat, land on the words that were quoted?

`python -m eval.landing [ANSWERS]` asks labelled questions on the real page, opens each quotation's link to the
reader page afresh, and compares the marked words with those that were shown. Exits 1 when one does not land.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from assistant.serving.app import create_app
from assistant.settings import Settings, refuse_telemetry, settings_from
from eval.intervals import share
from eval.labelled import QUESTIONS
from eval.loopback import listening

_SETS = ("given", "sample_test", "sample_dev", "given_more", "sample_more")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SHOWN = """all => all.map(figure => {
  const cells = [...figure.querySelectorAll('td')];
  const parts = cells.length ? cells : [figure.querySelector('blockquote')];
  return [parts.map(part => part.textContent).join(' '), figure.querySelector('.actions a').href];
})"""
_MARKED = """() => {
  const marks = [...document.querySelectorAll('mark')];
  const { top } = marks[0]?.getBoundingClientRect() ?? { top: -1 };
  return [marks.map(mark => mark.textContent).join(' '), top >= 0 && top < innerHeight];
}"""


@dataclass(frozen=True, slots=True)
class Landed:
    """One quotation's link, opened."""

    question: str
    address: str
    right: bool
    """The marked words are the quoted ones, and the first of them is in view."""


def questions() -> Iterator[str]:
    """Yield the labelled questions of all sets."""
    for name in _SETS:
        for line in (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines():
            yield json.loads(line)["question"]


def open_citations(chat: Page, reader: Page, service: str, answers: int) -> Iterator[list[Landed]]:
    """Ask until so many answers with quotations are there, and yield what became of each answer's links."""
    chat.goto(service)
    for question in questions():
        if answers == 0:
            return
        chat.locator("#question").fill(question)
        chat.locator("#question").press("Enter")
        chat.locator("article:not([aria-busy])").wait_for()
        shown = chat.locator("figure").evaluate_all(_SHOWN)
        chat.locator("#start-again").click()
        if shown:
            answers -= 1
            yield [_open(reader, question, said, address) for said, address in shown]


def _open(reader: Page, question: str, said: str, address: str) -> Landed:
    reader.goto("about:blank")
    reader.goto(address)
    marked, in_view = reader.evaluate(_MARKED)
    return Landed(question, address, in_view and marked.split() == said.split())


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the citations of real answers."""
    parser = argparse.ArgumentParser(prog="python -m eval.landing", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("answers", type=int, nargs="?", default=200, help="how many answers with quotations")
    parser.add_argument("--index", type=Path, default=settings_from().index, help="the folder of built snapshots")
    options = parser.parse_args(arguments)
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        print("no chromium, chromium-browser or google-chrome on the path; install one", file=sys.stderr)
        return 2
    refuse_telemetry()
    app = create_app(Settings(index=options.index))
    app.state.service.load()
    with listening(app) as service, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=_FLAGS)
        chat, reader = (browser.new_page(reduced_motion="reduce") for _ in range(2))
        opened = list(open_citations(chat, reader, service, options.answers))
        browser.close()
    links = [each for answer in opened for each in answer]
    right = sum(all(each.right for each in answer) for answer in opened)
    for each in links:
        if not each.right:
            print(f"does not land: {each.address} ({each.question})")
    print(f"answers all of whose citations land: {share(right, len(opened))}")
    print(f"citations that land: {share(sum(each.right for each in links), len(links))}")
    return 0 if right == len(opened) else 1


if __name__ == "__main__":
    sys.exit(main())
