"""The parts of the HTTP API: who may use it, what it takes and gives, and its routes."""
