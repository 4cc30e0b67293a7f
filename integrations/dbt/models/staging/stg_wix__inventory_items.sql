{{ wix.staged('inventory_items', [
  ['inventory_item_id', 'id', 'text'],
  ['product_id', 'productId', 'text'],
  ['variant_id', 'variantId', 'text'],
  ['location_id', 'locationId', 'text'],
  ['is_tracked', 'trackQuantity', 'boolean'],
  ['is_in_stock', 'inStock', 'boolean'],
  ['quantity', 'quantity', 'number'],
  ['availability', 'availabilityStatus', 'text'],
  ['updated_at', 'updatedDate', 'timestamp'],
]) }}
