{{ wix.staged('collections', [
  ['collection_id', 'id', 'text'],
  ['collection_name', 'name', 'text'],
  ['slug', 'slug', 'text'],
  ['is_visible', 'visible', 'boolean'],
]) }}
