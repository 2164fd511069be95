"""Blocks: the lines of both forms grouped as a reader sees them, and nothing of them lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.library.blocks import SEPARATOR, Block, split_blocks


def kinds(text: str, *, markdown: bool = True) -> list[tuple[str, str]]:
    """Each block's kind and words."""
    return [(block.kind, block.span.of(text)) for block in split_blocks(text, 0, markdown=markdown)]


def only(text: str) -> Block:
    """The one block of a Markdown text."""
    (block,) = split_blocks(text, 0, markdown=True)
    return block


def test_in_a_flat_export_every_line_is_a_paragraph() -> None:
    assert kinds("# One\n- two\nthree\n\n", markdown=False) == [
        ("paragraph", "# One"),
        ("paragraph", "- two"),
        ("paragraph", "three"),
    ]


def test_in_markdown_lines_without_a_blank_between_are_one_paragraph() -> None:
    assert kinds("One\ntwo\n\n\nthree\n") == [("paragraph", "One\ntwo"), ("paragraph", "three")]


@pytest.mark.parametrize("markdown", [True, False])
def test_table_lines_are_one_block_in_both_forms(*, markdown: bool) -> None:
    text = "Before.\n| a | b |\n|---|---|\n| 1 | 2 |\nAfter.\n"
    assert [kind for kind, _ in kinds(text, markdown=markdown)] == ["paragraph", "table", "paragraph"]
    assert kinds(text, markdown=markdown)[1][1] == "| a | b |\n|---|---|\n| 1 | 2 |"


@pytest.mark.parametrize("markdown", [True, False])
def test_a_table_may_lack_its_outer_pipes(*, markdown: bool) -> None:
    assert [kind for kind, _ in kinds("a | b\n--- | ---\n1 | 2\n", markdown=markdown)] == ["table"]


@pytest.mark.parametrize("markdown", [True, False])
def test_a_pipe_in_prose_makes_no_table(*, markdown: bool) -> None:
    assert kinds("The ratio a|b was small.\nIt fell.\n", markdown=markdown)[0][0] == "paragraph"


@pytest.mark.parametrize(
    ("line", "is_separator"),
    [
        ("|---|---|", True),
        ("| :-- | --: |", True),
        ("--- | ---", True),
        ("|-|", True),
        ("|---|a|", False),
        ("| | |", False),
        ("", False),
    ],
)
def test_the_line_under_a_table_head_is_known(line: str, *, is_separator: bool) -> None:
    assert (SEPARATOR.match(line) is not None) is is_separator


@pytest.mark.parametrize(
    ("line", "level", "title"),
    [
        ("# One", 1, "One"),
        ("### **Bold** one ###", 3, "Bold one"),
        ("## A C# one", 2, "A C# one"),
        ("##\tTabbed", 2, "Tabbed"),
        ("   ###### Six  ", 6, "Six"),
        ("##", 2, ""),
        ("## ##", 2, ""),
        ("One\n===", 1, "One"),
        ("One\n---", 2, "One"),
    ],
)
def test_a_heading_has_its_level_and_its_words(line: str, level: int, title: str) -> None:
    block = only(line)
    assert (block.kind, block.level, block.title) == ("heading", level, title)


@pytest.mark.parametrize("line", ["#One", "####### Seven", "    # Indented four"])
def test_what_only_looks_like_a_heading_is_a_paragraph(line: str) -> None:
    assert only(line).kind == "paragraph"


@pytest.mark.parametrize("marker", ["-", "*", "+", "•", "1.", "2)", "117."])
def test_every_list_mark_opens_an_item(marker: str) -> None:
    assert kinds(f"{marker} one\n{marker} two\n") == [("item", f"{marker} one"), ("item", f"{marker} two")]


def test_an_item_goes_on_over_wrapped_and_indented_lines() -> None:
    assert kinds("- one\n  wrapped\n\n  still one\n- two\nlazy\n\nOut.\n") == [
        ("item", "- one\n  wrapped\n\n  still one"),
        ("item", "- two\nlazy"),
        ("paragraph", "Out."),
    ]


def test_a_nested_item_knows_its_indentation() -> None:
    assert [block.level for block in split_blocks("- a\n  - b\n\t- c\n", 0, markdown=True)] == [0, 2, 4]


def test_a_wrapped_line_that_begins_with_a_number_is_no_item() -> None:
    # "for 12 weeks" may break before any number; only "1." opens a list within a paragraph, as in CommonMark.
    assert kinds("They took it for\n12. Then they stopped.\n")[0][0] == "paragraph"
    assert [kind for kind, _ in kinds("Steps:\n1. Stop.\n2. Rest.\n")] == ["paragraph", "item", "item"]


@pytest.mark.parametrize(
    "fragment",
    [
        "---",
        "* * *",
        "___",
        "```\n# code\n```",
        "~~~\nx",
        "<!-- an editor's note\n\nof two lines -->",
        "<!-- never closed\n\nx",
    ],
)
def test_rules_fences_and_comments_are_fragments(fragment: str) -> None:
    assert kinds(f"Before.\n\n{fragment}\n")[1] == ("fragment", fragment)


def test_after_a_fence_or_a_comment_the_text_goes_on() -> None:
    for fragment in ("```\nx\n```", "<!-- x -->"):
        assert kinds(f"{fragment}\nAfter.\n") == [("fragment", fragment), ("paragraph", "After.")]


LINES = st.sampled_from([
    "# a", "## b ##", "Text. More", "- item", "  - nested", "1. one", "| a | b |", "|---|---|", "a | b", "--- | ---",
    "```", "~~~", "", "   ", "\t", "---", "===", "> quote", "<!--", "-->", "* * *", "\u2028", "\u00a0", "é|",
    "    deep", "#", "-", "|",
])  # fmt: skip


@given(st.lists(LINES, max_size=25), st.booleans())
@settings(max_examples=400, deadline=None)
def test_blocks_tile_the_text_whatever_its_lines(lines: list[str], markdown: bool) -> None:
    text = "\n".join(lines)
    blocks = split_blocks(text, 0, markdown=markdown)
    edges = [0, *(edge for block in blocks for edge in (block.span.start, block.span.end)), len(text)]
    assert edges == sorted(edges)
    assert all(not text[a:b].strip() for a, b in zip(edges[::2], edges[1::2], strict=True))
    assert all(block.span.of(text) == block.span.of(text).strip() for block in blocks)
