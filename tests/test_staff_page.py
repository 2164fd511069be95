"""The staff desk in a real browser, over the real service: by keys alone, in light and dark, come what may."""

import dataclasses
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from eval.loopback import listening
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assistant.answering.reply import Desk, open_desk
from assistant.library.model import Entry, Library
from assistant.serving.app import create_app
from assistant.serving.counts import Counts
from assistant.serving.service import Service
from assistant.serving.staff_keys import new_key
from assistant.settings import Settings

pytest_plugins = ("tests.opening",)

CANARY = "zanzibarquince"
PAYLOADS = """\
<script>window.ran=1</script>
<img src=x onerror=window.ran=1>
<svg onload=window.ran=1>
<body onload=window.ran=1>
<input autofocus onfocus=window.ran=1>
<a href="javascript:window.ran=1">x</a>
"'><img src=x onerror=window.ran=1>
${window.ran=1}{{constructor.constructor('window.ran=1')()}}""".splitlines()


@dataclasses.dataclass(frozen=True)
class Site:
    """The service on loopback, with a key that is let in."""

    url: str
    key: str
    service: Service


def serve(desk: Desk, settings: Settings, folder: Path) -> Iterator[Site]:
    """Serve a desk on a free port, with a staff key, until the caller is done."""
    key, line = new_key()
    (folder / "keys").write_text(line)
    app = create_app(dataclasses.replace(settings, staff_keys=folder / "keys"))
    app.state.service.desk = desk
    with listening(app) as address:
        yield Site(address.rstrip("/"), key, app.state.service)


@pytest.fixture(scope="module")
def site(desk: Desk, index: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The service over the four entries."""
    yield from serve(desk, Settings(index=index, corpus=corpus), tmp_path_factory.mktemp("desk"))


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1366, "height": 820}, reduced_motion="reduce") as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
        yield context


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """The desk, entered; whatever a test does, no script of it fails and the policy never has to stop it."""
    yield from entered(context, site)


def entered(context: BrowserContext, site: Site) -> Iterator[Page]:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Security Policy" in line.text else None)
    page.goto(f"{site.url}/staff")
    page.get_by_label("Staff key").fill(site.key)
    page.keyboard.press("Enter")
    expect(page.locator(".hit").first).to_be_visible()
    yield page
    assert faults == []


def look_for(page: Page, words: str) -> None:
    """Type words as a person does, and wait for what is found."""
    page.get_by_role("combobox", name="Search").fill(words)
    expect(page.locator("#reading")).to_contain_text("found")
    expect(page.locator("#preview h3")).to_be_visible()


def check_accessible(page: Page) -> None:
    """No violation of any rule of axe."""
    found: dict[str, Any] = Axe().run(page).response
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


def clipboard(page: Page, kind: str = "text/plain") -> str:
    """What lies on the clipboard."""
    read = """async (kind) => { const [item] = await navigator.clipboard.read();
        return item.types.includes(kind) ? (await item.getType(kind)).text() : "" }"""
    text: str = page.evaluate(read, kind)
    return text


def test_a_wrong_key_is_refused_and_the_right_one_opens_the_desk(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/staff")
    expect(page.get_by_label("Staff key")).to_be_focused()
    check_accessible(page)
    page.keyboard.type(site.key[:-1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This key is not valid.")
    expect(page.locator("#desk")).to_be_hidden()
    page.keyboard.type(site.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    (cookie,) = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
    assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length + location.search") == "00"
    page.reload()  # the session holds, and nobody asks for the key again
    expect(page.locator(".hit").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Staff key")).to_be_focused()
    assert (context.cookies(), page.locator(".hit").count()) == ([], 0)


def test_an_ended_session_shows_the_door_and_leaves_nothing_behind_it(page: Page) -> None:
    look_for(page, "velorin")
    page.context.clear_cookies()
    page.keyboard.type(" dose")
    expect(page.get_by_role("alert")).to_have_text("Your session has ended. Enter your key again.")
    assert "velorin" not in page.locator("body").inner_text().casefold()
    assert page.locator("#q").input_value() == ""


def test_one_finds_by_keys_alone_sees_why_and_copies(page: Page, desk: Desk) -> None:
    page.locator("body").click(position={"x": 900, "y": 400})
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    page.keyboard.type("velorin dose")
    expect(page.locator("#reading")).to_contain_text("found")
    expect(page.locator(".hit mark").filter(has_text="velorin").first).to_be_visible()
    page.keyboard.press("Enter")
    selected = page.locator(".hit[aria-selected=true]")
    expect(selected).to_have_id("hit-0")
    for key, place in (("j", 1), ("j", 2), ("ArrowDown", 3), ("k", 2), ("k", 1), ("k", 0), ("k", 0), ("j", 1)):
        page.keyboard.press(key)
        expect(selected).to_have_id(f"hit-{place}")
        expect(page.get_by_role("listbox")).to_have_attribute("aria-activedescendant", f"hit-{place}")
    expect(page.locator("#preview .quoted").first).to_be_visible()
    expect(page.locator(".found")).to_contain_text("Words that match: ")
    expect(page.locator(".found mark").first).to_be_visible()
    expect(page.locator(".found")).to_contain_text("Meaning, passage")
    expect(page.locator(".found")).to_contain_text("Likely to answer: ")
    quoted = " ".join(page.locator("#preview .quoted").all_inner_texts())
    copied: dict[str, str] = {}
    for name in ("Text", "Markdown", "HTML", "BibTeX", "RIS"):
        page.keyboard.press("c")
        expect(page.locator("#status")).to_have_text(f"Copied as {name}")
        copied[name] = clipboard(page)
        if name == "HTML":
            assert "<blockquote" in clipboard(page, "text/html")
        page.keyboard.press("f")
    first = quoted.split(":")[0][:30]
    assert all(first in text.replace("\\", "") for text in copied.values())
    assert all(desk.notices.disclaimer.text[:40] in text for text in copied.values())
    assert copied["Text"].startswith("“")
    assert copied["Markdown"].startswith("> ")
    assert copied["HTML"].startswith("<blockquote")
    assert copied["BibTeX"].startswith("@misc{velorin-u")
    assert copied["RIS"].startswith("TY  - ELEC\r\n")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Space")  # the keys are switched off
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(selected).to_have_id("hit-1")


def test_facets_narrow_what_is_found_and_are_cleared(page: Page) -> None:
    look_for(page, "velorin")
    everything = page.locator("#reading").inner_text().split()[0]
    box = page.get_by_role("group", name="Section").get_by_role("checkbox", name="Doses and intake")
    expected = box.locator("xpath=../span[2]").inner_text()
    box.check()
    expect(page.locator("#reading")).to_contain_text(f"{expected} found")
    expect(page.get_by_role("checkbox", name="Doses and intake")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Doses and intake")).to_be_checked()
    facts = page.locator(".hit .facts").all_inner_texts()
    assert len(facts) == int(expected)
    assert all("Doses and intake" in line for line in facts)
    page.get_by_role("checkbox", name="Limits a claim").check()
    expect(page.get_by_role("button", name="Clear filters")).to_be_visible()
    page.keyboard.press("x")
    expect(page.locator("#reading")).to_contain_text(f"{everything} found")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)


def test_asking_as_a_customer_shows_the_answer_and_why(page: Page, desk: Desk) -> None:
    page.get_by_role("button", name="Ask as a customer").click()
    ask = page.get_by_label("Ask as a customer would")
    for question, seen, why in (
        ("Which foods are rich in magnesium?", "green leafy vegetables", "Answered: the likeliest passage has"),
        ("Can I take magnesium with my warfarin?", "cannot say what you", "the pattern “"),
        ("What does magnesium do for goats on Mars?", "The library does not state this", "below the threshold of"),
        ("I took 60 magnesium tablets at once", "call 999 now", "Nothing is searched and nothing quoted."),
    ):
        ask.fill(question)
        page.keyboard.press("Enter")
        expect(page.locator("#answer .asked")).to_have_text(question)
        expect(page.locator("#answer")).to_contain_text(seen)
        expect(page.locator("#why")).to_contain_text(why)
        expect(page.locator("#answer .disclaimer")).to_have_text(desk.notices.disclaimer.text)
        expect(page.locator("#why .weighed").filter(has_text="Personal advice")).to_be_visible()
        if "foods" in question:
            page.keyboard.press("Escape")
            page.keyboard.press("c")
            expect(page.locator("#status")).to_have_text("Copied as Text")
            assert "green leafy vegetables" in clipboard(page)
        if "warfarin" in question:
            expect(page.locator("#why .veto").first).to_contain_text("Ruled out: does not name warfarin")
            check_accessible(page)
    ask.fill("Which foods are rich in magnesium?")
    page.keyboard.press("Enter")
    expect(page.locator("#earlier")).to_have_text("Goes on from 5 questions.")
    page.locator("#why .place").first.click()
    expect(page.locator("#preview")).to_be_focused()
    expect(page.locator("#preview .quoted").first).to_contain_text("Magnesium-rich foods include")
    page.keyboard.press("2")
    page.get_by_role("button", name="Start again").click()
    expect(page.locator("#answer figure")).to_have_count(0)


def test_what_needs_care_and_what_readers_said_is_listed(page: Page, site: Site, tmp_path: Path) -> None:
    counts = site.service.counts = Counts(tmp_path / "counts.json")
    script = """async ([path, body]) => (await fetch(path, {method: "POST", body: JSON.stringify(body),
        headers: {"Content-Type": "application/json"}})).status"""
    snapshot = page.evaluate("fetch('/readyz').then((response) => response.json()).then((ready) => ready.snapshot)")
    verdict = {"verdict": "not_helpful", "snapshot": snapshot, "status": "abstained", "reason": "not_in_library"}
    for number in range(9):
        question = {"question": f"Does magnesium cure {CANARY}{number} in goats?"}
        assert page.evaluate(script, ["/v1/ask", question]) == 200
        assert page.evaluate(script, ["/v1/feedback", {**verdict, "quotes": []}]) == 204
    page.locator("#results").focus()
    page.keyboard.press("4")
    expect(page.locator("#gaps")).to_contain_text("No group has reached 10 yet.")
    expect(page.locator("#gaps table, #feedback table")).to_have_count(0)
    assert page.evaluate(script, ["/v1/ask", {"question": f"Does magnesium cure {CANARY} in goats?"}]) == 200
    assert page.evaluate(script, ["/v1/feedback", {**verdict, "quotes": []}]) == 204
    page.keyboard.press("4")
    expect(page.locator("#gaps tbody tr").filter(has_text="magnesium").first).to_contain_text("10")
    expect(page.locator("#feedback tbody tr").first).to_have_text("Not helpful10")
    counts.save()
    for text in ((tmp_path / "counts.json").read_text(), page.content()):
        assert not any(word in text for word in (CANARY, "goat"))
    check_accessible(page)
    page.keyboard.press("3")
    expect(page.locator("#findings li").first).to_be_visible()
    page.get_by_label("Not reviewed for").select_option("6 months")
    expect(page.locator("#review h3")).to_have_text("Entries past review")
    check_accessible(page)


SIZES = {"screen": (1366, 820), "200 %": (640, 410), "400 %": (320, 568)}


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", "screen"), ("dark", "screen"), ("dark", "200 %"), ("light", "400 %")]
)
def test_the_desk_is_accessible_however_large_and_in_light_and_dark(
    page: Page, scheme: Literal["light", "dark"], size: str
) -> None:
    width, height = SIZES[size]
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    look_for(page, "magnesium sleep table interaction")
    check_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.keyboard.press("Enter")
    for name in ("2", "3", "4"):
        page.keyboard.press(name)
        page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def hostile(entry: Entry) -> Entry:
    """An entry whose title, and whose every unit that is long enough, is markup that would run a script."""
    text = entry.text
    for number, unit in enumerate(entry.units):
        bad = PAYLOADS[number % len(PAYLOADS)]
        span = unit.span
        if unit.quotable and span.end - span.start >= len(bad) + 8:
            text = text[: span.start] + bad + text[span.start + len(bad) : span.end] + text[span.end :]
    bad = "".join(PAYLOADS)
    return dataclasses.replace(entry, title=bad, text=text, confidence=bad, last_reviewed=bad, subjects=entry.subjects)


def test_markup_in_an_entry_is_shown_as_text_and_never_runs(
    context: BrowserContext, desk: Desk, index: Path, tmp_path: Path
) -> None:
    library = Library(tuple(hostile(entry) for entry in desk.snapshot.library.entries))
    bad = open_desk(dataclasses.replace(desk.snapshot, library=library), "GB")
    for site in serve(bad, Settings(index=index), tmp_path):
        for page in entered(context, site):
            look_for(page, "velorin")
            for number in range(12):
                page.keyboard.press("ArrowDown")
                expect(page.locator(f"#hit-{number + 1}[aria-selected=true]")).to_be_visible()
                expect(page.locator("#preview h3")).to_have_text("".join(PAYLOADS))
            said = page.locator("#results").inner_text()
            assert sum(payload in said for payload in PAYLOADS) >= 5
            page.keyboard.press("Enter")
            page.keyboard.press("2")
            page.keyboard.type("What does velorin do?")
            page.keyboard.press("Enter")
            expect(page.locator("#why h3")).to_be_visible()
            page.keyboard.press("Escape")
            page.keyboard.press("3")
            expect(page.locator("#review td").first).to_be_visible()
            page.wait_for_timeout(100)
            assert page.evaluate("window.ran") is None
            made = set(page.evaluate("[...document.querySelectorAll('main:not(#door) *')].map(e => e.localName)"))
            assert made.isdisjoint(["script", "img", "iframe", "style", "video", "base", "link", "body"])
            assert page.evaluate("[...document.querySelectorAll('a')].every(a => /^https?:/.test(a.href))")


def test_no_question_is_logged_or_stands_in_an_address(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(json.dumps([request.url, request.headers.get("referer")])))
    look_for(page, f"magnesium {CANARY}")
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    page.keyboard.type(f"Is {CANARY} safe?")
    page.keyboard.press("Enter")
    expect(page.locator("#why h3")).to_be_visible()
    assert fetched
    assert not any(CANARY in address or "http://127.0.0.1" not in address for address in fetched)
    assert not any(CANARY in record.getMessage() for record in caplog.records)
    assert CANARY not in page.url
