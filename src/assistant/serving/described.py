"""How the description of the interface (`/openapi.json`) tells of the doors that read their bodies themselves."""

from typing import Any

Described = dict[str, Any]


def problems(**titles: str) -> dict[int | str, dict[str, Any]]:
    """Describe the problem documents a door may answer with, each given as `status_422="its title"`."""
    return {
        int(name.removeprefix("status_")): {
            "description": title,
            "content": {
                "application/problem+json": {
                    "example": {"type": "about:blank", "title": title, "status": int(name.removeprefix("status_"))}
                }
            },
        }
        for name, title in titles.items()
    }


def body(kinds: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Describe a body that a door reads itself: by its media type, a schema and an example."""
    content = {kind: {"schema": schema, "example": example} for kind, (schema, example) in kinds.items()}
    return {"requestBody": {"required": True, "content": content}}


ANSWER: Described = {
    "status": "answered",
    "reason": None,
    "question": {
        "text": "Which foods are rich in magnesium?",
        "read_as": "Which foods are rich in magnesium?",
        "subjects": ["magnesium"],
        "carried_over": [],
        "corrections": [],
    },
    "notice": None,
    "quotes": [
        {
            "id": "q1",
            "role": "answer",
            "label": None,
            "text": "…",
            "entry": {
                "id": "magnesium-stress",
                "title": "…",
                "url": "https://…",
                "last_reviewed": "2026-04-29",
                "confidence": "moderate",
                "subjects": ["magnesium", "stress"],
                "provenance": "publisher",
            },
            "section": "dose",
            "units": [14, 14],
            "start": 2540,
            "end": 2685,
            "sha256": "…",
            "table": None,
            "sources": [{"label": "Pickering 2020", "pmid": "33260549", "url": "https://…"}],
            "url": "/library/magnesium-stress#u14",
            "fragment_url": "https://…#:~:text=…",
        }
    ],
    "nearest": [],
    "disclaimer": {"id": "not-personal-advice", "version": 1, "text": "…", "sha256": "…"},
    "snapshot": "…",
    "degraded": False,
    "timings_ms": {"total": 12.1, "encode": 2.9, "search": 5.2, "select": 1.3},
}
"""An answer, as an example: its words are left out."""
RECEIPT: Described = {
    "snapshot": "…",
    "then": {"snapshot": "…", "held": "on disk"},
    "results": [
        {
            "id": "q1",
            "outcome": "moved",
            "entry": "magnesium-stress",
            "units": [15, 15],
            "start": 2601,
            "end": 2746,
            "then": "found",
        }
    ],
}
"""What became of its quotation, as an example."""
_MESSAGES = {
    "type": "object",
    "required": ["messages"],
    "properties": {
        "model": {"type": "string"},
        "messages": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["role"],
                "properties": {
                    "role": {"type": "string"},
                    "content": {
                        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}, {"type": "null"}]
                    },
                },
            },
        },
        "stream": {"type": ["boolean", "null"]},
    },
}
_REPLY = {
    "id": "chatcmpl-…",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "library",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {
                "role": "assistant",
                "content": "> …\n\n[1] [Title](https://…) · dose · reviewed 2026-04-29 · confidence moderate\n\n…",
                "refusal": None,
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {"start_index": 0, "end_index": 3, "title": "Title", "url": "https://…"},
                    }
                ],
            },
        }
    ],
    "assistant_answer": {"status": "answered", "quotes": [], "disclaimer": {}},
}
COMPLETIONS: Described = {
    "openapi_extra": body(
        {
            "application/json": (
                _MESSAGES,
                {
                    "model": "library",
                    "messages": [{"role": "user", "content": "Which foods are rich in magnesium?"}],
                    "stream": False,
                },
            )
        }
    ),
    "responses": {
        200: {
            "description": "A chat completion, or with `stream` its chunks as server-sent events",
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": _REPLY},
                "text/event-stream": {"schema": {"type": "string"}, "example": "data: {…}\n\ndata: [DONE]\n\n"},
            },
        },
        **problems(
            status_413="The request is too large", status_422="The question cannot be answered", status_503="Not ready"
        ),
    },
}
MODELS: Described = {
    "responses": {
        200: {
            "description": "The models",
            "content": {
                "application/json": {
                    "example": {
                        "object": "list",
                        "data": [{"id": "library", "object": "model", "created": 0, "owned_by": "assistant"}],
                    }
                }
            },
        }
    }
}
DIALECTS: Described = {
    "responses": {
        200: {
            "description": "The answer: Markdown, Web Annotations, search results and text blocks, or documents",
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": {"items": [], "assistant_answer": {}}},
                "text/markdown": {"schema": {"type": "string"}, "example": "> …"},
            },
        },
        **problems(
            status_413="The request is too large", status_422="The request cannot be read", status_503="Not ready"
        ),
    }
}
