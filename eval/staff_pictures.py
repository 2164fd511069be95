"""Pictures of the staff desk, taken of the real page over a built index: `python -m eval.staff_pictures`.

The numbers in the picture of gaps and feedback are invented for it; everything else is what the library holds.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from assistant.serving.app import create_app
from assistant.serving.counts import Counts
from assistant.serving.staff_keys import new_key
from assistant.settings import Settings, settings_from
from eval.loopback import listening

_SIZE = {"width": 1280, "height": 800}  # CSS pixels


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    settings = settings_from()
    parser.add_argument("--index", type=Path, default=settings.index)
    parser.add_argument("--to", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--browser", default="/usr/bin/chromium", help="the browser's program")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        key, line = new_key()
        keys = Path(folder) / "keys"
        keys.write_text(line)
        with _served(Settings(settings.corpus, options.index, staff_keys=keys)) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])
            for scheme in ("light", "dark"):
                _take(browser, f"{url}/staff", key, scheme, options.to)
            browser.close()


@contextmanager
def _served(settings: Settings) -> Iterator[str]:
    """Serve on a free port of loopback and yield the address."""
    app = create_app(settings)
    app.state.service.load()
    _invent(app.state.service.counts)
    with listening(app) as address:
        yield address.rstrip("/")


def _invent(counts: Counts) -> None:
    """Count what a picture needs."""
    for subject, section, times in (
        ("magnesium", "populations", 34),
        ("zinc", "interactions", 21),
        ("copper", "dose", 12),
    ):
        for _ in range(times):
            counts.add_gap([subject], section)
    for _ in range(58):
        counts.add_verdict("helpful", [("magnesium-stress", "dose")])
    for _ in range(13):
        counts.add_verdict("not_helpful", [("vitamin-b12", "safety")])


def _take(browser: Browser, address: str, key: str, scheme: Literal["light", "dark"], folder: Path) -> None:
    context = browser.new_context(viewport=_SIZE, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Staff key").fill(key)
    page.keyboard.press("Enter")
    page.locator(".hit").first.wait_for()
    page.get_by_role("combobox", name="Search").fill("how much magnesium for sleep")
    page.locator("#reading", has_text="found").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    _shoot(page, folder / f"staff-search-{scheme}.png")
    page.keyboard.press("2")
    page.keyboard.type("Can I take fish oil with warfarin?")
    page.keyboard.press("Enter")
    page.locator("#why h3").wait_for()
    page.keyboard.press("Escape")
    if scheme == "light":
        _shoot(page, folder / "staff-ask.png")
        page.keyboard.press("3")
        page.locator("#findings li").first.wait_for()
        _shoot(page, folder / "staff-care.png")
        page.keyboard.press("4")
        page.locator("#gaps table").first.wait_for()
        _shoot(page, folder / "staff-readers.png")
    context.close()


def _shoot(page: Page, file: Path) -> None:
    page.wait_for_timeout(500)  # ms, for what is read ahead
    page.screenshot(path=file)
    print(f"{file}: {file.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
