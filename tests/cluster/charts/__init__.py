"""Stand-in Helm charts, and the Helm repository made of them."""
