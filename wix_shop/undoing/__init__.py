"""The command `wix-undo`: takes back what a run wrote, from its undo file, with target-wix."""
