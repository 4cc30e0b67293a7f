{{ wix.staged('collection_products', [
  ['collection_id', 'collectionId', 'text'],
  ['product_id', 'productId', 'text'],
]) }}
