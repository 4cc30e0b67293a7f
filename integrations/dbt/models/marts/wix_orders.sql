with contacts_by_email as (
  -- Several contacts can have one address: the oldest one is the buyer's.
  select site_id, lower(email) as email, contact_id
  from (
    select *, row_number() over (partition by site_id, lower(email) order by created_at, contact_id) as place
    from {{ ref('stg_wix__contacts') }}
    where email is not null
  ) as numbered
  where place = 1
),

orders as (
  select
    o.*,
    coalesce(o.contact_id, c.contact_id, lower(o.buyer_email), o.member_id, o.visitor_id, o.order_id) as customer_id,
    {{ wix.local_day('o.created_at') }} as order_day,
    coalesce(o.status in ('{{ var("wix_sale_statuses") | join("', '") }}'), false) as is_sale
  from {{ ref('stg_wix__orders') }} as o
  left join contacts_by_email as c
    on o.contact_id is null and c.site_id = o.site_id and c.email = lower(o.buyer_email)
),

lines as (
  select site_id, order_id, sum(quantity) as units, count(*) as line_count
  from {{ ref('stg_wix__order_line_items') }}
  group by 1, 2
)

select
  o.site_id,
  o.order_id,
  o.order_number,
  o.created_at,
  o.order_day,
  o.updated_at,
  o.customer_id,
  o.buyer_email,
  o.sales_channel,
  o.status,
  o.payment_status,
  o.fulfillment_status,
  o.is_archived,
  o.is_sale,
  case when o.is_sale then row_number() over (
    partition by o.site_id, o.customer_id, o.currency, o.is_sale order by o.created_at, o.order_id
  ) end as customer_order_number,
  o.currency,
  coalesce(l.units, 0) as units,
  coalesce(l.line_count, 0) as line_count,
  o.subtotal,
  coalesce(o.discount, 0) as discount,
  coalesce(o.shipping, 0) as shipping,
  coalesce(o.tax, 0) as tax,
  coalesce(o.additional_fees, 0) as additional_fees,
  o.total,
  coalesce(o.paid, 0) as paid,
  coalesce(o.refunded, 0) as refunded,
  o.total - coalesce(o.refunded, 0) as net_total
from orders as o
left join lines as l on l.site_id = o.site_id and l.order_id = o.order_id
