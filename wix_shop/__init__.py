"""Commands for people who run a shop: `wix-import`, `wix-export` and `wix-api`, on top of tap-wix and target-wix."""
