"""The night shift: actors, the relay of the outbox and the schedule. A heavy run is a row, not a process."""
