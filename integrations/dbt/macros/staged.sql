{#
  The rows of one stream with typed columns, without those that left the shop.

  Args:
    stream: name of the table that the loader wrote.
    columns: list of [name, path, type]. A path is that of the record, such as priceSummary.total.amount;
      a type is text, money, number, boolean or timestamp (without time zone, in UTC).

  Loaders differ: columns are in camelCase, in lowercase or in snake_case; objects are JSON, or flattened to columns
  such as priceSummary__total__amount. A column that is absent is null. If the table is absent, since its stream was
  not selected, there are no rows.
#}
{% macro staged(stream, columns) %}
{%- set table = source('wix', stream) -%}
{%- set relation = load_relation(table) if execute else none -%}
{%- set held = {} -%}
{%- for column in (adapter.get_columns_in_relation(relation) if relation else []) -%}
  {%- do held.update({wix.plain_name(column.name): column}) -%}
{%- endfor -%}
select
  {{ wix.value_of(held, 'siteId', 'text', "''") }} as site_id
  {%- for name, path, type in columns %},
  {{ wix.value_of(held, path, type) }} as {{ name }}
  {%- endfor %}
{% if relation -%}
from {{ relation }}
{%- if 'sdcdeletedat' in held %}
where {{ adapter.quote(held['sdcdeletedat'].name) }} is null
{%- endif %}
{%- else -%}
where false
{%- endif %}
{% endmacro %}

{% macro plain_name(name) %}{{ return(name | lower | replace('_', '')) }}{% endmacro %}

{# The typed value of a path; the default if the table has no such column. #}
{% macro value_of(held, path, type, default='null') %}
{%- set parts = path.split('.') -%}
{%- set found = namespace(column=none, rest=[]) -%}
{%- for count in range(parts | length, 0, -1) if not found.column -%}
  {%- set found.column = held.get(wix.plain_name(parts[:count] | join(''))) -%}
  {%- set found.rest = parts[count:] -%}
{%- endfor -%}
{%- if not found.column -%}
  {%- set value = default -%}
{%- elif found.rest -%}
  {%- set value = wix.json_text(found.column, found.rest) -%}
{%- elif type == 'timestamp' and found.column.dtype | lower in ('timestamp with time zone', 'timestamptz') -%}
  {%- set value = adapter.quote(found.column.name) ~ " at time zone 'UTC'" -%}
{%- else -%}
  {%- set value = adapter.quote(found.column.name) -%}
{%- endif -%}
cast({{ value }} as {{ {'text': 'varchar', 'money': 'decimal(38, 4)', 'number': 'decimal(38, 4)'}.get(type, type) }})
{%- endmacro %}

{# Text of a member of a column with JSON, whatever the type in which the loader holds the JSON. #}
{% macro json_text(column, path) %}{{ return(adapter.dispatch('json_text', 'wix')(column, path)) }}{% endmacro %}

{% macro duckdb__json_text(column, path) %}
{%- do return("json_extract_string(" ~ adapter.quote(column.name) ~ ", '$.\"" ~ path | join('"."') ~ "\"')") -%}
{% endmacro %}

{% macro postgres__json_text(column, path) %}
{%- set name = adapter.quote(column.name) -%}
{%- set value = name ~ '::jsonb' if column.is_string() else 'to_jsonb(' ~ name ~ ')' -%}
{%- do return(value ~ " #>> '{" ~ path | join(',') ~ "}'") -%}
{% endmacro %}
