"""The command `wix-import`: imports product files into a shop, with target-wix."""
