"""The chat page in a real browser: what it shows and what it refuses to show. Only the answers are canned."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

STATIC = Path(__file__).parents[1] / "src" / "assistant" / "serving" / "static"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
DISCLAIMER = (
    "This is a summary of published research, not personal health advice. Discuss any health or supplement decisions "
    "with a qualified healthcare professional, particularly during ongoing care, pregnancy, or with chronic conditions."
)
PAYLOADS = """\
<script>window.ran=1</script>
<img src=x onerror=window.ran=1>
<svg onload=window.ran=1>
<iframe srcdoc="<script>parent.ran=1</script>"></iframe>
<body onload=window.ran=1>
<input autofocus onfocus=window.ran=1>
<video><source onerror=window.ran=1></video>
<style>@import 'data:text/css,*{display:none}'</style>
<a href="javascript:window.ran=1">x</a>
</blockquote></figure><script>window.ran=1</script>
<!--><script>window.ran=1</script>-->
<math><mtext><table><mglyph><style><img src=x onerror=window.ran=1>
"'><img src=x onerror=window.ran=1>
${window.ran=1}{{constructor.constructor('window.ran=1')()}}
<base href="https://elsewhere.example/"><link rel=stylesheet href=x>""".splitlines()
Json = dict[str, Any]
Reply = tuple[int, Json]  # an HTTP status and a body


@dataclass(slots=True)
class Site:
    """The page's server: its files as they are, its answers canned by question."""

    url: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Security-Policy": POLICY})
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[Json] = field(default_factory=list)


def quote(text: str, *, entry: Json | None = None, **changes: object) -> Json:
    about: Json = {"id": "e1", "title": "How do stress and magnesium interact?", "url": "https://library.example/s"}
    about |= {"last_reviewed": "2026-04-29", "confidence": "moderate", "subjects": ["magnesium"], **(entry or {})}
    made: Json = {"id": "q1", "role": "answer", "label": None, "text": text, "entry": about, "section": "dose"}
    made |= {"units": [0, 0], "start": 0, "end": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return made | {"table": None, "sources": [], "url": about["url"], "fragment_url": None} | changes


def answer(*quotes: Json, question: Json | None = None, **changes: object) -> Reply:
    read: Json = {"text": "q", "read_as": "q", "subjects": ["magnesium"], "carried_over": [], "corrections": []}
    made: Json = {"status": "answered", "reason": None, "question": read | (question or {}), "notice": None}
    made |= {"quotes": list(quotes), "nearest": [], "disclaimer": {"id": "d", "version": 1, "text": DISCLAIMER}}
    return 200, made | {"snapshot": "s", "degraded": False, "timings_ms": {"total": 1.0}} | changes


def notice(text: str, status: str, reason: str) -> Json:
    return {"status": status, "reason": reason, "notice": {"id": "n", "version": 1, "text": text}}


EMERGENCY = notice("Call 999 now.", "redirected", "emergency")
LONG = [quote(f"Sentence {n} of a long answer. " * 12) for n in range(9)]
REFUSALS = [(422, "Too long Use fewer words."), (429, "is busy"), (503, "is not ready"), (0, "You are offline")]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(STATIC / (path.removeprefix("/static/") if path != "/" else "index.html"))

        def send_json(self, status: int, body: Json) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if status == 200 else "application/problem+json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def do_GET(self) -> None:
            if self.path != "/v1/entries":
                return super().do_GET()
            return self.send_json(200, {"entries": [{"id": f"e{n}", "title": f"Question {n}?"} for n in range(5)]})

        def do_POST(self) -> None:
            site.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_json(*site.replies[site.asked[-1]["question"]])

        def end_headers(self) -> None:
            for name, value in site.headers.items():
                self.send_header(name, value)
            super().end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, ThreadPoolExecutor() as pool:
        pool.submit(server.serve_forever, poll_interval=0.01)
        site.url = f"http://127.0.0.1:{server.server_port}/"
        yield site
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if binary is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the path to open the page with")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=binary, args=FLAGS)


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """The page, open; whatever a test does, no script of it fails and the policy never has to stop it."""
    with browser.new_context(viewport={"width": 1024, "height": 768}, reduced_motion="reduce") as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Security Policy" in line.text else None)
        page.goto(site.url)
        yield page
        assert faults == []


def ask(page: Page, site: Site, reply: Reply, question: str = "How much magnesium?") -> None:
    """Ask as a reader does, and wait until the reply stands."""
    site.replies[question] = reply
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("article .pending")).to_have_count(0)


@pytest.mark.parametrize(
    "reply",
    [
        answer(*LONG),
        answer(*LONG, **notice("The library does not state this. " * 9, "nearest", "")),
        answer(**notice("Call 999 now. " * 30, "redirected", "crisis")),
        answer(**notice("The library does not cover this.", "abstained", "not_in_library")),
        answer(question={"subjects": ["zinc", "iron"]}, **notice("Say which.", "clarify", "ambiguous_subject")),
        answer(quote("x" * 600, label="y" * 200, entry={"title": "z" * 300})),
    ],
    ids=["answered", "nearest", "crisis", "abstained", "clarify", "unbroken"],
)
def test_the_disclaimer_is_in_the_first_screen_of_a_small_phone(page: Page, site: Site, reply: Reply) -> None:
    page.set_viewport_size({"width": 320, "height": 568})
    ask(page, site, reply)
    disclaimer = page.get_by_text(DISCLAIMER)
    assert DISCLAIMER in page.locator("body").aria_snapshot()
    for place in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {place})")
        expect(disclaimer).to_be_in_viewport(ratio=1)
        assert disclaimer.evaluate("d => document.elementFromPoint(160, d.getBoundingClientRect().y + 9) === d")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_markup_from_the_server_is_shown_as_text_and_never_runs(page: Page, site: Site) -> None:
    site.headers.clear()  # so that the page is tested, and not the policy behind it
    page.reload()
    for bad in PAYLOADS:
        row = quote(f"| {bad} | {bad} |", table={"columns": [bad, bad], "cells": [bad, bad]})
        entry = {"title": bad, "subjects": [bad], "confidence": bad, "last_reviewed": bad, "url": bad}
        source = {"label": bad, "pmid": bad, "url": bad}
        said = quote(bad, label=bad, entry=entry, section=bad, role=bad, sources=[source], url=bad, fragment_url=bad)
        read: Json = {"read_as": bad, "carried_over": [bad], "corrections": [[bad, bad]]}
        where = [{"entry": bad, "section": bad, "title": bad}]
        ask(page, site, answer(said, row, question=read, nearest=where, **notice(bad, "answered", bad)), bad)
        shown = page.locator("article").last
        for part in ("h2", ".notice", ".label", "figure[data-role=answer] td", ".place", ".about", ".places", "h3"):
            assert bad in shown.locator(part).first.inner_text()
        assert shown.locator("blockquote").first.inner_text() == bad
    page.wait_for_timeout(100)
    assert page.evaluate("window.ran") is None
    made = set(page.evaluate("[...document.querySelectorAll('#log *')].map(e => e.localName)"))
    assert made.isdisjoint(["script", "img", "svg", "iframe", "style", "input", "details", "video", "base", "link"])


def test_no_quotation_is_shown_when_one_of_the_answer_is_not_the_librarys(page: Page, site: Site) -> None:
    ask(page, site, answer(quote("400 mg/day."), quote("Not in the library.", role="qualifier", sha256="0" * 64)))
    expect(page.locator("article blockquote")).to_have_count(0)  # nor the dose that has lost its limit
    expect(page.locator("article .notice")).to_contain_text("does not match the library’s own text")
    expect(page.get_by_text(DISCLAIMER)).to_be_visible()


def test_only_an_https_entry_and_pubmed_become_links(page: Page, site: Site) -> None:
    good = "https://pubmed.ncbi.nlm.nih.gov/33260549/"
    bad = ["javascript:alert(1)", good.replace("https", "http"), "https://elsewhere.example/", "data:text/html,x", ""]
    bad += ["https://pubmed.ncbi.nlm.nih.gov@elsewhere.example/", "https://pubmed.ncbi.nlm.nih.gov.elsewhere.example/"]
    sources = [{"label": "Study", "pmid": "1", "url": url} for url in [good, *bad]]
    addresses = ("javascript:alert(1)", "http://library.example/", "blob:https://library.example/1", None)
    ask(page, site, answer(quote("A.", sources=sources), *(quote("B.", entry={"url": url}) for url in addresses)))
    links = page.locator("article a").evaluate_all("all => all.map(a => [a.href, a.rel])")
    assert links == [[url, "noopener noreferrer"] for url in ("https://library.example/s", good)]


def test_a_table_row_becomes_a_table_with_its_column_names(page: Page, site: Site) -> None:
    row = {"columns": ["Interaction", "Guidance"], "cells": ["Magnesium and ashwagandha", "Trial 8-12 weeks"]}
    ask(page, site, answer(quote("| Magnesium and ashwagandha | Trial 8-12 weeks |", table=row)))
    expect(page.get_by_role("row").get_by_role("rowheader")).to_have_text(row["columns"])
    expect(page.get_by_role("row").get_by_role("cell")).to_have_text(row["cells"])
    tables = [{"columns": ["A", "B"], "cells": cells} for cells in (["Take 9 g"], ["Trial"], ["Trial", "Trial"], [])]
    ask(page, site, answer(*(quote("| Trial | 8 weeks |", table=table) for table in tables)))
    # Cells that are not the quoted text, all of it and nothing else, are not shown in its place.
    expect(page.locator("article:last-child blockquote")).to_have_text(["| Trial | 8 weeks |"] * 4)


def test_a_misconception_stands_under_its_label_and_roles_are_told(page: Page, site: Site) -> None:
    label = "A misconception the library corrects"
    myth = quote("Claim: HRV will transform. It was measured alongside training.", label=label, section="myths")
    unknown: Json = {"last_reviewed": None, "confidence": None, "provenance": "sample"}
    others = [quote("L.", role=role, entry=unknown) for role in ("qualifier", "caution", "nearest")]
    ask(page, site, answer(myth, *others))
    first, *_, last = page.locator("figure").all()
    expect(first.locator(".label:has(+ blockquote)")).to_have_text(label)
    expect(first).to_contain_text("Last reviewed 29 April 2026 · Library’s confidence: moderate")
    expect(page.locator("h3")).to_have_text(["What limits this", "Caution", "The nearest the library says"])
    expect(last).to_contain_text("Review date not known · Confidence not stated · Sample entry, not by the publisher")


def test_nothing_is_fetched_from_another_host_and_nothing_is_kept(page: Page, site: Site) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.reload()
    ask(page, site, answer(quote("A.")))
    paths = {url.removeprefix(site.url) for url in fetched if not url.startswith("data:")}
    assert paths == {"", "static/chat.css", "static/chat.js", "static/strings.js", "v1/entries", "v1/ask"}
    assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length + location.search") == "00"
    files = [STATIC / name for name in ("index.html", "chat.css", "chat.js", "strings.js")]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 15_000  # bytes


@pytest.mark.parametrize(("status", "words"), REFUSALS)
def test_a_refusal_is_told_in_words_and_the_question_is_kept(page: Page, site: Site, status: int, words: str) -> None:
    page.context.set_offline(status == 0)
    ask(page, site, (status, {"title": "Too long", "detail": "Use fewer words."}))
    expect(page.locator(".failure")).to_contain_text(words)
    expect(page.get_by_label("Your question")).to_have_value("How much magnesium?")


def test_an_answer_is_announced_once_and_the_focus_stays(page: Page, site: Site) -> None:
    page.evaluate("""() => { window.said = []; const status = document.querySelector('[role=status]');
        new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true}) }""")
    ask(page, site, answer(*LONG[:2]), "First?")
    ask(page, site, answer(*LONG[:2]), "Second?")
    ask(page, site, answer(**EMERGENCY), "Third?")
    assert page.evaluate("said.join()") == "Answer: 2 quotations.,,Answer: 2 quotations.,,Call 999 now."
    expect(page.locator("[aria-live], [role=alert], [role=log], [role=status]")).to_have_count(1)
    expect(page.get_by_label("Your question")).to_be_focused()


def test_an_emergency_shows_its_notice_alone(page: Page, site: Site) -> None:
    ask(page, site, answer(quote("400 mg/day."), **EMERGENCY), "Help?")
    assert page.locator("article").inner_text().split() == ["Help?", "Call", "999", "now."]


def test_a_copied_dose_takes_its_limits_and_the_disclaimer_along(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    other = quote("C.", role="caution", entry={"id": "e2"})
    ask(page, site, answer(quote("400 mg/day."), quote("Not anchored.", role="qualifier"), other))
    page.get_by_role("button", name="Copy with citation").first.click()
    expect(page.get_by_role("button", name="Copied")).to_have_count(1)
    copied = page.evaluate("navigator.clipboard.readText()")
    source = "How do stress and magnesium interact? — section: doses and intake. "
    source += "Last reviewed 29 April 2026. Library’s confidence: moderate.\nhttps://library.example/s"
    assert copied == f"“400 mg/day.”\n{source}\n\nWhat limits this\n“Not anchored.”\n{source}\n\n{DISCLAIMER}"


def test_what_is_carried_over_is_shown_and_each_name_can_be_dropped(page: Page, site: Site) -> None:
    ask(page, site, answer(quote("A.")), "Is magnesium safe in pregnancy?")
    read = {"text": "And the dose?", "read_as": "magnesium: the dose", "carried_over": ["magnesium", "pregnancy"]}
    ask(page, site, answer(quote("B."), question=read), "And the dose?")
    assert site.asked[-1]["turns"] == [{"question": "Is magnesium safe in pregnancy?", "subjects": ["magnesium"]}]
    expect(page.locator(".carried")).to_contain_text("Answering about:")
    expect(page.locator(".chip")).to_have_text(["magnesium ×", "pregnancy ×"])
    expect(page.locator(".read-as")).to_have_text("Read as: magnesium: the dose")
    page.get_by_role("button", name="Drop pregnancy").click()
    expect(page.locator("figure")).to_have_count(3)
    assert [turn.get("dropped") for turn in site.asked[-1]["turns"]] == [None, ["pregnancy"]]
    assert [turn["subjects"] for turn in site.asked[-1]["turns"]] == [["magnesium"], ["magnesium"]]


def test_which_of_two_subjects_is_meant_is_asked_with_a_button_each(page: Page, site: Site) -> None:
    which = notice("Which do you mean?", "clarify", "ambiguous_subject")
    ask(page, site, answer(question={"subjects": ["zinc", "iron"]}, **which), "Is it safe?")
    site.replies["Is it safe?"] = answer(quote("C."), question={"subjects": ["iron"]})
    page.get_by_role("button", name="iron", exact=True).click()
    expect(page.locator("figure")).to_have_count(1)
    assert site.asked[-1]["turns"][-1] == {"question": "Is it safe?", "subjects": ["iron"]}


def test_a_conversation_sends_no_more_than_the_server_takes(page: Page, site: Site) -> None:
    questions = [f"Question {number}?" for number in range(12)] + [f"{number}" + "é" * 999 for number in range(4)]
    for question in questions:
        ask(page, site, answer(quote("A.")), question)
    assert [turn["question"] for turn in site.asked[11]["turns"]] == questions[1:11]
    sizes = [len(json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()) for sent in site.asked]
    assert 6000 < max(sizes) <= 8000  # bytes
