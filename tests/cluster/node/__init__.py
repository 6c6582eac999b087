"""The machine of the cluster: its network, certificates and processes; up and down."""
