"""Outside systems, one file each, with a simulator twin that can be happy, slow, down or talk nonsense."""
