{{ wix.staged('contacts', [
  ['contact_id', 'id', 'text'],
  ['created_at', 'createdDate', 'timestamp'],
  ['updated_at', 'updatedDate', 'timestamp'],
  ['first_name', 'info.name.first', 'text'],
  ['last_name', 'info.name.last', 'text'],
  ['company', 'info.company', 'text'],
  ['email', 'primaryInfo.email', 'text'],
  ['phone', 'primaryInfo.phone', 'text'],
  ['source_type', 'source.sourceType', 'text'],
]) }}
