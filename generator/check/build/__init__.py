"""kustomize, for every folder that Flux builds."""
