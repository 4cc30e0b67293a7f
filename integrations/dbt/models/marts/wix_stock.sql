with stock as (
  select
    site_id,
    product_id,
    variant_id,
    count(*) as locations,
    coalesce(min(case when is_tracked then 1 else 0 end) = 1, false) as is_tracked,
    sum(quantity) as quantity,
    max(case when availability = 'IN_STOCK' then 1 else 0 end) = 1 as is_in_stock
  from {{ ref('stg_wix__inventory_items') }}
  group by 1, 2, 3
),

-- Line items of some channels have no variant: they are those of the only variant.
only_variants as (
  select site_id, product_id, min(variant_id) as variant_id
  from stock
  group by 1, 2
  having count(*) = 1
),

sold as (
  select l.site_id, l.product_id, coalesce(l.variant_id, v.variant_id) as variant_id, sum(l.quantity) as units
  from {{ ref('wix_order_lines') }} as l
  left join only_variants as v on v.site_id = l.site_id and v.product_id = l.product_id
  where
    l.is_sale
    and l.order_day <= {{ wix.as_of_day() }}
    and l.order_day > {{ wix.as_of_day() }} - {{ var('wix_cover_days') }}
  group by 1, 2, 3
)

select
  k.site_id,
  k.product_id,
  k.variant_id,
  p.product_name,
  v.sku,
  p.currency,
  v.price,
  k.locations,
  k.is_tracked,
  case when k.is_tracked then k.quantity end as quantity,
  k.is_in_stock,
  coalesce(s.units, 0) as units_sold,
  case
    when k.is_tracked and s.units > 0
      then round(cast(greatest(k.quantity, 0) * {{ var('wix_cover_days') }} as decimal(38, 4)) / s.units, 1)
  end as cover_days,
  case when k.is_tracked then k.quantity * v.price end as value_at_price
from stock as k
left join {{ ref('stg_wix__products') }} as p on p.site_id = k.site_id and p.product_id = k.product_id
left join {{ ref('stg_wix__product_variants') }} as v
  on v.site_id = k.site_id and v.product_id = k.product_id and v.variant_id = k.variant_id
left join sold as s
  on s.site_id = k.site_id and s.product_id = k.product_id and s.variant_id = k.variant_id
