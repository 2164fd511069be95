"""Plain text: an entry as Markdown and the library's contents, for programs that read rather than render.

The words are the library's, unit by unit; front matter, and the links in it, are not shown.
"""

import re

from assistant.library.model import Entry, Library
from assistant.serving.describing import citation_of, facts_of, section_title, title_of
from assistant.serving.words import page_words

_LEFT_OUT = ("metadata", "title")
_SIGNS = re.compile(r"([\\\[\]<>*_`#|])")


def entry_markdown(entry: Entry, disclaimer: str) -> str:
    """Return one entry as Markdown: title, facts and disclaimer, then its text under our names of its sections."""
    blocks = [f"# {_literal(title_of(entry))}", f"> {disclaimer}", _literal(" · ".join(facts_of(entry)))]
    for section in entry.sections:
        units = [entry.units[number] for number in range(section.first, section.last + 1)]
        units = [unit for unit in units if unit.kind not in (*_LEFT_OUT, "heading")]
        if units:
            blocks += [f"## {section_title(section.name)}", entry.text[units[0].span.start : units[-1].span.end]]
    return "\n\n".join([*blocks, _literal(citation_of(entry))]) + "\n"


def contents_page(library: Library, disclaimer: str) -> str:
    """Return what the library holds, as a file of links to Markdown.

    Source:
        The /llms.txt file, https://llmstxt.org/
    """
    words = page_words()
    lines = []
    for entry in library.entries:
        known = ", ".join([*entry.subjects, *facts_of(entry)])
        lines.append(f"- [{_literal(title_of(entry))}](/library/{entry.id}.md): {_literal(known)}")
    head = [f"# {words['heading']}", f"> {words['explanation']}", disclaimer, f"## {words['reader']['entries']}"]
    return "\n\n".join([*head, "\n".join(lines)]) + "\n"


def _literal(text: str) -> str:
    """Return a text of one line in which Markdown sees no marks."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
