{# The day in the shop's time zone (wix_time_zone) of a timestamp in UTC. #}
{% macro local_day(moment) -%}
{%- if var('wix_time_zone') == 'UTC' -%}
cast({{ moment }} as date)
{%- else -%}
cast({{ moment }} at time zone 'UTC' at time zone '{{ var("wix_time_zone") }}' as date)
{%- endif -%}
{%- endmacro %}

{# The first day of the month of a day. #}
{% macro month_of(day) -%}cast(date_trunc('month', {{ day }}) as date){%- endmacro %}

{# Whole months from one first day of a month to another. #}
{% macro months_between(start, end) -%}
cast((extract(year from {{ end }}) - extract(year from {{ start }})) * 12 + extract(month from {{ end }}) - extract(month from {{ start }}) as integer)
{%- endmacro %}

{# The last day of the figures of the stock: wix_as_of, or today in the shop's time zone. #}
{% macro as_of_day() -%}
{%- if var('wix_as_of') -%}
cast('{{ var("wix_as_of") }}' as date)
{%- else -%}
{%- set now = modules.datetime.datetime.now(modules.pytz.timezone(var('wix_time_zone'))) -%}
cast('{{ now.date().isoformat() }}' as date)
{%- endif -%}
{%- endmacro %}
