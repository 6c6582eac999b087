"""The generator: config.yaml in, a checked Flux repository out. Start reading at `cli/`."""
