"""Who may: the model, the roles, the enforcer and the guards of routes."""
