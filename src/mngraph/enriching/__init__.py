"""Holes of records, filled from PubMed, Crossref and OpenAlex: proposed, applied where sure."""
