"""From a Config to files: which (plan), how (engine), and onto the disk (tree)."""

from generator.render.plan import Rendering, render_cluster

__all__ = ["Rendering", "render_cluster"]
