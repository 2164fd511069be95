"""Chat completions: the door for whatever speaks OpenAI's dialect. No language model stands behind it.

The conversation is the list of messages, and of it only the reader's own words count: what else a client sends, a
system's orders or what we are said to have said, is neither believed nor obeyed. The reply is the answer in Markdown;
`annotations` say where its quotations stand, and `assistant_answer` is the whole answer.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.answering.question import MAX_TURNS, checked_question
from assistant.answering.tokens import count_tokens
from assistant.errors import QuestionError
from assistant.serving.addresses import base_of
from assistant.serving.described import COMPLETIONS, MODELS
from assistant.serving.events import events_response
from assistant.serving.problems import problem
from assistant.serving.replay import Replay
from assistant.serving.service import Service
from assistant.serving.wire import Json
from assistant.serving.written import Written, write_answer

MODEL = "library"
_REFUSES = ("abstained", "redirected")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is read of a list of messages."""

    question: str
    before: tuple[str, ...]
    """The questions before it, oldest first, at most `MAX_TURNS`."""
    stream: bool
    include_usage: bool
    """Whether the stream is to end on a count of tokens."""


def read_conversation(document: object) -> Conversation:
    """Read a request.

    Returns:
        The last message of the user as the question, and those before it that could be asked. A message that could
        not, being too long, say, was refused when it was the last; it is no part of the conversation.

    Raises:
        QuestionError: it is not a request, or its last message of the user is not a question in words.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("messages"), list):
        raise QuestionError("messages: a list is needed, with at least one message of role user")
    asked = []
    for message in document["messages"]:
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise QuestionError("messages: each must be an object with a role")
        if message["role"] == "user":
            asked.append(message.get("content"))
    if not asked:
        raise QuestionError("messages: none is of role user")
    stream, options = document.get("stream"), document.get("stream_options")
    if not isinstance(stream, bool | None):
        raise QuestionError("stream: true or false is needed")
    before = [question for question in map(_question_in, asked[:-1]) if question]
    return Conversation(
        checked_question(_words_of(asked[-1])),
        tuple(before[-MAX_TURNS:]),
        bool(stream),
        isinstance(options, Mapping) and options.get("include_usage") is True,
    )


def completion(written: Written, asked: Sequence[str]) -> Json:
    """Return a written answer as a chat completion; `asked` are the questions that were read, for the count."""
    message = {
        "role": "assistant",
        "content": written.text,
        "refusal": _refusal(written),
        "annotations": _annotations(written),
    }
    return {
        **_envelope(written, "chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": _usage(written, asked),
        "assistant_answer": written.answer,
    }


def completion_chunks(written: Written, asked: Sequence[str] | None) -> Iterator[Json]:
    """Return a written answer in chunks, a quotation never parted; with a count at the end when `asked` is given."""
    envelope = _envelope(written, "chat.completion.chunk")

    def chunk(delta: Json, finish: str | None = None) -> Json:
        return {**envelope, "choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]}

    yield chunk({"role": "assistant", "content": ""})
    for block in written.blocks:
        yield chunk({"content": block})
    refusal = _refusal(written)
    yield chunk({"annotations": _annotations(written)} | ({"refusal": refusal} if refusal else {}))
    yield {**chunk({}, "stop"), "assistant_answer": written.answer}
    if asked is not None:
        yield {**envelope, "choices": [], "usage": _usage(written, asked)}


def add_completions(app: FastAPI, service: Service) -> None:
    """Add the door to an app."""
    replay = Replay()

    @app.post("/v1/chat/completions", summary="Ask in OpenAI's dialect", tags=["other dialects"], **COMPLETIONS)
    async def chat_completions(request: Request) -> Response:
        """Answer the last message of the user; every other parameter than `messages` and `stream` is ignored."""
        desk = service.ready()
        try:
            conversation = read_conversation(_document(await request.body()))
            base, asked = base_of(request), (*conversation.before, conversation.question)
            answer = await service.line.run(replay.answer, desk, asked)
        except QuestionError as error:
            return _refused(str(error))
        written = write_answer(answer, base)
        if not conversation.stream:
            return JSONResponse(completion(written, asked))
        chunks = completion_chunks(written, asked if conversation.include_usage else None)
        return events_response((("", chunk) for chunk in chunks), last="[DONE]")

    @app.get("/v1/models", summary="The one model there is: the library", tags=["other dialects"], **MODELS)
    async def models() -> Json:
        """List the name to ask for, for clients that need one; any other name is taken for it."""
        return {"object": "list", "data": [_model()]}

    @app.get("/v1/models/{name}", include_in_schema=False)
    async def model(name: str) -> Json:
        if name != MODEL:
            raise HTTPException(404, "No such model")
        return _model()


def _model() -> Json:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "assistant"}


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise QuestionError("the body is not JSON") from None


def _words_of(content: object) -> str:
    """Return the words of a message: a text, or a list of parts that are all texts.

    Raises:
        QuestionError: there are none, or something else stands among them; half a question is not answered.
    """
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise QuestionError("messages: the last of role user has no text")
    texts = [part.get("text") if isinstance(part, Mapping) and part.get("type") == "text" else None for part in content]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise QuestionError("messages: the last of role user holds something other than text; only text can be read")
    return "\n".join(str(text) for text in texts)


def _question_in(content: object) -> str:
    """Return an earlier question, or "" for what could not be asked."""
    try:
        return checked_question(_words_of(content))
    except QuestionError:
        return ""


def _refusal(written: Written) -> str | None:
    """Return the whole text again when the library does not answer: a client that shows this alone loses nothing."""
    return written.text if written.answer["status"] in _REFUSES else None


def _annotations(written: Written) -> list[Json]:
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": each.start,
                "end_index": each.end,
                "title": each.title,
                "url": each.url,
            },
        }
        for each in written.citations
    ]


def _envelope(written: Written, kind: str) -> Json:
    untimed = {name: value for name, value in written.answer.items() if name != "timings_ms"}
    digest = hashlib.sha256(json.dumps(untimed, sort_keys=True).encode()).hexdigest()
    return {
        "id": f"chatcmpl-{digest[:24]}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
        "system_fingerprint": written.answer["snapshot"],
    }


def _usage(written: Written, asked: Sequence[str]) -> Json:
    prompt, made = sum(map(count_tokens, asked)), count_tokens(written.text)
    return {"prompt_tokens": prompt, "completion_tokens": made, "total_tokens": prompt + made}


def _refused(detail: str) -> Response:
    """Return a problem document that OpenAI's clients understand too: it has their `error` beside."""
    document: Json = json.loads(bytes(problem(422, "The question cannot be answered", detail).body))
    error = {"message": detail, "type": "invalid_request_error", "param": None, "code": None}
    return JSONResponse({**document, "error": error}, 422, media_type="application/problem+json")
