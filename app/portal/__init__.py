"""The door of residents and suppliers: a municipality's own pages on its own host name, in three languages.

`here` finds the municipality and the language of a request and refuses what is not there · `pages` what people see ·
`api` the same for machines · `invoices` how an invoice to a unit is addressed · `languages` the catalogues of words.
Nothing here tells that other municipalities exist. Start reading at `here`.
"""
