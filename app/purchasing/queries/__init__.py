"""What can be asked of the circulation: a case, lists of them, surroundings of a document, evidence, proposals."""
