"""Domains of Wix, by stream and store catalog: see `target_wix.domain`."""
