"""Outside systems, asked through their simulators."""
