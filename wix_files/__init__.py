"""Product files of Wix and Shopify: what their columns mean, and how rows become products and products rows."""
