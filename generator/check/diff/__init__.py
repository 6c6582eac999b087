"""What a change does to a cluster: two sides of a repository compared, resource by resource and field by field."""

from generator.check.diff.compare import compare
from generator.check.diff.human import human
from generator.check.diff.machine import machine
from generator.check.diff.markdown import markdown
from generator.check.diff.model import Report, Side
from generator.check.diff.revisions import load_range, parse_range

__all__ = ["Report", "Side", "compare", "human", "load_range", "machine", "markdown", "parse_range"]
