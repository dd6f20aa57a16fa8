"""The product: foundation, books, rooms and doors. `rooms` lists what stands; the README has the map."""
