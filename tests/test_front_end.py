"""A chat front end of others, in a real browser: pointed at the service's address, it shows what must not be lost."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from eval.loopback import listening
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from assistant.answering.reply import Desk
from assistant.serving.app import create_app
from assistant.settings import Settings

pytest_plugins = ("tests.opening",)

ROOT = Path(__file__).parents[1]
LOCKED = ROOT / "tests" / "data" / "front_end"
PAGE = """<!doctype html><meta charset="utf-8"><script type="module" src="/front/deepChat.bundle.js"></script>
<deep-chat style="width: 700px; height: 700px"
  directConnection='{{"openAI": {{"key": "none", "completions": {{"model": "library"}}}}}}'
  connect='{{"url": "/v1/chat/completions", "stream": {stream}}}'></deep-chat>"""
Json = dict[str, Any]


@pytest.fixture(scope="module")
def front_end() -> Path:
    """deep-chat from the npm registry, exactly as locked; skips where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on the path to install a chat front end with")
    folder = ROOT / "build" / "front_end"
    found = folder / "node_modules" / "deep-chat" / "dist"
    if not (found / "deepChat.bundle.js").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(LOCKED / name, folder / name)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            pytest.skip(f"npm could not install the chat front end: {(done.stderr.splitlines() or ['?'])[-1]}")
    return found


@pytest.fixture(scope="module")
def site(index: Path, desk: Desk, front_end: Path) -> Iterator[str]:
    """The service with a page beside it that holds the front end and nothing else of ours."""

    def page(request: Request) -> Response:
        return HTMLResponse(PAGE.format(stream=request.path_params["stream"]))

    service = create_app(Settings(index=index))
    service.state.service.desk = desk
    front = Mount("/front", StaticFiles(directory=front_end))
    app = Starlette(routes=[front, Route("/page/{stream}", page), Mount("/", service)])
    with listening(app) as address:
        yield address.rstrip("/")


@pytest.fixture(params=["true", "false"], ids=["streamed", "whole"])
def page(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    """The front end, open."""
    with browser.new_context() as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{site}/page/{request.param}")
        yield page
        assert faults == []


def ask(page: Page, site: str, question: str) -> Json:
    """Ask as a reader does; return the answer that the service itself gives."""
    page.locator("#text-input").fill(question)
    page.keyboard.press("Enter")
    answer: Json = httpx.post(f"{site}/v1/ask", json={"question": question}).json()
    expect(page.locator("#messages")).to_contain_text(answer["disclaimer"]["text"])
    return answer


def test_quotations_citations_and_the_disclaimer_are_shown(page: Page, site: str) -> None:
    answer = ask(page, site, "Which foods are rich in magnesium?")
    reply = page.locator("#messages .ai-message-text").last
    expect(reply.locator("blockquote")).to_have_text([quote["text"] for quote in answer["quotes"]])
    links = reply.locator("a").evaluate_all("all => all.map(link => link.href)")
    assert [url for url in links if ":~:text=" in url or "/library/" in url] == [
        quote["fragment_url"] for quote in answer["quotes"]
    ]
    expect(reply).to_contain_text("[2] How do stress and magnesium depletion reinforce each other? · safety")
    expect(reply).to_contain_text("reviewed 2026-04-29 · confidence moderate")
    expect(reply).to_contain_text("Caution")
    assert reply.inner_text().count(answer["disclaimer"]["text"]) == 1


def test_an_emergency_is_met_with_its_notice_and_silence_is_told(page: Page, site: str) -> None:
    for question in ("I took 40 paracetamol", "Does zinc cure cancer?"):
        page.reload()
        answer = ask(page, site, question)
        assert answer["quotes"] == []
        expect(page.locator("#messages .ai-message-text").last).to_contain_text(answer["notice"]["text"])
        expect(page.locator("#messages blockquote")).to_have_count(0)


def test_a_question_that_is_refused_is_an_error_in_words(page: Page) -> None:
    page.locator("#text-input").fill("x" * 1001)
    page.keyboard.press("Enter")
    expect(page.locator("#messages .error-message-text")).to_be_visible()
