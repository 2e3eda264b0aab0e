"""Effects, their pooling and other syntheses, on plain numbers: nothing here knows the graph."""
