with sales as (
  select
    site_id,
    customer_id,
    currency,
    count(*) as orders,
    sum(units) as units,
    sum(total) as total,
    sum(refunded) as refunded,
    sum(net_total) as net_total,
    min(order_day) as first_order_day,
    max(order_day) as last_order_day,
    max(lower(buyer_email)) as buyer_email
  from {{ ref('wix_orders') }}
  where is_sale
  group by 1, 2, 3
)

select
  s.site_id,
  s.customer_id,
  s.currency,
  c.first_name,
  c.last_name,
  c.company,
  coalesce(lower(c.email), s.buyer_email) as email,
  s.orders,
  s.units,
  s.total,
  s.refunded,
  s.net_total,
  s.net_total / s.orders as net_total_per_order,
  s.first_order_day,
  s.last_order_day,
  s.orders > 1 as is_returning
from sales as s
left join {{ ref('stg_wix__contacts') }} as c on c.site_id = s.site_id and c.contact_id = s.customer_id
