"""Releases: dated folders with the graph, its other formats, checksums and descriptions.

What a release holds, and what its descriptions say, stands in ontology/release/: a table of files,
queries of the graph, and templates. `mngraph.versions` opens a release as a graph.
"""
