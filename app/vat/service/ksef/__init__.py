"""A municipality's side of KSeF: `connection` (made, paused, its troubles), `calls` (limits kept by all processes
together), `fetching` (marks and packages, one step a transaction). It says nothing to KSeF: `app.ssc.ksef` does."""
