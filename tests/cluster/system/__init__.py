"""The CI system under test: the rendered sample, installed into the cluster as its user would have it."""
