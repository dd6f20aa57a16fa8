"""Accounts of officials: who logs in, with what password, in which role where. No citizen is among them.

`staff` accounts and their passwords · `login` the log-in and its lock-out · `attempts` throttling · `sessions` who is
logged in now · `grants` roles from day to day and what they reach · `passwords` hashing and the rules for new ones.
Functions take a session on the control schema first and commit nothing. Start reading at `login.log_in`.
"""
