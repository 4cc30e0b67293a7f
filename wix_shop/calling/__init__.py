"""Any call of Wix's API from the shell: the command `wix-api`."""
