"""Dialects: one answer in the shapes that other people's programs take, none of them able to lose the disclaimer.

Every one is a rendering of the same quotations; `copies` reads each of them back. Offsets are code points of the
entry's stored text, unless their name says UTF-16.
"""

from typing import Literal

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from assistant.answering.answer import Answer
from assistant.answering.quotes import Quote
from assistant.serving.addresses import base_of
from assistant.serving.asking import answer_to
from assistant.serving.described import DIALECTS
from assistant.serving.markdown import table_head
from assistant.serving.service import Service
from assistant.serving.wire import AskIn, Json, answer_json, page_url
from assistant.serving.written import write_answer

Dialect = Literal["markdown", "annotations", "search-results", "documents"]
_AROUND = 32
"""Code points on either side of a quotation that tell it from the same words elsewhere."""


def annotations(answer: Answer, base: str = "") -> Json:
    """Return an answer as Web Annotations: each quotation by its words and by its place.

    Source:
        Web Annotation Data Model, https://www.w3.org/TR/annotation-model/, 4.2.4 and 4.2.5.
    """
    wire = answer_json(answer)
    items = [
        {
            "id": f"urn:assistant:{answer.snapshot_id}:{shown['id']}",
            "type": "Annotation",
            "motivation": "identifying",
            "target": {"source": _source(quote, base), "selector": [_quote_selector(quote), _position_selector(quote)]},
        }
        for quote, shown in zip(answer.quotes, wire["quotes"], strict=True)
    ]
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "AnnotationPage",
        "items": items,
        "assistant_answer": wire,
    }


def search_results(answer: Answer, base: str = "") -> Json:
    """Return an answer as Anthropic's search results, and as text blocks that cite them, the disclaimer last.

    Source:
        https://docs.anthropic.com/en/docs/build-with-claude/search-results
    """
    results: list[Json] = []
    content = [_text(answer.notice.text)] if answer.notice else []
    for index, quote in enumerate(answer.quotes):
        title, source = quote.entry.title or quote.entry.id, _source(quote, base)
        head = [_text(table_head(quote.columns))] if quote.columns else []
        blocks = [*head, _text(quote.text)]
        results.append(
            {
                "type": "search_result",
                "source": source,
                "title": title,
                "content": blocks,
                "citations": {"enabled": True},
            }
        )
        heading = answer.label(quote) or (None if quote.role == "answer" else answer.notices.label(quote.role))
        citation = {
            "type": "search_result_location",
            "cited_text": quote.text,
            "source": source,
            "title": title,
            "search_result_index": index,
            "start_block_index": len(head),
            "end_block_index": len(blocks),
        }
        content += [*([_text(heading)] if heading else []), *head, {**_text(quote.text), "citations": [citation]}]
    content.append(_text(answer.disclaimer.text))
    return {"search_results": results, "content": content, "assistant_answer": answer_json(answer)}


def documents(answer: Answer, base: str = "") -> Json:
    """Return an answer as the documents of retrieval libraries, a notice being one too: silence must be seen.

    `page_content` and `metadata` are LangChain's names; each document's metadata holds the disclaimer.
    """
    wire = answer_json(answer)
    about = {"status": wire["status"], "reason": wire["reason"], "snapshot": wire["snapshot"]}
    about["disclaimer"] = wire["disclaimer"]["text"]
    made = []
    if wire["notice"]:
        made.append({"page_content": wire["notice"]["text"], "metadata": {"role": "notice", "id": "notice", **about}})
    for quote, shown in zip(answer.quotes, wire["quotes"], strict=True):
        rest = {name: value for name, value in shown.items() if name != "text"}
        made.append({"page_content": shown["text"], "metadata": {**rest, "source": _source(quote, base), **about}})
    return {"documents": made, "assistant_answer": wire}


def add_dialects(app: FastAPI, service: Service) -> None:
    """Add the door of every dialect to an app."""

    @app.post("/v1/ask/{dialect}", summary="Ask, and be answered in another shape", tags=["other dialects"], **DIALECTS)
    async def ask_in(dialect: Dialect, asked: AskIn, request: Request) -> Response:
        """Answer as `POST /v1/ask` does; the JSON shapes hold that answer whole as `assistant_answer`."""
        desk, base = service.ready(), base_of(request)
        answer = await service.line.run(answer_to, asked, desk)
        if dialect == "markdown":
            return Response(write_answer(answer, base).text, media_type="text/markdown")
        shapes = {"annotations": annotations, "search-results": search_results, "documents": documents}
        return JSONResponse(shapes[dialect](answer, base))


def _source(quote: Quote, base: str) -> str:
    page = page_url(quote.entry)
    return page if quote.entry.url else f"{base}{page}"


def _quote_selector(quote: Quote) -> Json:
    """Return a selector by words; what stands around them is left out where it is front matter, which is not shown."""
    text, units = quote.entry.text, quote.entry.units
    shown = max((unit.span.end for unit in units[: quote.first] if unit.kind == "metadata"), default=0)
    hidden = min((unit.span.start for unit in units[quote.last :] if unit.kind == "metadata"), default=len(text))
    return {
        "type": "TextQuoteSelector",
        "exact": quote.text,
        "prefix": text[max(shown, quote.start - _AROUND) : quote.start],
        "suffix": text[quote.end : min(hidden, quote.end + _AROUND)],
    }


def _position_selector(quote: Quote) -> Json:
    before = _utf16_length(quote.entry.text[: quote.start])
    return {
        "type": "TextPositionSelector",
        "start": quote.start,
        "end": quote.end,
        "utf16_start": before,
        "utf16_end": before + _utf16_length(quote.text),
    }


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _text(text: str) -> Json:
    return {"type": "text", "text": text}
