with sales as (
  select
    site_id,
    currency,
    order_day as day,
    count(*) as orders,
    count(distinct customer_id) as customers,
    sum(case when customer_order_number = 1 then 1 else 0 end) as new_customers,
    sum(units) as units,
    sum(subtotal) as subtotal,
    sum(discount) as discount,
    sum(shipping) as shipping,
    sum(tax) as tax,
    sum(additional_fees) as additional_fees,
    sum(total) as total
  from {{ ref('wix_orders') }}
  where is_sale
  group by 1, 2, 3
),

refunds as (
  select site_id, currency, refund_day as day, sum(refunded) as refunded
  from {{ ref('wix_refunds') }}
  where is_sale
  group by 1, 2, 3
),

spans as (
  select site_id, currency, min(day) as first_day, max(day) as last_day
  from (
    select site_id, currency, day from sales
    union all
    select site_id, currency, day from refunds
  ) as days
  group by 1, 2
),

-- Days without a sale are rows, too, so that averages and charts are right.
calendar as (
  select s.site_id, s.currency, cast(d.day as date) as day
  from spans as s
  cross join lateral (select generate_series as day from generate_series(
    cast(s.first_day as timestamp), cast(s.last_day as timestamp), interval '1 day'
  )) as d
)

select
  c.site_id,
  c.currency,
  c.day,
  coalesce(s.orders, 0) as orders,
  coalesce(s.customers, 0) as customers,
  coalesce(s.new_customers, 0) as new_customers,
  coalesce(s.units, 0) as units,
  coalesce(s.subtotal, 0) as subtotal,
  coalesce(s.discount, 0) as discount,
  coalesce(s.shipping, 0) as shipping,
  coalesce(s.tax, 0) as tax,
  coalesce(s.additional_fees, 0) as additional_fees,
  coalesce(s.total, 0) as total,
  coalesce(r.refunded, 0) as refunded,
  coalesce(s.total, 0) - coalesce(r.refunded, 0) as net_total
from calendar as c
left join sales as s on s.site_id = c.site_id and s.currency = c.currency and s.day = c.day
left join refunds as r on r.site_id = c.site_id and r.currency = c.currency and r.day = c.day
