"""Abstracts that a user has, and the facts of records looked for in them."""
