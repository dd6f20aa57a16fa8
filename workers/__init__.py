"""The night door: heavy runs and messages, worked on in the background.

`handlers` says who does what (one file of short functions a room), `working` does one chunk or message exactly once,
`relay` gives out what is due, fairly between tenants, `schedule` keeps the recurring jobs, `process` is the program,
`inline` works on one run inside a command.
"""
