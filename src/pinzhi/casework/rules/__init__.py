"""Pure rules of casework: order of the queue, differences of evidence, what a bulk act will not do."""
