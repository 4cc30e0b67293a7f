{{ wix.staged('abandoned_checkouts', [
  ['abandoned_checkout_id', 'id', 'text'],
  ['checkout_id', 'checkoutId', 'text'],
  ['created_at', 'createdDate', 'timestamp'],
  ['recovered_at', 'checkoutRecoveredDate', 'timestamp'],
  ['status', 'status', 'text'],
  ['contact_id', 'buyerInfo.contactId', 'text'],
  ['buyer_email', 'buyerInfo.email', 'text'],
  ['currency', 'currency', 'text'],
  ['total', 'totalPrice.amount', 'money'],
]) }}
