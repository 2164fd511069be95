"""Scale on paper: the queue agrees with Erlang, the arithmetic with sums worked by hand, the page with the command."""

from pathlib import Path

import numpy as np
import pytest
from eval.pictures import lines
from eval.queues import erlang_c, in_line, lognormal, slowest_of
from eval.scale import END, START, main
from eval.sizing import NEAR, NOW, bytes_of

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_holds_what_the_command_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / "scale.md").read_text("utf-8")
    (tmp_path / "scale.md").write_text(page, "utf-8")
    assert main(["--write", str(tmp_path)]) == 0
    assert (tmp_path / "scale.md").read_text("utf-8") == page
    assert capsys.readouterr().out.strip() == page.partition(START)[2].partition(END)[0].strip()
    for picture in sorted(tmp_path.glob("*.svg")):
        assert picture.read_text("utf-8") == (DOCS / picture.name).read_text("utf-8")
        assert f"]({picture.name})" in page
    (tmp_path / "scale.md").write_text("no marks", "utf-8")
    assert main(["--write", str(tmp_path)]) == 2


def test_erlang_c_matches_values_worked_by_hand() -> None:
    assert erlang_c(1, 0.7) == pytest.approx(0.7)  # M/M/1: as often as the one is busy
    assert erlang_c(2, 1) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="below their number"):
        erlang_c(2, 2)


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.5), (4, 0.8), (16, 0.9)])
def test_the_simulated_wait_is_erlangs(servers: int, busy: float) -> None:
    draw = np.random.default_rng(3)
    service = draw.exponential(10, 400_000)
    times = in_line(draw, service, servers, busy)
    # Mean time in the system: the service, and the wait of those who wait.
    expected = 10 + erlang_c(servers, servers * busy) * 10 / (servers * (1 - busy))
    assert float(times.mean()) == pytest.approx(expected, rel=0.04)


def test_the_simulated_wait_is_pollaczeks_and_khinchines_for_one_core() -> None:
    draw = np.random.default_rng(3)
    service = lognormal(draw, 10, 0.22, 400_000)
    assert float(service.mean()) == pytest.approx(10, rel=0.01)
    waited = 0.7 * 10 * (1 + np.expm1(0.22**2)) / (2 * (1 - 0.7))
    assert float(in_line(draw, service, 1, 0.7).mean()) == pytest.approx(10 + waited, rel=0.03)


def test_the_slowest_of_many_is_the_product_of_their_distributions() -> None:
    draw = np.random.default_rng(3)
    one = draw.exponential(1, 200_000)
    found = slowest_of(draw, one, 30, 20_000)
    # P(max <= t) = (1 - exp(-t)) ** 30, so its median is -ln(1 - 0.5 ** (1 / 30)).
    assert float(np.median(found)) == pytest.approx(-np.log(1 - 0.5 ** (1 / 30)), rel=0.02)
    hedged = slowest_of(draw, one, 30, 20_000, hedge=float(np.percentile(one, 95)))
    assert np.percentile(hedged, 99) < np.percentile(found, 99)


def test_sizes_match_the_sums_worked_by_hand() -> None:
    each = bytes_of(10**6)
    assert each["float32"] == pytest.approx(384 * 4 * 1259 / 972)
    assert each["links"] == pytest.approx((128 + 64 / 15) * 1259 / 972)
    assert each["float32"] + each["words"] + each["objects"] == pytest.approx(5200)  # what a process was seen to hold
    assert NOW.memory(10**6) == pytest.approx(5.2)
    # 34,796 passages: the answer that was measured.
    assert sum(NOW.work(34_796)) == pytest.approx(10.6)
    assert NEAR.shards(10**6) == 1
    assert NEAR.machines(10**6, 10)[0] == 2


def test_lines_name_every_series_and_say_when_there_is_none() -> None:
    picture = lines(["1", "2"], {"p50": [1, 2], "p99": [3, 4]}, title="t", x="shards", y="ms")
    assert "p50: 2" in picture
    assert "p99: 4" in picture
    assert lines([], {}, title="t", x="", y="") == "<p>t: nothing to draw.</p>"
