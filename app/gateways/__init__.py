"""Systems outside the house: each has a client and a simulator twin with happy, slow, down and malformed modes."""
