"""The command `wix-undo`: undoes what a run wrote, from its undo file, with target-wix."""
