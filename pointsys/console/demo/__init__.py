"""The demo: fictional people and shops, put through the same services as real ones."""
