"""What can be done in the VAT room; every verb takes the session first and commits nothing."""
