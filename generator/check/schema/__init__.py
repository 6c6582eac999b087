"""kubeconform, with the vendored schemas of the cluster's versions."""
