{{ wix.staged('product_variants', [
  ['product_id', 'productId', 'text'],
  ['variant_id', 'variantId', 'text'],
  ['sku', 'sku', 'text'],
  ['barcode', 'barcode', 'text'],
  ['is_visible', 'visible', 'boolean'],
  ['price', 'price.actualPrice.amount', 'money'],
  ['compare_at_price', 'price.compareAtPrice.amount', 'money'],
  ['cost', 'revenueDetails.cost.amount', 'money'],
]) }}
