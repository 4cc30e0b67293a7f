with sales as (
  select
    site_id,
    product_id,
    currency,
    max(product_name) as sold_as,
    count(distinct order_id) as orders,
    sum(quantity) as units,
    sum(refunded_quantity) as refunded_units,
    sum(total_before_tax) as total_before_tax,
    min(order_day) as first_sold_day,
    max(order_day) as last_sold_day
  from {{ ref('wix_order_lines') }}
  where is_sale and product_id is not null
  group by 1, 2, 3
)

select
  s.site_id,
  s.product_id,
  s.currency,
  coalesce(p.product_name, s.sold_as) as product_name,
  p.product_id is null as is_deleted,
  p.brand,
  s.orders,
  s.units,
  s.refunded_units,
  s.total_before_tax,
  s.first_sold_day,
  s.last_sold_day
from sales as s
left join {{ ref('stg_wix__products') }} as p on p.site_id = s.site_id and p.product_id = s.product_id
