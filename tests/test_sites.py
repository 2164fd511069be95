"""Allowed sites: exact origins in one setting, to frame the widget and to call the interface, and no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assistant.errors import SettingsError
from assistant.serving.app import create_app
from assistant.settings import Settings, settings_from

SITES = ("https://www.example.org", "http://localhost:8080")
STRANGERS = (
    "https://example.org",
    "https://www.example.org.elsewhere.example",
    "https://www.example.org:8443",
    "http://www.example.org",
    "https://WWW.example.org",
    "https://www.example.org/",
    "null",
    "*",
    "",
)


@pytest.fixture(scope="module")
def client(index: Path) -> Iterator[TestClient]:
    """The service with two allowed sites, in process."""
    app = create_app(Settings(index=index, sites=SITES))
    app.state.service.load()
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("value", ["", " \n", "https://a.example", "  https://a.example\n https://b.example:8443 "])
def test_sites_are_read_from_one_setting(value: str) -> None:
    assert settings_from({"ASSISTANT_SITES": value}).sites == tuple(value.split())
    assert settings_from({"ASSISTANT_SITES": f"{value} {value}"}).sites == tuple(value.split())


@pytest.mark.parametrize(
    "bad",
    [
        *("*", "null", "'self'", "https:", "https://", "https://*.example.org", "www.example.org", "//example.org"),
        *(
            "http://www.example.org",
            "https://www.example.org/",
            "https://www.example.org/page",
            "https://a.example:443",
        ),
        *("https://Example.org", "https://user@example.org", "https://a.example,https://b.example", "data:text/html,x"),
        *("https://a.example;script-src", "https://é.example", "http://localhost:80", "https://a.example:99999999"),
        *("https://a..example", "javascript:alert(1)", "x" * 500),
    ],
)
def test_whatever_is_not_an_exact_origin_is_refused_by_name(bad: str) -> None:
    with pytest.raises(SettingsError, match="ASSISTANT_SITES holds ") as error:
        settings_from({"ASSISTANT_SITES": f"https://good.example {bad}"})
    assert repr(bad[:80]) in str(error.value)
    assert "\n" not in str(error.value)


def test_only_the_widgets_frame_may_be_framed_and_only_by_the_sites(client: TestClient) -> None:
    policy = client.get("/widget").headers["content-security-policy"]
    assert "frame-ancestors 'self' https://www.example.org http://localhost:8080;" in policy
    for path in ("/", "/library/velorin", "/llms.txt", "/widget.js", "/v1/entries", "/static/frame.js", "/nowhere"):
        assert "frame-ancestors 'self';" in client.get(path).headers["content-security-policy"]


@pytest.mark.parametrize("origin", SITES)
def test_an_allowed_site_may_read_answers_and_gets_no_credentials(client: TestClient, origin: str) -> None:
    asked = client.post("/v1/ask", json={"question": "Does velorin help attention?"}, headers={"Origin": origin})
    refused = client.post("/v1/ask", json={}, headers={"Origin": origin})
    before = client.options("/v1/ask", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert [asked.status_code, refused.status_code, before.status_code] == [200, 422, 204]
    for response in (asked, refused, before):
        assert response.headers["access-control-allow-origin"] == origin
        assert "Origin" in response.headers["vary"]
        assert "access-control-allow-credentials" not in response.headers
    assert before.headers["access-control-allow-methods"] == "GET, POST"
    assert before.headers["access-control-allow-headers"] == "Accept, Authorization, Content-Type"


@pytest.mark.parametrize("origin", STRANGERS)
def test_no_other_origin_is_allowed_anything(client: TestClient, origin: str) -> None:
    before = client.options("/v1/ask", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert before.status_code == 403
    assert before.headers["content-type"] == "application/problem+json"
    assert "default-src 'none'" in before.headers["content-security-policy"]
    for response in (before, client.get("/v1/entries", headers={"Origin": origin})):
        assert not [name for name in response.headers if name.startswith("access-control")]
        assert "Origin" in response.headers["vary"]


def test_pages_are_for_no_other_origin_to_read(client: TestClient) -> None:
    for path in ("/", "/widget", "/library/velorin", "/static/chat.js", "/livez"):
        response = client.get(path, headers={"Origin": SITES[0]})
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_without_the_setting_only_our_own_pages_may_frame_the_widget(index: Path) -> None:
    app = create_app(Settings(index=index))
    with TestClient(app) as client:
        assert "frame-ancestors 'self';" in client.get("/widget").headers["content-security-policy"]
        assert "access-control-allow-origin" not in client.get("/livez", headers={"Origin": SITES[0]}).headers
