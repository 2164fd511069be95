"""Hostile text in a real browser: whatever a quotation, a title, a citation, an address or a question holds is text.

The policy that would stop a script is left out here, so that the page itself is tested and not what stands behind it.
"""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Browser, Page
from tests.browsing import Json, Site, answer, notice, quote

from assistant.serving.shell import chat_page, frame_page

pytest_plugins = ("tests.opening",)

RUN = "window.ran=1"
ELSEWHERE = "https://elsewhere.example"
TAGS = (
    *(
        "img",
        "svg",
        "video",
        "audio",
        "iframe",
        "object",
        "embed",
        "body",
        "input",
        "details",
        "marquee",
        "math",
        "form",
    ),
    *("link", "base", "meta", "style", "script", "template", "button", "select", "textarea", "a", "x-own", "frameset"),
)
EVENTS = ("onerror", "onload", "onfocus", "onclick", "onmouseover", "ontoggle", "onanimationend", "onpointerenter")
ESCAPES = (
    "",
    '">',
    "'>",
    "-->",
    "</title>",
    "</textarea>",
    "</style>",
    "</script>",
    "]]>",
    "</blockquote></figure>",
    "\\",
)
SCHEMES = (
    *(
        "javascript:{}",
        "JaVaScRiPt:{}",
        "java\tscript:{}",
        " javascript:{}",
        "\x01javascript:{}",
        "javascript&colon;{}",
    ),
    *("data:text/html,<script>{}</script>", "vbscript:{}", "blob:{}", "view-source:{}", "//elsewhere.example/{}"),
    *(
        "https://pubmed.ncbi.nlm.nih.gov@elsewhere.example/{}",
        "https:elsewhere.example/{}",
        "\\\\elsewhere.example\\{}",
    ),
)
WHOLE = (
    f"<script>{RUN}</script>",
    f"<svg><script>{RUN}</script></svg>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<math><mtext><table><mglyph><style><!--</style><img src=x onerror={RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<template shadowrootmode=open><script>{RUN}</script></template>",
    f"${{{RUN}}}{{{{constructor.constructor('{RUN}')()}}}}",
    f"&lt;img src=x onerror={RUN}&gt;&#60;script&#62;{RUN}&#60;/script&#62;",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e%3Cscript%3E{RUN}%3C/script%3E",
    f"<style>@import '{ELSEWHERE}/a.css'; * {{ background: url({ELSEWHERE}/b) }}</style>",
    f"<link rel=stylesheet href={ELSEWHERE}><link rel=preload as=image href={ELSEWHERE}>",
    f"<meta http-equiv=refresh content='0;url={ELSEWHERE}'><base href={ELSEWHERE}>",
    f"![x]({ELSEWHERE}/x.png) [x](javascript:{RUN}) <{ELSEWHERE}>",
    f"= 1 + cmd|' /C calc'!A0 \u202e{RUN}\u202c \u0000\ufeff<img src=x onerror={RUN}>",
    f"event: done\ndata: {{}}\n\n<img src=x onerror={RUN}>",
    "__proto__",
    "constructor",
    "{name}{date}{level}{section}",
)
PAYLOADS = tuple(
    dict.fromkeys(
        [
            *WHOLE,
            *(f"<{tag} {event}={RUN} src=x href=x data=x autofocus open>" for tag in TAGS for event in EVENTS),
            *(f"{escape}<img src={ELSEWHERE}/{n} onerror={RUN}>" for n, escape in enumerate(ESCAPES)),
            *(f'<a href="{scheme.format(RUN)}" id=status name=question>x</a>' for scheme in SCHEMES),
            *(scheme.format(RUN) for scheme in SCHEMES),
            *(f"<{tag}/{ESCAPES[n % len(ESCAPES)]}\n{EVENTS[n % 8]}\n=\n'{RUN}'//" for n, tag in enumerate(TAGS)),
            *(f"{escape}<svg/onload={RUN}><{tag}>" for escape in ESCAPES for tag in TAGS[:4]),
        ]
    )
)
MADE = {*("article", "h2", "h3", "p", "div", "ul", "li", "span", "figure", "figcaption", "blockquote", "a", "button")}
"""All that the page ever makes of an answer without a table."""
BATCH = 40
"""Quotations in one answer."""


@pytest.fixture
def bare(browser: Browser, site: Site) -> Iterator[Page]:
    """The page without its policy."""
    with browser.new_context(bypass_csp=True, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(site.url)
        yield page


def holding(bad: str) -> Json:
    """A quotation that holds a text wherever a text can be."""
    entry: Json = {"id": bad, "title": bad, "subjects": [bad], "confidence": bad, "last_reviewed": bad, "url": bad}
    source = {"label": bad, "pmid": bad, "url": bad}
    return quote(bad, label=bad, entry=entry, section=bad, sources=[source], url=bad, fragment_url=bad)


def test_300_hostile_texts_in_five_fields_stay_text(bare: Page, site: Site) -> None:
    assert len(PAYLOADS) >= 300
    requested: list[str] = []
    bare.on("request", lambda request: requested.append(request.url))
    questions = [bad for bad in PAYLOADS if bad.strip()]
    for start in range(0, len(PAYLOADS), BATCH):
        batch = list(PAYLOADS[start : start + BATCH])
        question: Json = {"read_as": batch[0], "carried_over": batch, "subjects": batch}
        where = [{"entry": bad, "section": bad, "title": bad} for bad in batch]
        said = notice(batch[0], "clarify", batch[0])
        site.replies["?"] = answer(*(holding(bad) for bad in batch), question=question, nearest=where, **said)
        bare.evaluate(ASK, ["?"])
        article = bare.locator("article").last
        assert article.locator("blockquote").evaluate_all("all => all.map(e => e.textContent)") == batch
        places = article.locator(".place").evaluate_all("all => all.map(e => e.firstChild.firstChild.data)")
        assert places == batch
        labels = article.locator(".label").evaluate_all("all => all.map(e => e.textContent)")
        assert labels == batch
        studies = article.locator("figcaption p:nth-child(3)").evaluate_all("all => all.map(e => e.textContent)")
        assert all(bad in study for bad, study in zip(batch, studies, strict=True))
        check_traces(bare, site)
        bare.get_by_role("button", name="Start again").click()
    site.replies |= {bad.strip(): answer(quote("A.")) for bad in questions}
    for start in range(0, len(questions), BATCH):
        batch = [bad.strip() for bad in questions[start : start + BATCH]]
        assert bare.evaluate(ASK, batch) == batch
        check_traces(bare, site)
        bare.get_by_role("button", name="Start again").click()
    assert {url.removeprefix(site.url) for url in requested} == {"v1/ask"}


def check_traces(page: Page, site: Site) -> None:
    """Nothing ran, nothing was made that the page does not make, and no link leads to anything but a page."""
    assert page.evaluate("window.ran") is None
    assert set(page.evaluate("[...document.querySelectorAll('#log *')].map(e => e.localName)")) <= MADE
    led = page.evaluate("[...document.querySelectorAll('#log a')].map(a => a.href)")
    assert [url for url in led if not url.startswith((site.url, "https:"))] == []


def test_a_row_and_its_columns_stay_text(bare: Page, site: Site) -> None:
    row = [bad for bad in PAYLOADS[:60] if "|" not in bad and bad == bad.strip()]
    site.replies["?"] = answer(quote(f"| {' | '.join(row)} |", table={"columns": row, "cells": row}))
    bare.evaluate(ASK, ["?"])
    for part in ("th", "td"):
        assert bare.locator(part).evaluate_all("all => all.map(e => e.textContent)") == row
    assert bare.evaluate("window.ran") is None


@pytest.mark.parametrize("make", [lambda bad: chat_page(bad, [bad]), lambda bad: frame_page(bad, [bad], [bad])])
def test_what_is_filled_into_the_page_beforehand_stays_text(make: Callable[[str], str]) -> None:
    clean = elements_of(make("x"))
    assert [bad for bad in PAYLOADS if elements_of(make(bad)) != clean] == []


def elements_of(html: str) -> list[str]:
    """The names of a page's elements, in order."""

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)

    found: list[str] = []
    Reader().feed(html)
    return found


ASK = """async (questions) => {
  const heads = [];
  for (const question of questions) {
    document.getElementById('question').value = question;
    document.getElementById('ask').requestSubmit();
    while (document.querySelector('[aria-busy]')) await new Promise((done) => setTimeout(done));
    heads.push([...document.querySelectorAll('article h2')].at(-1).textContent);
  }
  return heads;
}"""
