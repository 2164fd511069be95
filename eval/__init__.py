"""Measuring: labelled questions, fits and checks. It imports the assistant; the assistant never imports it."""
