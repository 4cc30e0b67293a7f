"""Helpers of the sandbox's tests: an API caller, a headless browser, Wix's official client."""
