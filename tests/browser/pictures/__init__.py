"""The pictures in the README, and the command that makes them."""
