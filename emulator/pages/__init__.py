"""Pages: projects, their deployments, and the sites these are."""
