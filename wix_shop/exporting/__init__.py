"""Product files of a site, for spreadsheets: the command `wix-export`."""
