"""The public API: named endpoints for `gradio_client`, MCP and the page "Use via API"."""

from app.api.endpoints import api
from app.api.example import ExampleAddress, example_route

__all__ = ["ExampleAddress", "api", "example_route"]
