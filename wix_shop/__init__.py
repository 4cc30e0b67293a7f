"""Commands for people who run a shop: `wix-import`, `wix-undo`, `wix-export`, `wix-api`, on top of both plugins."""
