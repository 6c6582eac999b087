"""config.yaml: its model, loading with positions, checks between keys, and the references made from it."""

import os

# Plugins of other packages in the same environment must not change what is valid, and looking for them costs time.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from generator.config.load import Loaded, find_config, load_config, parse_config
from generator.config.model import Config

__all__ = ["Config", "Loaded", "find_config", "load_config", "parse_config"]
