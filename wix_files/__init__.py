"""Product files of Wix and Shopify: their columns, and the conversion of rows to products and back."""
