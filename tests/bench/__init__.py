"""Figures: whole processes, measured beside comparable programs in one run. Nothing is asserted.

`python -m tests.bench [FIGURE ...]` prints Markdown: render, startup, validate.
"""
