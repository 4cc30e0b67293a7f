{{ config(severity='warn') }}
-- Wix keeps a sum of refunds in each order; it can be ahead of the single refunds until the next run of the tap.
select o.order_id, o.refunded, r.refunded as sum_of_refunds
from {{ ref('wix_orders') }} as o
left join (select site_id, order_id, sum(refunded) as refunded from {{ ref('wix_refunds') }} group by 1, 2) as r
  on r.site_id = o.site_id and r.order_id = o.order_id
where o.refunded <> coalesce(r.refunded, 0)
