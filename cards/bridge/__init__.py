"""The reader's program on a store's or an office's PC: a tag becomes a tap for the page.

It runs in a process of its own (`python -m cards.bridge`) with its own dependencies (nfcpy, EUPL),
imports nothing of the site, and the site imports nothing of it. It needs no database and no key of
the terminal: what it hands over is what any reader would type.
"""
