"""Commands for people who run a shop: `wix-import` and `wix-export`, on top of tap-wix and target-wix."""
