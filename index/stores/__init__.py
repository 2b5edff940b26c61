"""Where an index keeps its articles: the stores behind one protocol."""
