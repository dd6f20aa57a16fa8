"""What can be asked of the VAT room: the inbox, the registers, what units published, the returns."""
