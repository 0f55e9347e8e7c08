"""The pages that people work in: server-rendered, whole without scripts, and nothing personal in an address."""
