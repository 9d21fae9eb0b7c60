"""Workers: scripts, their versions and deployments, static assets, and what triggers them."""
