"""Where a municipality meets KSeF: `access` opens the gateway with its sealed secret and shared limits, `fetch` brings
its inbox up to KSeF's high-water mark, `units` grants the units their administrators."""
