"""Generated cases: whatever an OpenAPI document allows and forbids, sent to each operation of an app (schemathesis)."""

import contextlib
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode


def press_http(app: FastAPI, cases: int) -> dict[str, Any]:
    """Send so many generated cases to each operation of an app; return how many of each went wrong and how.

    A case is wrong that is answered with a 5xx, with a status or a body that the document does not describe, or with a
    trace or the question in a problem.
    """
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    statuses: dict[str, Counter[int]] = {}
    wrong: list[str] = []
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # our own document is sound, or this raises
        name = f"{operation.method.upper()} {operation.path}"
        met = statuses.setdefault(name, Counter())

        for mode, share in ((GenerationMode.POSITIVE, 2), (GenerationMode.NEGATIVE, 2)):
            strategy = operation.as_strategy(generation_mode=mode)
            checks = list(HealthCheck)
            limits = settings(max_examples=cases // share, deadline=None, database=None, suppress_health_check=checks)
            with contextlib.suppress(Unsatisfiable):  # without parameters nothing can be wrong about them
                limits(given(case=strategy)(_sending(name, met, wrong)))()
    return {
        "operations": len(statuses),
        "cases": {name: sum(met.values()) for name, met in statuses.items()},
        "statuses": {name: {str(status): count for status, count in met.items()} for name, met in statuses.items()},
        "wrong": wrong,
    }


def _sending(name: str, met: Counter[int], wrong: list[str]) -> Callable[[Any], None]:
    def send(case: Any) -> None:  # noqa: ANN401  schemathesis' own
        response = case.call()
        met[response.status_code] += 1
        if (fault := _fault_of(response.status_code, response.headers, response.text)) and len(wrong) < 20:
            wrong.append(f"{name}: {fault}: {case.as_curl_command()[:300]}")

    return send


def _fault_of(status: int, headers: Any, text: str) -> str:  # noqa: ANN401  of several clients
    kind = str(headers.get("content-type", headers.get("Content-Type", "")))
    if status >= 500:
        return f"{status}"
    if "Traceback" in text:
        return "a trace"
    if status >= 400 and "application/problem+json" not in kind:
        return f"{status} is {kind}, no problem document"
    if status >= 400 and json.loads(text)["status"] != status:
        return f"{status} says otherwise"
    return ""
