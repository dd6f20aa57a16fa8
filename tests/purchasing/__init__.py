"""Purchases of a unit: circulation, checks, payments that may leave."""
