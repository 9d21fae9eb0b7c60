"""Plots as SVG in percent of their width: lines stretch with the page, letters do not."""
