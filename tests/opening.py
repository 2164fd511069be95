"""A real browser and the real service, as fixtures; a test file takes them by `pytest_plugins = ("tests.opening",)`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browsing import FLAGS, Site, serving, watched

from assistant.answering.reply import Desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser; skips where there is none. Closed after each file: while it is open no other loop can run."""
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the path to open the page with")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=binary, args=FLAGS)


@pytest.fixture(scope="session")
def canned(index: Path, desk: Desk) -> Iterator[Site]:
    """The four entries, served on loopback, with answers that can be canned."""
    with serving(index, desk) as site:
        yield site


@pytest.fixture
def site(canned: Site) -> Site:
    """The same, with nothing canned yet."""
    canned.reset()
    return canned


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """The chat page, open; whatever a test does, no script of it fails and the policy never has to stop it."""
    with browser.new_context(viewport={"width": 1024, "height": 768}, reduced_motion="reduce") as context:
        page = context.new_page()
        faults = watched(page)
        page.goto(site.url)
        yield page
        assert faults == []
