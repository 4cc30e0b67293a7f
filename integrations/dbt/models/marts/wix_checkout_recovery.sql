select
  site_id,
  currency,
  {{ wix.local_day('created_at') }} as day,
  count(*) as abandoned,
  sum(case when status = 'RECOVERED' then 1 else 0 end) as recovered,
  sum(total) as total,
  sum(case when status = 'RECOVERED' then total else 0 end) as recovered_total,
  sum(case when status = 'RECOVERED' then 0 else total end) as lost_total
from {{ ref('stg_wix__abandoned_checkouts') }}
group by 1, 2, 3
