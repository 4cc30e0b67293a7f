select
  r.site_id,
  r.order_id,
  r.refund_id,
  o.order_number,
  o.customer_id,
  o.is_sale,
  r.created_at,
  {{ wix.local_day('r.created_at') }} as refund_day,
  r.reason,
  o.currency,
  coalesce(r.requested, 0) as requested,
  coalesce(r.refunded, 0) as refunded,
  coalesce(r.pending, 0) as pending,
  coalesce(r.failed, 0) as failed
from {{ ref('stg_wix__order_refunds') }} as r
inner join {{ ref('wix_orders') }} as o on o.site_id = r.site_id and o.order_id = r.order_id
