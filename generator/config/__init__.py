"""config.yaml: its model, loading with positions, checks between keys, and the references made from it."""

from generator.config.load import Loaded, find_config, load_config, parse_config
from generator.config.model import Config

__all__ = ["Config", "Loaded", "find_config", "load_config", "parse_config"]
