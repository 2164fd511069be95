"""Rates: what one client may ask, counted without keeping who it is, in memory and in a real Redis."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from assistant.errors import SettingsError
from assistant.serving.rates import Allowance, Rates
from assistant.settings import Settings

ADDRESS = "198.51.100.7"


def counted(settings: Settings, *addresses: str) -> list[Allowance]:
    """Count one request of each address in turn."""

    async def count() -> list[Allowance]:
        rates = Rates(settings)
        try:
            return [await rates.count(address) for address in addresses]
        finally:
            await rates.close()

    return asyncio.run(count())


def test_the_limit_is_kept_to_and_told_as_the_draft_says() -> None:
    told = counted(Settings(rate="3/minute"), *[ADDRESS] * 4)
    assert [each.allowed for each in told] == [True, True, True, False]
    assert {each.policy for each in told} == {'"default";q=3;w=60'}
    assert [each.left.split(";")[1] for each in told] == ["r=2", "r=1", "r=0", "r=0"]
    assert 1 <= told[-1].retry_after <= 120


def test_clients_are_told_apart_by_address_and_an_ipv6_customer_by_its_network() -> None:
    addresses = (
        "192.0.2.1",
        "192.0.2.2",
        "2001:db8::1",
        "2001:db8::ffff",
        "2001:db8:0:1::1",
        "::ffff:192.0.2.1",
        "",
        "x",
    )
    told = [each.allowed for each in counted(Settings(rate="1/minute"), *addresses)]
    assert told == [True, True, True, False, True, False, True, False]


def test_by_default_loopback_asks_as_it_likes_and_nobody_is_refused_what_could_be_answered() -> None:
    assert all(each.allowed for each in counted(Settings(), *["127.0.0.1", "::1"] * 5_000))
    assert all(each.allowed for each in counted(Settings(), *[ADDRESS] * 6_000))
    assert not all(each.allowed for each in counted(Settings(), *[ADDRESS] * 6_200))


def test_a_limit_that_is_set_is_loopbacks_too() -> None:
    assert [each.allowed for each in counted(Settings(rate="1/minute"), "127.0.0.1", "127.0.0.1")] == [True, False]


def test_no_address_is_kept() -> None:
    async def count() -> Rates:
        rates = Rates(Settings(rate="9/minute"))
        await rates.count(ADDRESS)
        return rates

    rates = asyncio.run(count())
    kept = repr(vars(rates._memory.storage))
    assert "/9/" in kept.replace(":", "/") or "9" in kept
    assert ADDRESS not in kept
    assert ADDRESS.replace(".", "") not in kept


@pytest.mark.parametrize("rate", ["many", "0/minute", "-1/minute", "5/fortnight", "5"])
def test_a_limit_that_is_none_is_named(rate: str) -> None:
    with pytest.raises(SettingsError, match="ASSISTANT_RATE"):
        Rates(Settings(rate=rate))


def test_a_store_that_is_none_is_refused_without_showing_its_password() -> None:
    with pytest.raises(SettingsError, match="ASSISTANT_RATE_STORE") as raised:
        Rates(Settings(rate_store="mongodb://user:secret@host"))
    assert "secret" not in str(raised.value)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis on loopback."""
    pytest.importorskip(
        "redis", reason="the package redis is not installed; it is needed for ASSISTANT_RATE_STORE only"
    )
    if (command := shutil.which("redis-server")) is None:
        pytest.skip("no redis-server on this machine; install it to count over several processes")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(
        [command, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def test_two_processes_count_together_in_redis_when_they_share_a_key(redis: str) -> None:
    shared = Settings(rate="2/minute", rate_store=redis, rate_key="a shared key")
    assert [each.allowed for each in counted(shared, ADDRESS)] == [True]
    assert [each.allowed for each in counted(shared, ADDRESS, ADDRESS)] == [True, False]
    other = Settings(rate="2/minute", rate_store=redis, rate_key="another key")
    assert [each.allowed for each in counted(other, ADDRESS)] == [True]


def test_no_address_stands_in_redis(redis: str) -> None:
    import redis as client

    counted(Settings(rate="2/minute", rate_store=redis, rate_key="k"), ADDRESS)
    with client.Redis.from_url(redis) as connection:
        keys = connection.keys("*")
    assert keys
    assert not any(ADDRESS.encode() in key for key in keys)


def test_when_redis_is_away_requests_are_counted_in_memory(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip(
        "redis", reason="the package redis is not installed; it is needed for ASSISTANT_RATE_STORE only"
    )
    away = Settings(rate="2/minute", rate_store="redis://127.0.0.1:1")
    told = counted(away, ADDRESS, ADDRESS, ADDRESS)
    assert [each.allowed for each in told] == [True, True, False]
    assert "the rate store failed" in caplog.text
    assert ADDRESS not in caplog.text
