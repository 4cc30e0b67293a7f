with sales as (
  select site_id, currency, customer_id, {{ wix.month_of('order_day') }} as month, net_total
  from {{ ref('wix_orders') }}
  where is_sale
),

firsts as (
  select site_id, currency, customer_id, min(month) as cohort_month
  from sales
  group by 1, 2, 3
),

sizes as (
  select site_id, currency, cohort_month, count(*) as cohort_customers
  from firsts
  group by 1, 2, 3
)

select
  f.site_id,
  f.currency,
  f.cohort_month,
  {{ wix.months_between('f.cohort_month', 's.month') }} as months_since,
  max(z.cohort_customers) as cohort_customers,
  count(distinct s.customer_id) as customers,
  count(*) as orders,
  sum(s.net_total) as net_total
from sales as s
inner join firsts as f on f.site_id = s.site_id and f.currency = s.currency and f.customer_id = s.customer_id
inner join sizes as z on z.site_id = f.site_id and z.currency = f.currency and z.cohort_month = f.cohort_month
group by 1, 2, 3, 4
