select
  l.site_id,
  l.order_id,
  l.line_item_id,
  o.order_number,
  o.created_at,
  o.order_day,
  o.customer_id,
  o.is_sale,
  l.product_id,
  l.variant_id,
  l.product_name,
  l.sku,
  l.item_type,
  o.currency,
  l.quantity,
  coalesce(l.refunded_quantity, 0) as refunded_quantity,
  l.unit_price,
  coalesce(l.discount, 0) as discount,
  l.total_before_tax,
  l.total_after_tax
from {{ ref('stg_wix__order_line_items') }} as l
inner join {{ ref('wix_orders') }} as o on o.site_id = l.site_id and o.order_id = l.order_id
