"""Services on the literature, asked over HTTPS: PubMed (E-utilities), Crossref and OpenAlex."""
