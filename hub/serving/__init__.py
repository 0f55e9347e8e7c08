"""One server for the API, the pages and signing in: puts them together, guards them all alike, and runs them."""
