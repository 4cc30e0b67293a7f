"""What writes each stream, by Wix domain and store catalog."""
