"""Hits -> quotations: which sentences answer, and how sure that is."""
