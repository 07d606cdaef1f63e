"""EPCIS 2.0 over HTTP at `/epcis/` (追溯事件接口): capture, events, named queries, subscriptions, as section 12 of the standard says."""
