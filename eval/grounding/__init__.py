"""Grounding: anyone's answers held against the library, sentence by sentence, with no model to judge them.

In the order in which an answer goes through: `layout` (its lines and marks), `asides` (what is no claim), `shelf` (the
library's sentences), `claims` (each sentence with its standing), `citing` (what is cited for it), `judging` (the
faults), `figures` (the shares), `page` (the HTML). `words` is what all of them compare.
"""
