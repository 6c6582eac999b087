"""What the cluster is made of: programs, this machine's packages, container images; built once and cached."""
