"""The chat page, built with Gradio, and its server."""
