"""Candidates: draft study records read from the literature, for people to decide on."""
