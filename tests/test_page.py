"""The chat page in a real browser, from the real service: what it shows and what it refuses to show."""

import json

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browsing import DISCLAIMER, Json, Reply, Site, answer, ask, notice, quote, streamed, violations

pytest_plugins = ("tests.opening",)

EMERGENCY = notice("Call 999 now.", "redirected", "emergency")
LONG = [quote(f"Sentence {n} of a long answer. " * 12) for n in range(9)]
MODULES = ("answer", "asking", "chat", "elements", "feedback", "quotation", "words")
REFUSALS = [
    (422, "Too long Use fewer words."),
    (429, "Too many questions are waiting. Try again in 7 s."),
    (503, "is not ready"),
    (0, "You are offline"),
]


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
    here = f"{site.url}library/e1#u0"
    followed = ["https://library.example/s", good, *[here] * 5]
    assert links == [[url, "noopener noreferrer"] for url in followed]


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
    expect(first).to_contain_text("Section: Misconceptions · Last reviewed 29 April 2026 · Confidence: moderate")
    expect(page.locator("h3")).to_have_text(["What limits this", "Caution", "The nearest the library says"])
    expect(last).to_contain_text("Review date not known · Confidence not stated · Sample entry, not by the publisher")


def test_nothing_is_fetched_from_another_host_and_nothing_is_kept(page: Page, site: Site) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.reload()
    ask(page, site, answer(quote("A.")))
    paths = {url.removeprefix(site.url) for url in fetched if not url.startswith("data:")}
    modules = {f"static/{name}.js" for name in MODULES}
    assert paths == {"", "static/theme.css", "static/chat.css", "v1/ask", *modules}
    assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length + location.search") == "00"
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0
    assert page.context.cookies() == []


def test_the_chat_and_the_widget_weigh_no_more_than_20_kilobytes_on_the_wire(site: Site) -> None:
    names = ["widget", "widget.js", "static/theme.css", "static/chat.css", "static/frame.js"]
    names += [f"static/{name}.js" for name in MODULES]
    with httpx.Client(base_url=site.url) as client:
        sizes = {name: client.get(name).num_bytes_downloaded for name in names}
    assert sum(sizes.values()) <= 20_000, sizes  # bytes


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
    source = "How do stress and magnesium interact? — Section: Amounts and sources. "
    source += "Last reviewed 29 April 2026. Confidence: moderate.\nhttps://library.example/s"
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


def test_quotations_appear_as_they_arrive_and_are_said_once_at_the_end(page: Page, site: Site) -> None:
    site.replies["How much?"] = streamed(answer(quote("First."), quote("Second.", role="caution")))
    page.get_by_label("Your question").fill("How much?")
    page.keyboard.press("Enter")
    expect(page.locator("blockquote")).to_have_text(["First."])
    assert page.locator("[role=status]").inner_text() == ""
    assert page.locator("article").get_attribute("aria-busy") == "true"
    site.gate.set()
    expect(page.locator("blockquote")).to_have_text(["First.", "Second."])
    expect(page.locator("[role=status]")).to_have_text("Answer: 2 quotations.")
    expect(page.locator("[aria-busy]")).to_have_count(0)


@pytest.mark.parametrize("lost", ["the end", "half a quotation", "all but the disclaimer"])
def test_an_answer_that_was_cut_off_is_not_shown_in_part(page: Page, site: Site, lost: str) -> None:
    _, pieces = streamed(answer(quote("400 mg/day."), quote("Not anchored.", role="qualifier")))
    kept = {
        "the end": pieces[:-1],
        "half a quotation": [*pieces[:2], pieces[2][:60]],
        "all but the disclaimer": pieces[:1],
    }
    site.gate.set()
    ask(page, site, (200, kept[lost]))
    expect(page.locator(".failure")).to_contain_text("The answer did not arrive whole")
    expect(page.locator("blockquote")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_have_value("How much magnesium?")


def test_a_streamed_quotation_that_is_not_the_librarys_takes_those_before_it_away(page: Page, site: Site) -> None:
    site.gate.set()
    bad = quote("Not in the library.", role="qualifier", sha256="0" * 64)
    ask(page, site, streamed(answer(quote("400 mg/day."), bad, quote("Nor this."))))
    expect(page.locator("blockquote")).to_have_count(0)
    expect(page.locator("article .notice")).to_contain_text("does not match the library’s own text")


def test_the_service_itself_is_asked_and_its_words_are_opened_in_the_library(page: Page, site: Site) -> None:
    ask(page, site, None, "Which foods are rich in magnesium?")
    said = page.locator("blockquote").first.inner_text()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Read it in the library").first.click()
    marked = opened.value.locator("mark")
    expect(marked).to_have_text([said])
    expect(marked).to_be_in_viewport()


def test_first_questions_are_the_librarys_titles_and_are_answered(page: Page, site: Site) -> None:
    expect(page.locator("#suggestions button")).to_have_count(3)
    first = page.locator("#suggestions button").first
    title = first.inner_text()
    first.click()
    expect(page.locator("figure[data-role=answer] .place").first).to_contain_text(title)
    expect(page.locator("#welcome")).to_be_hidden()
    expect(page.get_by_label("Your question")).to_be_focused()


def test_starting_again_forgets_the_conversation(page: Page, site: Site) -> None:
    ask(page, site, answer(quote("A.")))
    page.get_by_role("button", name="Start again").click()
    expect(page.locator("article")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()
    ask(page, site, answer(quote("B.")), "And this?")
    assert site.asked[-1]["turns"] == []


def test_feedback_names_the_words_shown_and_never_the_question(page: Page, site: Site) -> None:
    site.feedback_status = 204
    ask(
        page,
        site,
        answer(quote("400 mg/day."), question={"text": "How much zanzibarquince?"}),
        "How much zanzibarquince?",
    )
    page.get_by_role("button", name="Something is wrong").click()
    expect(page.locator(".feedback")).to_have_text("Thank you. Your question was not sent with this.")
    shown = [{"entry": "e1", "start": 0, "end": 11}]
    assert site.feedback == [
        {"verdict": "wrong", "snapshot": "s", "status": "answered", "reason": None, "quotes": shown}
    ]


def test_the_service_takes_feedback_on_its_own_answers(page: Page, site: Site) -> None:
    page.get_by_role("textbox").fill("Which foods are rich in magnesium?")
    page.keyboard.press("Enter")
    with page.expect_response("**/v1/feedback") as taken:
        page.get_by_role("button", name="Something is wrong").click()
    assert taken.value.status == 204
    expect(page.locator(".feedback")).to_have_text("Thank you. Your question was not sent with this.")


def test_where_nobody_takes_feedback_its_buttons_go_without_a_word(page: Page, site: Site) -> None:
    site.feedback_status = 404
    ask(page, site, answer(quote("A.")))
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.locator(".feedback")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()
    ask(page, site, answer(quote("B.")), "And this?")
    expect(page.locator(".feedback, .failure")).to_have_count(0)


STATES: dict[str, Reply] = {
    "answered": answer(*(quote("It is.", role=role) for role in ("answer", "qualifier", "caution"))),
    "a misconception": answer(quote("Claim: it is. It is not.", label="A misconception", section="myths")),
    "a table": answer(quote("| a | b |", table={"columns": ["A", "B"], "cells": ["a", "b"]})),
    "carried over": answer(quote("It is."), question={"carried_over": ["magnesium"], "read_as": "magnesium: is it"}),
    "clarify": answer(question={"subjects": ["zinc", "iron"]}, **notice("Which?", "clarify", "ambiguous_subject")),
    "nearest": answer(
        quote("It is.", role="nearest"),
        nearest=[{"entry": "e1", "section": "dose", "title": "T"}],
        **notice("The library does not state this.", "nearest", "nearest"),
    ),
    "abstained": answer(**notice("The library does not state this.", "abstained", "not_in_library")),
    "emergency": answer(**EMERGENCY),
    "withheld": answer(quote("It is.", sha256="0" * 64)),
    "degraded": answer(quote("It is."), degraded=True),
    "refused": (422, {"title": "Too long", "detail": "Use fewer words."}),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_any_state_and_nothing_shifts(page: Page, site: Site, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.reload()
    page.evaluate(WATCH_SHIFTS)
    assert violations(page) == []
    for state, reply in STATES.items():
        ask(page, site, reply, f"What of {state}?")
    assert violations(page) == []  # each stands under the one before
    assert page.evaluate("window.shifts") == []


WATCH_SHIFTS = """() => { window.shifts = []; new PerformanceObserver((list) => shifts.push(
    ...list.getEntries().map((e) => [e.value, e.sources.map((s) => s.node?.outerHTML?.slice(0, 200))])
)).observe({type: 'layout-shift', buffered: true}) }"""


def test_all_can_be_done_with_the_keyboard_alone(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    site.feedback_status = 204
    read = {"text": "And?", "read_as": "magnesium: and", "carried_over": ["magnesium"]}
    sources = [{"label": "Study", "pmid": "1", "url": "https://pubmed.ncbi.nlm.nih.gov/1/"}]
    site.replies["And?"] = answer(quote("A.", sources=sources), question=read)
    page.get_by_label("Your question").focus()
    page.keyboard.type("And?")
    page.keyboard.press("Enter")
    expect(page.locator("figure")).to_have_count(1)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.locator("h1").click()
    met = []
    for _ in range(11):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.innerText"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", met[-1]
        expect(page.locator(":focus")).to_be_in_viewport(ratio=0.9)
        if met[-1] == "Copy with citation":
            page.keyboard.press("Enter")
            expect(page.locator(":focus")).to_have_text("Copied")
    wanted = ["Start again", "Drop magnesium", "How do stress and magnesium interact?", "Study (PMID 1)"]
    wanted += ["Read it in the library", "Copy with citation", "Yes", "No", "Something is wrong", "", "Ask"]
    assert [each.removesuffix("\n(opens in a new tab)") for each in met] == wanted


@pytest.mark.parametrize("size", [(320, 568), (512, 384), (256, 160)], ids=["phone", "200 %", "400 %"])
def test_nothing_is_cut_off_on_a_small_or_enlarged_page(page: Page, site: Site, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    row = {"columns": ["Interaction", "Guidance"], "cells": ["Magnesium", "Trial 8-12 weeks"]}
    ask(page, site, answer(*LONG[:2], quote("| Magnesium | Trial 8-12 weeks |", table=row)))
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.get_by_role("button", name="Something is wrong").scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Something is wrong")).to_be_in_viewport(ratio=1)


def test_roles_are_told_apart_where_colours_are_forced(page: Page, site: Site) -> None:
    page.emulate_media(forced_colors="active")
    ask(page, site, answer(**EMERGENCY))
    assert page.locator(".urgent").evaluate("e => getComputedStyle(e).borderTopWidth") == "3px"
    ask(page, site, answer(quote("A.", role="caution")), "And?")
    assert page.locator("figure").evaluate("e => getComputedStyle(e).borderInlineStartWidth") == "4px"
