"""Screens: pictures of the pages in their states, taken of the real service answering real questions.

`python -m eval.screens` draws them anew into docs/pictures, small, in a real Chromium; nothing in them is canned but
the article that the widget stands on.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Frame, Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from assistant.serving.app import create_app
from assistant.settings import Settings, refuse_telemetry, settings_from
from eval.loopback import listening

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-lcd-text"]
_WIDE, _PHONE = (800, 600), (320, 568)
"""Pixels."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A picture: a page, what is asked on it, and how it is seen."""

    name: str
    path: str = ""
    """A path of the service; "widget" stands for the chat on another site's page."""
    questions: tuple[str, ...] = ()
    size: tuple[int, int] = _WIDE
    dark: bool = False
    offline: bool = False
    down: int = 0
    """Pixels scrolled down at the end."""
    opened: bool = True
    """Of the widget: whether its launcher was pressed."""


SCREENS = (
    Screen("start"),
    Screen("answer", questions=("Which foods are rich in magnesium?",)),
    Screen("dark", questions=("Which foods are rich in magnesium?",), dark=True),
    Screen("misconception", questions=("Does magnesium transform HRV?",)),
    Screen("table", questions=("How does curcumin interact with warfarin?",)),
    Screen("follow-up", questions=("How well does ginger settle nausea?", "Is it safe in pregnancy?")),
    Screen("clarify", questions=("Do zinc and iron get in each other's way?", "Is it safe?")),
    Screen("nearest", questions=("Is magnesium safe in pregnancy?",)),
    Screen("silent", questions=("What is the capital of France?",)),
    Screen("advice", questions=("Should I stop my warfarin to take garlic?",)),
    Screen("emergency", questions=("I took forty tablets an hour ago",)),
    Screen("offline", questions=("Which foods are rich in magnesium?",), offline=True),
    Screen("phone", questions=("Which foods are rich in magnesium?",), size=_PHONE),
    Screen("widget-closed", path="widget", opened=False),
    Screen("widget-open", path="widget"),
    Screen("widget-answer", path="widget", questions=("How does curcumin interact with warfarin?",)),
    Screen("widget-phone", path="widget", questions=("Which foods are rich in magnesium?",), size=_PHONE),
    Screen("reader", path="library/magnesium-stress"),
    Screen("reader-cited", path="library/magnesium-stress#u28-30"),
    Screen("reader-phone", path="library/magnesium-stress#u32", size=_PHONE, dark=True),
)


def draw(browser: Browser, service: str, host: str, screen: Screen, folder: Path) -> Path:
    """Take one picture and return its file."""
    width, height = screen.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if screen.dark else "light",
        reduced_motion="reduce",
    )
    with context:
        page = context.new_page()
        page.goto(host if screen.path == "widget" else service + screen.path, wait_until="networkidle")
        chat: Page | Frame = page
        if screen.path == "widget":
            chat = next(frame for frame in page.frames if frame.url.startswith(service))
            if screen.opened:
                chat.locator("#launcher").click()
        context.set_offline(screen.offline)
        for question in screen.questions:
            chat.locator("#question").fill(question)
            chat.locator("#question").press("Enter")
            chat.locator("article:not([aria-busy]) > :nth-child(2)").nth(screen.questions.index(question)).wait_for()
        page.wait_for_timeout(200)  # until a picture of the last change has been drawn
        file = folder / f"{screen.name}.png"
        page.screenshot(path=file)
    return file


@contextmanager
def article(widget_of: list[str]) -> Iterator[str]:
    """Serve another site's page that has the widget on it; the service's address may be given later."""

    async def page(request: Request) -> Response:
        text = "<p>An article on another site, which the widget leaves as it is, styles and scripts and all.</p>"
        return HTMLResponse(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>An article</title>'
            '<meta name="viewport" content="width=device-width"><style>body { font: 18px/1.6 Georgia, serif; '
            "max-width: 34rem; margin: 2rem auto; padding: 0 1rem } @media (prefers-color-scheme: dark) "
            f"{{ body {{ background: #222; color: #ddd }} }}</style><h1>Minerals, briefly</h1>{text * 12}"
            f'<script src="{widget_of[0]}widget.js" defer></script></html>'
        )

    with listening(Starlette(routes=[Route("/", page)])) as address:
        yield address.replace("127.0.0.1", "localhost")


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the pictures."""
    parser = argparse.ArgumentParser(prog="python -m eval.screens", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--index", type=Path, default=settings_from().index, help="the folder of built snapshots")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"), help="where the pictures go")
    parser.add_argument("names", nargs="*", help="only these pictures")
    options = parser.parse_args(arguments)
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        print("no chromium, chromium-browser or google-chrome on the path; install one", file=sys.stderr)
        return 2
    refuse_telemetry()
    options.out.mkdir(parents=True, exist_ok=True)
    widget_of: list[str] = []
    with article(widget_of) as host, sync_playwright() as playwright:
        app = create_app(Settings(index=options.index, sites=(host.rstrip("/"),)))
        app.state.service.load()
        with listening(app) as service:
            widget_of.append(service)
            browser = playwright.chromium.launch(executable_path=binary, args=_FLAGS)
            for screen in SCREENS:
                if not options.names or screen.name in options.names:
                    file = draw(browser, service, host, screen, options.out)
                    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
