{{ wix.staged('order_refunds', [
  ['order_id', 'orderId', 'text'],
  ['refund_id', 'id', 'text'],
  ['created_at', 'createdDate', 'timestamp'],
  ['reason', 'details.reason', 'text'],
  ['requested', 'summary.requestedRefund.amount', 'money'],
  ['refunded', 'summary.refunded.amount', 'money'],
  ['pending', 'summary.pendingRefund.amount', 'money'],
  ['failed', 'summary.failedRefundAmount.amount', 'money'],
]) }}
