"""The provider's door: onboarding and running tenants, and the demonstration city with which everything can be tried.

Start reading at `demo/generator.py` for what the demonstration is made of.
"""
