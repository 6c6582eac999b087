"""The worker and the API server: one image, two commands. Of `generator` they import `contract` and nothing else."""
