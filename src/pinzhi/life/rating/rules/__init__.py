"""The rules of rating, pure: evidence → prior → posterior → state → explanation. Days are int days since the epoch; nothing here reads a clock."""
