"""Coding without a server: `coding-svc code` reads notes line by line and writes codes line by line."""
