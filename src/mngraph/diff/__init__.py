"""Two graphs compared: study records, claims, and everything else that has a name."""
