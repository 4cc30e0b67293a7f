"""Wix Stores, Catalog V1: products with variants, media and choices, collections, inventory."""
