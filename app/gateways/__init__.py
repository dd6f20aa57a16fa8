"""Outside systems: a package each, with a client and a simulator that has happy, slow, down and malformed modes."""
