"""The explorer: network, gap map, evidence and SPARQL in one HTML file that opens offline."""
