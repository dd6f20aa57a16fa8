"""Issuing sales invoices: what a person writes (`draft`), what it comes to (`amounts`), what is wrong with it
(`parties`, `lines`, `terms`, gathered in `checking`), the FA(3) facts it makes (`building`), its number (`numbering`),
its term in KSeF and the addresses of its QR codes (`sending`).
"""
