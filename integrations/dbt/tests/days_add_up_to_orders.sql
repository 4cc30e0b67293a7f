-- What the days say is what the orders say.
select o.currency, o.total, d.total as total_of_days
from (select site_id, currency, sum(total) as total from {{ ref('wix_orders') }} where is_sale group by 1, 2) as o
full join (select site_id, currency, sum(total) as total from {{ ref('wix_revenue_daily') }} group by 1, 2) as d
  on d.site_id = o.site_id and d.currency = o.currency
where o.total is distinct from d.total
