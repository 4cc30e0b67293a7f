with members as (
  select site_id, collection_id, count(*) as products
  from {{ ref('stg_wix__collection_products') }}
  group by 1, 2
),

sales as (
  select
    m.site_id,
    m.collection_id,
    l.currency,
    count(distinct l.product_id) as products_sold,
    count(distinct l.order_id) as orders,
    sum(l.quantity) as units,
    sum(l.total_before_tax) as total_before_tax
  from {{ ref('wix_order_lines') }} as l
  inner join {{ ref('stg_wix__collection_products') }} as m on m.site_id = l.site_id and m.product_id = l.product_id
  where l.is_sale
  group by 1, 2, 3
)

select
  c.site_id,
  c.collection_id,
  c.collection_name,
  c.is_visible,
  s.currency,
  coalesce(m.products, 0) as products,
  coalesce(s.products_sold, 0) as products_sold,
  coalesce(s.orders, 0) as orders,
  coalesce(s.units, 0) as units,
  coalesce(s.total_before_tax, 0) as total_before_tax
from {{ ref('stg_wix__collections') }} as c
left join members as m on m.site_id = c.site_id and m.collection_id = c.collection_id
left join sales as s on s.site_id = c.site_id and s.collection_id = c.collection_id
