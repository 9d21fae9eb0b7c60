"""How static files are served: the rules that Workers' static assets and Pages share. Pure."""
