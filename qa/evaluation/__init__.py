"""Measures how well articles are found and quoted: collections, runs, measures; see README.md."""
