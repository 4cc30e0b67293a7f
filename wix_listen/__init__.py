"""The command `wix-listen`: receives webhooks of Wix and stores them in the event log."""
