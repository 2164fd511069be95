"""The labels as judgments in TREC's form, for any tool that reads qrels: `python -m eval.judgments` writes them.

One file a set in `eval/judgments/`, made from the labels, whose gold is written in words: a unit is named
`ENTRY:NUMBER`, graded 2 when it is right as the first quotation and 1 when it is right elsewhere in an answer.
"""

from pathlib import Path

from eval.labelled import labelled_questions
from eval.libraries import plans
from eval.trec import qrels_of

FOLDER = Path(__file__).parent / "judgments"


def judgments() -> dict[str, str]:
    """Return the text of each set's file, by the set's name."""
    files = {}
    for plan in plans():
        for name in plan.sets:
            lines = [
                f"{question.id} 0 {unit} {grade}"
                for question in labelled_questions(name, plan.library)
                for unit, grade in sorted(qrels_of(question.best, question.also).items())
            ]
            files[name] = "\n".join(lines) + "\n"
    return files


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in judgments().items():
        (FOLDER / f"{name}.qrels").write_text(text, "utf-8")
        print(f"{FOLDER.name}/{name}.qrels: {text.count(chr(10))} judgments")


if __name__ == "__main__":
    main()
