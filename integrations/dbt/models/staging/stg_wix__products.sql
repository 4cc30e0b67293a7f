{{ wix.staged('products', [
  ['product_id', 'id', 'text'],
  ['product_name', 'name', 'text'],
  ['slug', 'slug', 'text'],
  ['product_type', 'productType', 'text'],
  ['brand', 'brand.name', 'text'],
  ['is_visible', 'visible', 'boolean'],
  ['currency', 'currency', 'text'],
  ['lowest_price', 'actualPriceRange.minValue.amount', 'money'],
  ['highest_price', 'actualPriceRange.maxValue.amount', 'money'],
  ['created_at', 'createdDate', 'timestamp'],
  ['updated_at', 'updatedDate', 'timestamp'],
]) }}
