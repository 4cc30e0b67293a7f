"""The command `wix-import`: product files into a shop, through the same target that reads Singer messages."""
