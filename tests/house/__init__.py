"""The design, asserted: each file holds checkers (a tree of sources in, complaints out), what they find in the real
house (nothing), and planted violations that each checker must catch.
"""
