"""Products of both catalogs: how they are read whole, and the one shape they share."""
