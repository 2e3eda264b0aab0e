"""Appraisals: what people judged of studies, with which tool, and how far they agree."""
