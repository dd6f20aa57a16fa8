"""The door for officials: who comes in, into which tenant, and the pages they see there.

`entry` lets people in (session → account → principal, address → tenant) and opens databases for pages · `login` the
pages of the account itself · `refusals` what is shown when something will not be done. Start reading at `entry`.
"""
