"""The graph over HTTP: a SPARQL 1.1 endpoint and web pages, read-only, on loopback unless told."""
