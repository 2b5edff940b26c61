"""A question -> a cited answer, and the measures of how good it is."""
