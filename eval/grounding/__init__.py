"""Grounding: anyone's answers held against the library, sentence by sentence, with no model to judge them.

In the order in which an answer goes through: `layout` (its lines and marks), `claims` (each sentence with its standing,
by `shelf`, the library's sentences, and `asides`, what is no claim), `citing` (what is cited for it), `case` (both side
by side), `sentence_faults` and `citation_faults`, `judging` (all of it), `figures` (the shares), `page` (the HTML).
`words` is what all of them compare.
"""
