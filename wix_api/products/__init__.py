"""Products of both catalogs: how whole products are read, and the shape that both catalogs share."""
