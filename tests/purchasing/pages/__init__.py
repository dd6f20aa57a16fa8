"""What people see and do with purchases."""
