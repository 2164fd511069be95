"""The pictures of the pages: each state has one, and the README leads to it."""

from pathlib import Path

from eval.screens import SCREENS

ROOT = Path(__file__).parents[1]


def test_every_state_has_its_picture_and_the_readme_leads_to_it() -> None:
    names = [screen.name for screen in SCREENS]
    assert len(names) == len(set(names))
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in names:
        assert (ROOT / "docs" / "pictures" / f"{name}.png").read_bytes().startswith(b"\x89PNG"), name
        assert f"](docs/pictures/{name}.png)" in readme
    drawn = {path.stem for path in (ROOT / "docs" / "pictures").glob("*.png")}
    assert {name for name in drawn if not name.startswith("staff-")} == set(names)  # the desk's have their own command
