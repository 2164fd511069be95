"""The reader page in a real browser: a citation lands on the words that were quoted, all of them and no others."""

from typing import Literal

from playwright.sync_api import Browser, Page, expect
from tests.browsing import Json, Site, answer, ask, violations, watched

from assistant.answering.quotes import Quote, quotable_range
from assistant.library.model import Library
from assistant.serving.wire import quote_json

pytest_plugins = ("tests.opening",)

MARKED = """async (anchors) => {
  const found = [];
  for (const anchor of anchors) {
    const changed = new Promise((done) => addEventListener('hashchange', done, {once: true}));
    location.hash = anchor;
    await changed;
    const marks = [...document.querySelectorAll('mark')];
    const box = marks[0]?.getBoundingClientRect();
    found.push([marks.map((mark) => mark.textContent).join(' '), box?.top >= 0 && box?.top < innerHeight,
      marks[0]?.contains(document.activeElement) || document.activeElement?.contains(marks[0])]);
  }
  return found;
}"""


def words_of(text: str) -> list[str]:
    """A text's words; the bars of a table's row are not shown."""
    return text.replace("|", " ").split()


def quotes_of(library: Library) -> list[Json]:
    """Every place that can be quoted, and every pair of neighbours that can be, as the service sends it."""
    made: list[Json] = []
    for entry in library.entries:
        last = len(entry.units) - 1
        tried = [(first, min(first + more, last)) for first in range(last + 1) for more in (0, 1)]
        for place in dict.fromkeys(found for first, end in tried if (found := quotable_range(entry, first, end))):
            made.append(quote_json(f"q{len(made) + 1}", Quote(library, entry.id, *place, "answer"), None))
    return made


def test_200_citations_of_the_chat_land_on_the_quoted_words(page: Page, site: Site, library: Library) -> None:
    quotes = quotes_of(library)
    assert len(quotes) >= 200
    ask(page, site, answer(*quotes))
    links = page.locator(".actions a").evaluate_all("all => all.map(a => a.href)")
    anchors: dict[str, list[tuple[str, str]]] = {}
    for link, quote in zip(links, quotes, strict=True):
        address, _, anchor = link.partition("#")
        anchors.setdefault(address, []).append((anchor, quote["text"]))
    for address, cited in anchors.items():
        page.goto(address)
        found = page.evaluate(MARKED, [anchor for anchor, _ in cited])
        for (anchor, text), (marked, in_view, focused) in zip(cited, found, strict=True):
            assert words_of(marked) == words_of(text), (address, anchor)
            assert in_view, (address, anchor)
            assert focused, (address, anchor)


def test_an_address_opened_afresh_lands_too_and_an_odd_one_does_no_harm(page: Page, site: Site) -> None:
    page.goto(f"{site.url}library/magnesium-stress#u28-29")
    expect(page.locator("mark")).to_have_count(2)
    expect(page.locator("mark").first).to_be_in_viewport()
    for odd in ("#u9999", "#u3-1", "#u0-999999", "#u-1", "#dose", "#u1x", "#%E0", "#"):
        page.goto("about:blank")
        page.goto(f"{site.url}library/magnesium-stress{odd}")
        assert page.locator("mark").count() in (0, page.locator("#text [id^=u]:not(tr), #text td").count())


def test_words_pointed_at_from_outside_are_scrolled_to(page: Page, site: Site, library: Library) -> None:
    entry = library.entry("magnesium-stress")
    for number in (5, 12, 33, 42):
        sent = quote_json("q1", Quote(library, entry.id, *(quotable_range(entry, number) or (0, 0)), "answer"), None)
        fragment = sent["fragment_url"].partition("#")[2]
        page.goto("about:blank")
        page.goto(f"{site.url}library/{entry.id}#{fragment}")
        expect(page.locator(f"#u{number}")).to_be_in_viewport()
        assert page.evaluate("scrollY") > 0


def test_without_scripts_a_unit_is_marked_all_the_same(browser: Browser, site: Site) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site.url}library/magnesium-stress#u12")
        unit = page.locator("#u12")
        expect(unit).to_be_in_viewport()
        expect(unit).to_have_css("background-color", "rgb(251, 233, 169)")


def test_axe_finds_nothing_wrong_with_a_page_and_the_policy_lets_its_data_stand(browser: Browser, site: Site) -> None:
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        with browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 568}) as context:
            page = context.new_page()
            faults = watched(page)
            page.goto(f"{site.url}library/magnesium-stress#u32")
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == 320
            assert page.evaluate("document.querySelector('[type$=ld\\\\+json]').textContent").startswith("{")
            page.set_viewport_size({"width": 1024, "height": 768})
            assert violations(page) == []
            assert faults == []


def test_the_citation_is_copied_with_its_address(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site.url}library/quendrite")
    page.get_by_role("button", name="Copy with citation").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("How does quendrite relate to soreness? — Review date not known.")
    assert copied.endswith(f" {site.url}library/quendrite")
