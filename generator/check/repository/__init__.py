"""What is in a repository: its clusters, their YAML files, the manifests in them and who applies each."""
