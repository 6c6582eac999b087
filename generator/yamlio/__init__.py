"""YAML in and out, for configurations and manifests alike."""

from generator.yamlio.explain import UNPRINTABLE, YamlError
from generator.yamlio.read import Document, Mark, read_documents
from generator.yamlio.write import dump_block, quoted, scalar

__all__ = ["UNPRINTABLE", "Document", "Mark", "YamlError", "dump_block", "quoted", "read_documents", "scalar"]
